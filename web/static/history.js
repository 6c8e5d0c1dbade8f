/*
 * Copyright (c) 2026 The applikatonid authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * All deployments of an application, a page at a time, of all targets or of
 * one.
 */

import { deploymentTable, el, isRunning, labelled, option } from "./dom.js";
import { refresh } from "./refresh.js";

export function page({ main, data }) {
	const { application } = data;
	const query = new URLSearchParams(location.search);
	const list = el("div", {});

	main.replaceChildren(
	    el("div", { class: "title" }, el("h1", {}, "Deployments"),
	    targetFilter(application, data.deployments, query.get("target"))),
	    list, pages(query, data.next));
	list.append(deploymentTable(application, data.deployments));
	refresh(data, (newer) => list.replaceChildren(deploymentTable(
	    application, newer.deployments)), ({ deployments }) =>
	    deployments.some(isRunning));
}

function targetFilter(application, deployments, chosen) {
	const names = new Set(application.targets?.map(({ name }) => name) ??
	    deployments.map(({ target }) => target));

	if (chosen)
		names.add(chosen);
	return labelled("Target", el("select", { change: (event) =>
	    go({ target: event.target.value }) },
	    option("", "all"),
	    ...[...names].map((name) => option(name, name, name === chosen))));
}

function pages(query, next) {
	const target = query.get("target");

	return el("nav", { class: "pages", "aria-label": "Pages" },
	    query.has("before") ? el("a", { href: url({ target }) },
	    "← Newest") : null,
	    next == null ? null : el("a", { rel: "next",
	    href: url({ target, before: next }) }, "Older →"));
}

function url(fields) {
	const query = new URLSearchParams(Object.entries(fields)
	    .filter(([, value]) => value));

	return location.pathname + (query.size > 0 ? `?${query}` : "");
}

function go(fields) {
	location.assign(url(fields));
}
