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
 * One deployment: what it is, how its stages are doing, its log as it comes,
 * and the button that kills it.
 */

import { commitLink, confirmed, duration, el, isRunning, notice, path, say,
    stateBadge, when, words } from "./dom.js";
import { get, post } from "./api.js";
import { LogView } from "./log.js";
import { Stream } from "./stream.js";

/* Of a log that is longer only the end is shown; the rest can be had. */
const LONG = 50000, SHOWN = 10000;

const enders = {
	person: "killed by a person",
	host: "failed on a host",
	limit: "ended by a limit",
	daemon: "ended by the daemon",
};

export function page({ main, data }) {
	const { application } = data;
	let { deployment } = data;
	const here = path(application.name, "deployments", deployment.id);
	/* What was there when the page was opened. */
	const skipped = deployment.entries > LONG ?
	    deployment.entries - SHOWN : 0;
	const log = new LogView(`${here}/log?format=text`, skipped);
	const facts = el("div", {});
	const stages = new Stages(deployment.stages, log);
	const connection = el("p", { class: "connection", role: "status",
	    hidden: true });
	const error = notice();
	const again = el("span", { class: "buttons" });

	main.replaceChildren(
	    el("div", { class: "title" },
	    el("h1", {}, `Deployment #${deployment.id}`), again),
	    facts, error, stages.node, log.node, connection);
	show();
	log.follow(isRunning(deployment));

	function show() {
		facts.replaceChildren(factList(application, deployment));
		again.replaceChildren(actions(application, deployment, kill));
		stages.ended = !isRunning(deployment);
		document.title = `${deployment.state} · #${deployment.id} · ` +
		    `${application.name} · applikatonid`;
	}

	async function reload() {
		try {
			({ deployment } = await get(here));
			show();
		} catch (refused) {
			say(error, refused.message);
		}
	}

	async function kill(button) {
		if (!await confirmed(`Kill deployment #${deployment.id} on ` +
		    `${deployment.target}? What has run already is not ` +
		    "undone.", "Kill"))
			return;
		button.disabled = true;
		say(error, null);
		try {
			await post(`${here}/kill`);
		} catch (refused) {
			say(error, refused.message);
			button.disabled = false;
		}
	}

	new Stream(`${here}/log`, skipped + 1, {
		entry: (entry) => {
			log.add(entry);
			stages.note(entry);
			if (deployment.state === "new" &&
			    entry.entry_type === "DEPLOYMENT_START")
				reload();
		},
		state: (text) => say(connection, text),
		end: () => {
			say(connection, null);
			if (isRunning(deployment))
				reload();
		},
		refused: (refused) => say(connection, refused.message),
	});
	/* The clock of a running deployment. */
	setInterval(() => {
		const clock = facts.querySelector(".clock");

		if (clock !== null && isRunning(deployment))
			clock.textContent = duration(deployment.started_at,
			    null);
	}, 1000);
}

function actions(application, deployment, kill) {
	if (isRunning(deployment)) {
		if (!deployment.killable)
			return "";
		const button = el("button", { class: "danger",
		    click: () => kill(button) }, "Kill");

		return button;
	}
	const what = new URLSearchParams({ target: deployment.target,
	    commitsha: deployment.commit_sha, branch: deployment.branch });

	return el("a", { class: "button", href: path(application.name) +
	    `#${what}` }, "Deploy this commit again");
}

function factList(application, d) {
	const facts = [
		["State", el("span", { "aria-live": "polite" },
		    stateBadge(d))],
		["Why", why(d)],
		["Target", d.target],
		["Commit", el("span", {}, commitLink(d.repository ??
		    application.repository, d.commit_sha), d.branch ?
		    el("span", { class: "branch" }, d.branch) : null)],
		["Comment", words(d.comment)],
		["By", d.user],
		["Created", when(d.created_at)],
		["Took", d.started_at == null ? null : el("span",
		    { class: "clock" }, duration(d.started_at, d.ended_at))],
	];

	return el("dl", { class: "card facts" }, ...facts
	    .filter(([, value]) => value != null && value !== "")
	    .map(([name, value]) => el("div", { class: `fact-${name.toLowerCase()}` },
	    el("dt", {}, name), el("dd", {}, value))));
}

function why({ state, ended_by: by, reason }) {
	if (state !== "failed")
		return null;
	return words(reason ?? enders[by]);
}

/* The row of stages above the log, each with its state. */
class Stages {
	#items = new Map();
	#log;

	constructor(names, log) {
		this.#log = log;
		this.node = el("ol", { class: "stages-row",
		    "aria-label": "Stages" });
		for (const name of names)
			this.#add(name);
	}

	#add(name) {
		const button = el("button", { class: "stage-state",
		    disabled: true, click: () => this.#go(name) }, name);

		this.#items.set(name, button);
		this.node.append(el("li", {}, button));
		return button;
	}

	note({ entry_type: type, message }) {
		const state = { STAGE_START: "active", STAGE_SUCCESS:
		    "successful", STAGE_FAIL: "failed" }[type];

		if (state === undefined)
			return;
		const button = this.#items.get(message) ?? this.#add(message);

		/* Those before it were well, also when we did not see it. */
		for (const [name, earlier] of this.#items) {
			if (name === message)
				break;
			if (earlier.className === "stage-state")
				earlier.className = "stage-state successful";
		}
		button.className = `stage-state ${state}`;
		button.title = state;
		button.disabled = false;
	}

	/* A stage that was going on when the deployment ended is no longer. */
	set ended(on) {
		this.node.classList.toggle("ended", on);
	}

	#go(name) {
		this.#log.follow(false);
		this.#log.stage(name)?.scrollIntoView({ block: "start" });
	}
}
