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
 * One application: the form that starts a deployment, and the last ones.
 */

import { deploymentTable, el, isRunning, labelled, notice, option, path,
    repositoryLink, say } from "./dom.js";
import { post } from "./api.js";
import { refresh } from "./refresh.js";

export function page({ main, data }) {
	const { application } = data;
	const last = el("div", {});
	const all = path(application.name, "deployments");

	main.replaceChildren(
	    el("div", { class: "title" }, el("h1", {}, application.name),
	    repositoryLink(application.repository)),
	    deployForm(application),
	    el("section", {}, el("h2", {}, "Last deployments"), last,
	    el("p", {}, el("a", { href: all }, "All deployments"))));
	show(last, data);
	refresh(data, (newer) => show(last, newer), ({ deployments }) =>
	    deployments.some(isRunning));
}

function show(last, { application, deployments }) {
	last.replaceChildren(deploymentTable(application, deployments));
	showRunning(application);
}

function deployForm(application) {
	const targets = application.targets.filter(({ deployer }) => deployer);
	const wanted = new URLSearchParams(location.hash.slice(1));

	if (targets.length === 0)
		return el("p", { class: "card quiet" }, "You may read this " +
		    "application, but not deploy to any of its targets.");

	const error = notice();
	const stages = el("fieldset", { class: "stages" });
	const target = el("select", { name: "target", required: true },
	    ...targets.map(({ name }) => option(name, name,
	    name === wanted.get("target"))));
	const commit = el("input", { name: "commitsha", required: true,
	    pattern: "\\s*([0-9a-fA-F]{40}|[0-9a-fA-F]{64})\\s*",
	    title: "40 or 64 hexadecimal digits", autocomplete: "off",
	    autocapitalize: "off", spellcheck: "false", class: "mono",
	    value: wanted.get("commitsha") });
	const branch = el("input", { name: "branch", list: "branches",
	    autocomplete: "off", autocapitalize: "off", spellcheck: "false",
	    value: wanted.get("branch") ?? application.branches[0] });
	const comment = el("textarea", { name: "comment", rows: 2,
	    required: true });
	const button = el("button", { class: "primary" }, "Deploy");
	const form = el("form", { class: "card deploy",
	    submit: (event) => start(event, application, button, error) },
	    el("h2", {}, "Deploy"),
	    labelled("Target", target),
	    labelled("Branch", branch),
	    labelled("Commit", commit, "the whole SHA"),
	    labelled("Comment", comment),
	    stages, el("p", { id: "running", class: "quiet", hidden: true }),
	    error, el("div", { class: "buttons" }, button),
	    el("datalist", { id: "branches" },
	    ...application.branches.map((name) => option(name))));

	function choose() {
		showStages(stages, targets.find(({ name }) =>
		    name === target.value));
		showRunning(application);
	}
	target.addEventListener("change", choose);
	showStages(stages, targets.find(({ name }) => name === target.value));
	return form;
}

function showStages(fieldset, target) {
	fieldset.replaceChildren(el("legend", {}, "Stages"),
	    ...target.stages.map((stage) => el("label", { class: "check" },
	    el("input", { type: "checkbox", name: "stages[]", value: stage,
	    checked: target.default_stages.includes(stage) }), stage)),
	    target.host_key_check === false ? el("p", { class: "warning" },
	    "The host keys of this target are not checked.") : "");
}

/* Says that the chosen target is busy; the server has the last word. */
function showRunning(application) {
	const node = document.getElementById("running");
	const chosen = document.querySelector("select[name=target]")?.value;
	const target = application.targets.find(({ name }) => name === chosen);

	if (node == null)
		return;
	node.hidden = target?.running == null;
	node.replaceChildren();
	if (!node.hidden)
		node.append("A deployment to this target is running: ",
		    el("a", { href: path(application.name, "deployments",
		    target.running) }, `#${target.running}`), ".");
}

async function start(event, application, button, error) {
	const fields = [...new FormData(event.target)].map(([name, value]) =>
	    [name, name === "comment" ? value : value.trim()]);

	event.preventDefault();
	say(error, null);
	if (!fields.some(([name]) => name === "stages[]")) {
		say(error, "Choose at least one stage.");
		return;
	}
	button.disabled = true;
	try {
		const response = await post(path(application.name,
		    "deployments"), fields);

		location.assign(response.redirected ? response.url :
		    path(application.name, "deployments"));
	} catch (refused) {
		say(error, refused.message);
		button.disabled = false;
	}
}
