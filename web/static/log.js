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
 * The view of a log.  It stays fast with 100,000 lines: entries are queued
 * and appended once a frame, a line is one element, and lines stand in blocks
 * that the browser lays out only when they come into sight.  A page that is
 * not seen has no frames: what waits for one is bounded, too.
 */

import { el, labelled, option } from "./dom.js";
import { appendOutput } from "./terminal.js";

const BLOCK = 500;		/* lines in a block */
const FRAME = 3000;		/* entries appended in a frame */
const MOST = 200000;		/* lines that are kept in the page */
/* What a line costs: its characters, and so much for each of its pieces. */
const PIECE = 100;
const FRAME_COST = 1000000;
const MOST_COST = 50000000;
const SLACK = 60;		/* pixels from the end that count as the end */

/* How an entry looks, and what it says, by its type. */
const kinds = {
	DEPLOYMENT_START: ["note", () => "Deployment started"],
	STAGE_START: ["stage", (text) => text],
	COMMAND_START: ["command", (text) => text],
	COMMAND_STDOUT_OUTPUT: ["stdout", (text) => text],
	COMMAND_STDERR_OUTPUT: ["stderr", (text) => text],
	COMMAND_SUCCESS: ["done", (text) => text],
	COMMAND_FAIL: ["fail", (text) => text],
	STAGE_RESULT: ["note", (text) => text],
	STAGE_SUCCESS: ["good", (text) => `${text} successful`],
	STAGE_FAIL: ["fail", (text) => `${text} failed`],
	DEPLOYMENT_SUCCESS: ["good end", () => "Deployment successful"],
	DEPLOYMENT_FAIL: ["fail end", (text) => "Deployment failed: " +
	    text.replace(/^deployment_id=\d+, err=/, "")],
	KILL_RECEIVED: ["fail", (text) => text],
};

export class LogView {
	#lines = el("div", { class: "log", role: "log", "aria-live": "off",
	    "aria-label": "Log", tabindex: 0 });
	#hosts = el("select", { change: () => this.#filter() },
	    option("", "all"));
	#end = el("button", { class: "small", "aria-pressed": "false",
	    click: () => this.follow(!this.#following) }, "Follow");
	#count = el("span", { class: "quiet count" });
	#rules = new CSSStyleSheet();
	#origins = new Map();
	#queue = [];
	#queued = 0;			/* what it costs */
	#skipped = 0;			/* lines that were never here */
	#frame;
	#block;
	#times = [];
	#costs = [];			/* of the blocks */
	#cost = 0;			/* of all of them */
	#dropped = 0;
	#total = 0;
	#origin;
	#widest = 0;
	#following = false;
	#settling = false;
	#top = 0;

	/*
	 * raw is the address of the log as plain text; so many lines of it
	 * are left out at the beginning.
	 */
	constructor(raw, skipped) {
		this.#skipped = skipped;
		this.node = el("section", { class: "logs" },
		    el("div", { class: "toolbar" },
		    labelled("Host", this.#hosts), this.#end, this.#count,
		    el("a", { href: raw, download: true }, "Download")),
		    this.#lines);
		document.adoptedStyleSheets.push(this.#rules);
		this.#lines.addEventListener("mouseover", (event) =>
		    this.#showTime(event.target));
		addEventListener("scroll", () => this.#scrolled(),
		    { passive: true });
	}

	/* Takes an entry; it is seen in the next frame. */
	add(entry) {
		this.#queue.push(entry);
		this.#queued += entry.message.length + PIECE;
		if (this.#queue.length > 2 * MOST ||
		    this.#queued > 2 * MOST_COST)
			this.#forget();
		this.#frame ??= requestAnimationFrame(() => this.#flush());
	}

	/* The element where a stage begins, if it has begun. */
	stage(name) {
		return this.#lines.querySelector(
		    `[data-stage="${CSS.escape(name)}"]`);
	}

	/* Keeps the end in sight, or stops to. */
	follow(on) {
		this.#following = on;
		this.#end.setAttribute("aria-pressed", on);
		if (on)
			this.#toEnd();
	}

	/* More waits than a page can hold: what is older will not be seen. */
	#forget() {
		let n = 0;

		while (this.#queue.length - n > MOST ||
		    this.#queued > MOST_COST)
			this.#queued -= this.#queue[n++].message.length +
			    PIECE;
		this.#queue.splice(0, n);
		this.#skipped += n;
	}

	#flush() {
		const enough = this.#cost + FRAME_COST;
		let n = 0;

		while (n < FRAME && n < this.#queue.length &&
		    this.#cost < enough) {
			const entry = this.#queue[n++];

			this.#queued -= entry.message.length + PIECE;
			this.#append(entry);
		}
		this.#queue.splice(0, n);
		this.#frame = this.#queue.length === 0 ? undefined :
		    requestAnimationFrame(() => this.#flush());
		this.#lines.style.setProperty("--origin",
		    `${Math.min(this.#widest, 24) + 2}ch`);
		this.#trim();
		const lines = this.#skipped + this.#total;

		this.#count.textContent = lines === 1 ? "1 line" :
		    `${lines.toLocaleString("en")} lines`;
		if (this.#following)
			this.#toEnd();
	}

	#append(entry) {
		const [kind, text] = kinds[entry.entry_type] ??
		    ["note", (message) => message];
		const line = el(kind === "stage" ? "h3" : "div", { class:
		    `line ${kind} ${this.#originClass(entry.origin)}` });

		if (kind === "stage")
			line.dataset.stage = entry.message;
		else
			line.dataset.origin = entry.origin;
		if (entry.origin === this.#origin)
			line.classList.add("same");
		if (entry.continued)
			line.classList.add("continued");
		this.#origin = kind === "stage" ? undefined : entry.origin;
		const words = text(entry.message);
		const cost = words.length + PIECE * appendOutput(line, words);

		this.#room().append(line);
		this.#costs[this.#costs.length - 1] += cost;
		this.#cost += cost;
		this.#times.push(Date.parse(entry.timestamp));
		this.#total++;
	}

	/* The block that takes the next line. */
	#room() {
		if (this.#total % BLOCK === 0) {
			this.#block = el("div", { class: "block" });
			this.#lines.append(this.#block);
			this.#costs.push(0);
		}
		return this.#block;
	}

	/* A class for each origin, so that one rule can hide all others. */
	#originClass(origin) {
		let name = this.#origins.get(origin);

		if (name === undefined) {
			name = `o${this.#origins.size}`;
			this.#origins.set(origin, name);
			this.#widest = Math.max(this.#widest, origin.length);
			if (origin !== "applikatoni")
				this.#hosts.append(option(name, origin));
		}
		return name;
	}

	/*
	 * Only the lines of one host, and the daemon's own.  The blocks out
	 * of sight remember how high they were: have them laid out once.
	 */
	#filter() {
		const own = this.#origins.get("applikatoni") ?? "none";
		const host = this.#hosts.value;

		this.#rules.replaceSync(host === "" ? "" :
		    `.log .line:not(.${host}, .${own}) { display: none; }`);
		this.#lines.classList.add("measure");
		this.#settling = true;
		requestAnimationFrame(() => requestAnimationFrame(() => {
			this.#lines.classList.remove("measure");
			if (this.#following)
				this.#toEnd();
			requestAnimationFrame(() => {
				this.#settling = false;
			});
		}));
	}

	/* A page can't hold everything that a host can print. */
	#trim() {
		while (this.#costs.length > 1 && (this.#cost > MOST_COST ||
		    this.#total - this.#dropped > MOST)) {
			const first = this.#lines.querySelector(".block");

			this.#dropped += first.childElementCount;
			first.remove();
			this.#times.splice(0, BLOCK);
			this.#cost -= this.#costs.shift();
		}
		const missing = this.#skipped + this.#dropped;

		if (missing === 0)
			return;
		let note = this.#lines.querySelector(".dropped");

		if (note === null) {
			note = el("p", { class: "dropped" });
			this.#lines.prepend(note);
		}
		note.textContent = `${missing.toLocaleString("en")} ` +
		    "earlier lines are in the download only.";
	}

	#toEnd() {
		const root = document.documentElement;

		scrollTo(scrollX, root.scrollHeight);
		this.#top = scrollY;
	}

	/* Scrolling up lets go of the end, coming back takes hold of it. */
	#scrolled() {
		const root = document.documentElement;
		const left = root.scrollHeight - innerHeight - scrollY;

		if (!this.#settling && scrollY < this.#top && left > SLACK)
			this.follow(false);
		this.#top = scrollY;
	}

	#showTime(node) {
		const line = node.closest(".line");

		if (line === null || line.title !== "")
			return;
		const block = line.parentNode;
		let i = 0;

		for (let b = block.previousElementSibling; b !== null;
		    b = b.previousElementSibling)
			i += b.classList.contains("block") ? BLOCK : 0;
		i += [...block.children].indexOf(line);
		line.title = new Date(this.#times[i]).toLocaleString();
	}
}
