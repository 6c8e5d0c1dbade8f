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
 * Signing in with an operator's link.  The token stands in the fragment,
 * which browsers send to no one; it leaves this page only when the person
 * says so, in the body of a POST.
 */

import { el, notice, say } from "./dom.js";
import { post } from "./api.js";

export function page({ main }) {
	const token = location.hash.slice(1);

	main.replaceChildren(token === "" ? explanation() : question(token));
	/* The token is good for once: keep it out of the history. */
	history.replaceState(null, "", location.pathname);
	addEventListener("hashchange", () => location.reload());
}

function explanation() {
	return el("section", { class: "card narrow" },
	    el("h1", {}, "Sign in"),
	    el("p", {}, "Whoever runs this server can make a link that signs " +
	    "you in once. It is good for ten minutes:"),
	    el("pre", {}, "applikatonictl login USER"),
	    el("p", { class: "quiet" }, "Open that link in this browser."));
}

function question(token) {
	const error = notice();
	const button = el("button", { class: "primary", autofocus: true,
	    click: () => signIn(token, button, error) }, "Sign in");

	return el("section", { class: "card narrow" },
	    el("h1", {}, "Sign in"),
	    el("p", {}, "You opened a link that signs you in once. " +
	    "Go on only if you asked for it yourself."),
	    error, el("div", { class: "buttons" }, button));
}

async function signIn(token, button, error) {
	button.disabled = true;
	say(error, null);
	try {
		await post("/-/login", { token });
		location.assign("/");
	} catch (refused) {
		say(error, refused.message);
		button.disabled = refused.status !== 0 && refused.status < 500;
	}
}
