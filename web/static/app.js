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
 * The start of every page: finds by the address which page it is, gets its
 * data and has it built.  Each page's module is loaded only where it is
 * needed.
 */

import { el, path } from "./dom.js";
import { get, post } from "./api.js";

/*
 * Pages by the segments of their path; ":" stands for any segment.  Each
 * module exports page({main, data, segments, signIn}); data is what the
 * server has for this address, or null where `bare` is set: such a page is
 * shown to those who are not signed in, too.
 */
const routes = [
	{ match: [], module: "./home.js" },
	{ match: ["-", "login"], module: "./login.js", bare: true },
	{ match: ["-", "tokens"], module: "./tokens.js" },
	{ match: [":"], module: "./application.js" },
	{ match: [":", "deployments"], module: "./history.js" },
	{ match: [":", "deployments", ":"], module: "./deployment.js" },
];

const main = document.getElementById("main");

start();

async function start() {
	const segments = segmentsOf(location.pathname);
	const route = routes.find(({ match }) => fits(match, segments));

	try {
		const data = route?.bare ? null :
		    await get(location.pathname + location.search);

		if (route == null)
			throw new Error("There is no such page.");
		const { page } = await import(route.module);

		showPerson(data?.user);
		showCrumbs(segments);
		page({ main, data, segments });
	} catch (error) {
		showCrumbs([]);
		showError(error);
		/* A refusal does not say who one is; the first page does. */
		if (error.status !== 401 && error.status !== 0)
			showPerson((await get("/").catch(() => null))?.user);
	}
}

function segmentsOf(pathname) {
	try {
		return pathname.split("/").filter((s) => s !== "")
		    .map(decodeURIComponent);
	} catch {
		return [pathname];
	}
}

function fits(match, segments) {
	return match.length === segments.length && match.every((m, i) =>
	    m === segments[i] || (m === ":" && segments[i] !== "-"));
}

function showPerson(user) {
	if (user == null)
		return;
	document.getElementById("person").replaceChildren(
	    el("span", { class: "login" }, user.login),
	    el("a", { href: "/-/tokens" }, "Tokens"),
	    el("button", { class: "link", click: signOut }, "Sign out"));
}

async function signOut() {
	try {
		await post("/oauth2/logout");
		location.assign("/-/login");
	} catch (error) {
		showError(error);
	}
}

function showCrumbs(segments) {
	const names = { deployments: "Deployments", login: "Sign in",
	    tokens: "Tokens" };
	const special = segments[0] === "-";
	const crumbs = document.getElementById("crumbs");

	segments.forEach((segment, i) => {
		const fixed = special || i === 1;
		const text = fixed ? names[segment] ?? segment :
		    i === 2 ? `#${segment}` : segment;
		const last = i === segments.length - 1;

		if (segment === "-")
			return;
		crumbs.append(el("span", { class: "slash",
		    "aria-hidden": "true" }, "/"), last ?
		    el("span", { "aria-current": "page" }, text) :
		    el("a", { href: path(...segments.slice(0, i + 1)) }, text));
	});
	if (segments.length > 0)
		document.title = segments.filter((s) => s !== "-").reverse()
		    .map((s) => names[s] ?? s).join(" · ") + " · applikatonid";
}

function showError(error) {
	if (error.status === 401) {
		main.replaceChildren(el("section", { class: "card narrow" },
		    el("h1", {}, "You are not signed in"),
		    el("p", {}, error.message),
		    el("p", {}, el("a", { href: "/-/login", class: "button" },
		    "Sign in"))));
		return;
	}
	main.replaceChildren(el("section", { class: "card narrow" },
	    el("h1", {}, titles[error.status] ?? "That did not work"),
	    el("p", { role: "alert" }, error.message),
	    el("p", {}, el("a", { href: "/" }, "To the applications"))));
}

const titles = {
	0: "No connection",
	403: "You may not see this",
	404: "There is nothing here",
	503: "Not now",
};
