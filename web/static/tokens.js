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
 * A person's API tokens: what they may do, a new one (shown once), and taking
 * one back.
 */

import { confirmed, el, labelled, notice, option, path, say, when } from
    "./dom.js";
import { get, post } from "./api.js";

export function page({ main, data }) {
	const list = el("div", {});
	const made = el("div", { "aria-live": "polite" });
	const form = el("div", {});

	main.replaceChildren(el("h1", {}, "API tokens"),
	    el("p", { class: "quiet" }, "For toni and other programs, in the " +
	    "header X-Api-Token or Authorization: Bearer. A token can do at " +
	    "most what you can."), made, list, form);
	show(list, data.tokens);
	get("/").then(({ applications }) => form.replaceChildren(
	    tokenForm(applications, made, list)), (error) =>
	    form.replaceChildren(el("p", { role: "alert" }, error.message)));
}

async function reload(list) {
	show(list, (await get("/-/tokens")).tokens);
}

function show(list, tokens) {
	if (tokens.length === 0) {
		list.replaceChildren(el("p", { class: "empty" },
		    "You have no tokens."));
		return;
	}
	list.replaceChildren(el("table", { class: "tokens" },
	    el("thead", {}, el("tr", {}, ...["Token", "May", "For", "Made",
	    "Last used", "Ends", ""].map((name) => el("th",
	    { scope: "col" }, name)))),
	    el("tbody", {}, ...tokens.map((token) => row(list, token)))));
}

function row(list, token) {
	const scope = token.application == null ? "all applications" :
	    token.target == null ? token.application :
	    `${token.application}, ${token.target}`;

	return el("tr", {},
	    el("td", { class: "id" }, `#${token.id}`),
	    el("td", { class: "is" }, token.scope),
	    el("td", { class: "for" }, scope),
	    el("td", { "data-label": "made" }, when(token.created_at)),
	    el("td", { "data-label": "last used" },
	    when(token.last_used_at) ?? "never"),
	    el("td", { "data-label": "ends" },
	    when(token.expires_at) ?? "never"),
	    el("td", { class: "act" }, el("button", { class: "small",
	    click: (event) => revoke(event.target, list, token.id) },
	    "Revoke")));
}

async function revoke(button, list, id) {
	if (!await confirmed(`Revoke token #${id}? Programs that use it are ` +
	    "refused at once.", "Revoke"))
		return;
	button.disabled = true;
	try {
		await post(path("-", "tokens", id, "revoke"));
		await reload(list);
	} catch (error) {
		button.disabled = false;
		button.after(el("p", { class: "notice", role: "alert" },
		    error.message));
	}
}

function tokenForm(applications, made, list) {
	const error = notice();
	const button = el("button", { class: "primary" }, "Make a token");
	const target = el("select", { name: "target" });
	const application = el("select", { name: "application",
	    change: choose }, option("", "all that I may read"),
	    ...applications.map(({ name }) => option(name)));

	function choose() {
		const chosen = applications.find(({ name }) =>
		    name === application.value);

		target.replaceChildren(option("", "all"),
		    ...(chosen?.targets ?? []).map(({ name }) =>
		    option(name)));
		target.disabled = chosen == null;
	}
	choose();
	return el("form", { class: "card", submit: (event) =>
	    make(event, { button, error, made, list }) },
	    el("h2", {}, "New token"),
	    labelled("It may", el("select", { name: "scope" },
	    option("read", "read"), option("deploy", "read and deploy"))),
	    labelled("Application", application),
	    labelled("Target", target),
	    labelled("Days", el("input", { name: "days", type: "number",
	    min: 1, max: 3650, value: 90, required: true }),
	    "until it ends"),
	    error, el("div", { class: "buttons" }, button));
}

async function make(event, { button, error, made, list }) {
	const fields = [...new FormData(event.target)].filter(([, value]) =>
	    value !== "");

	event.preventDefault();
	say(error, null);
	button.disabled = true;
	try {
		const response = await post("/-/tokens", fields);
		const { token } = await response.json();

		showToken(made, token);
		await reload(list);
	} catch (refused) {
		say(error, refused.message);
	}
	button.disabled = false;
}

function showToken(made, token) {
	const field = el("input", { class: "mono", readonly: true,
	    value: token, "aria-label": "The new token",
	    focus: () => field.select() });

	made.replaceChildren(el("section", { class: "card made" },
	    el("h2", {}, "Your new token"),
	    el("p", {}, "Copy it now: it is not shown again."), field));
	field.focus();
}
