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
 * Building blocks of the pages.  Text goes in as text nodes and attributes by
 * setAttribute, never as markup; whatever a host or a person wrote stays
 * text.
 */

/*
 * An element.  Functions among the attributes are listeners ("click"),
 * true and false switch an attribute on and off; children are nodes and
 * strings, null is left out.
 */
export function el(tag, attributes, ...children) {
	const node = document.createElement(tag);

	for (const [name, value] of Object.entries(attributes ?? {})) {
		if (typeof value === "function")
			node.addEventListener(name, value);
		else if (value === true)
			node.setAttribute(name, "");
		else if (value !== false && value != null)
			node.setAttribute(name, value);
	}
	node.append(...children.flat().filter((child) => child != null));
	return node;
}

/*
 * What a person wrote: its lines stay, the characters that turn text around
 * become visible.
 */
export function words(text) {
	return el("span", { class: "text" }, (text ?? "").replace(
	    /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (c) =>
	    `<${c.charCodeAt(0).toString(16).toUpperCase()}>`));
}

/* A path of encoded segments: path("my shop", "deployments", 7). */
export function path(...segments) {
	return "/" + segments.map(encodeURIComponent).join("/");
}

/* The link to a commit at GitHub; text if we don't know where that is. */
export function commitLink(repository, sha) {
	const code = el("code", { title: sha }, sha.slice(0, 10));

	if (!/^[\w.-]+\/[\w.-]+$/.test(repository ?? ""))
		return code;
	return el("a", { href: `https://github.com/${repository}/commit/` +
	    encodeURIComponent(sha), rel: "noopener noreferrer" }, code);
}

export function repositoryLink(repository) {
	if (!/^[\w.-]+\/[\w.-]+$/.test(repository ?? ""))
		return null;
	return el("a", { href: `https://github.com/${repository}`,
	    rel: "noopener noreferrer" }, repository);
}

const states = {
	new: "waiting",
	active: "running",
	successful: "successful",
	failed: "failed",
};

/* The state of a deployment, as a word in its colour. */
export function stateBadge(deployment) {
	const { state, ended_by: by } = deployment;
	let word = states[state] ?? state;

	if (state === "failed" && by === "person")
		word = "killed";
	return el("span", { class: `state ${states[state] ? state : ""}` },
	    word);
}

export function isRunning(deployment) {
	return deployment.state === "new" || deployment.state === "active";
}

/* A point in time, as "5 minutes ago"; null is nothing. */
export function when(time) {
	if (time == null)
		return null;
	const date = new Date(time);
	const node = el("time", { datetime: time,
	    title: date.toLocaleString() }, ago(date));

	return node;
}

const units = [
	["second", 60], ["minute", 60], ["hour", 24], ["day", 30],
	["month", 12], ["year", Infinity],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function ago(date) {
	let n = (date.getTime() - Date.now()) / 1000;

	if (Number.isNaN(n))
		return "";
	if (Math.abs(n) < 10)
		return "just now";
	for (const [unit, size] of units) {
		if (Math.abs(n) < size)
			return relative.format(n > 0 ? Math.round(n) :
			    Math.trunc(n), unit);
		n /= size;
	}
	return "";
}

setInterval(() => {
	for (const node of document.querySelectorAll("time"))
		node.textContent = ago(new Date(node.dateTime));
}, 30000);

/* The time between two points, as "1 min 5 s"; end may be null: now. */
export function duration(start, end) {
	if (start == null)
		return null;
	const last = end == null ? Date.now() : Date.parse(end);
	const n = Math.max(0, Math.round((last - Date.parse(start)) / 1000));
	const min = Math.floor(n / 60) % 60;

	if (n >= 3600)
		return `${Math.floor(n / 3600)} h ${min} min`;
	return n >= 60 ? `${min} min ${n % 60} s` : `${n} s`;
}

/* A labelled control; the label is bound to it by nesting. */
export function labelled(text, control, hint) {
	return el("label", { class: "field" },
	    el("span", { class: "label" }, text), control,
	    hint == null ? null : el("span", { class: "hint" }, hint));
}

export function option(value, text, selected) {
	return el("option", { value, selected: !!selected }, text ?? value);
}

/* Where a form says what went wrong.  Screen readers read it out. */
export function notice() {
	return el("p", { class: "notice", role: "alert", hidden: true });
}

export function say(node, text) {
	node.textContent = text ?? "";
	node.hidden = text == null;
}

/* Asks before something that can't be taken back.  Resolves to a boolean. */
export function confirmed(question, action) {
	return new Promise((resolve) => {
		const dialog = el("dialog", { close: () => {
			dialog.remove();
			resolve(dialog.returnValue === "yes");
		} }, el("form", { method: "dialog" }, el("p", {}, question),
		    el("div", { class: "buttons" },
		    el("button", { value: "no", autofocus: true }, "Cancel"),
		    el("button", { value: "yes", class: "danger" }, action))));

		document.body.append(dialog);
		dialog.showModal();
	});
}

/* Deployments as a table, the newest first. */
export function deploymentTable(application, deployments) {
	if (deployments.length === 0)
		return el("p", { class: "empty" }, "No deployments yet.");
	return el("table", { class: "deployments" },
	    el("thead", {}, el("tr", {},
	    ...["Deployment", "State", "Target", "Commit", "Comment", "By",
	    "When"].map((name) => el("th", { scope: "col" }, name)))),
	    el("tbody", {}, ...deployments.map((deployment) =>
	    deploymentRow(application, deployment))));
}

function deploymentRow(application, d) {
	const href = path(application.name, "deployments", d.id);

	return el("tr", {},
	    el("td", { class: "id" }, el("a", { href }, `#${d.id}`)),
	    el("td", { class: "is" }, stateBadge(d)),
	    el("td", { class: "target" }, d.target),
	    el("td", { class: "commit" },
	    commitLink(application.repository, d.commit_sha),
	    d.branch ? el("span", { class: "branch",
	    title: d.branch }, d.branch) : null),
	    el("td", { class: "comment" }, words(d.comment)),
	    el("td", { class: "user" }, d.user),
	    el("td", { class: "when" }, when(d.created_at)));
}
