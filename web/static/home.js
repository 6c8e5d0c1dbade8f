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
 * The applications that the person may read, and how their targets are.
 */

import { el, isRunning, path, repositoryLink, stateBadge, when } from
    "./dom.js";
import { refresh } from "./refresh.js";

export function page({ main, data }) {
	const list = el("div", { class: "cards" });

	main.replaceChildren(el("h1", {}, "Applications"), list);
	show(list, data);
	refresh(data, (newer) => show(list, newer), (current) =>
	    current.applications.some((application) =>
	    application.targets.some(({ last }) => last && isRunning(last))));
}

function show(list, { applications }) {
	list.replaceChildren(...applications.map(card));
	if (applications.length === 0)
		list.append(el("p", { class: "empty" },
		    "There is no application that you may read. " +
		    "Whoever runs this server can add you."));
}

function card(application) {
	return el("section", { class: "card" },
	    el("h2", {}, el("a", { href: path(application.name) },
	    application.name)),
	    el("p", { class: "quiet" },
	    repositoryLink(application.repository)),
	    el("ul", { class: "targets" }, ...application.targets.map(
	    (target) => targetItem(application, target))));
}

function targetItem(application, { name, deployer, last }) {
	const item = el("li", {}, el("span", { class: "target" }, name,
	    deployer ? null : el("span", { class: "quiet" }, " (read only)")));

	if (last == null)
		item.append(el("span", { class: "quiet" }, "never deployed"));
	else
		item.append(el("span", { class: "last" }, stateBadge(last),
		    el("a", { href: path(application.name, "deployments",
		    last.id) }, `#${last.id}`),
		    when(last.ended_at ?? last.created_at)));
	return item;
}
