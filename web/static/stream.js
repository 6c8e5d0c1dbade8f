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
 * The entries of one deployment's log, in order and each of them once, over
 * as many connections as that takes.
 */

import { get } from "./api.js";

const FIRST_WAIT = 500, LONGEST_WAIT = 15000;

/*
 * Reads the log at this path from entry `next` on.  on.entry(entry) gets each
 * entry; on.state(text) is told how the connection is, null if all is well;
 * on.end() is called when the log is complete, on.refused(error) when the
 * person may read it no longer.
 */
export class Stream {
	#url;
	#next;
	#on;
	#wait = FIRST_WAIT;
	#timer;
	#socket;

	constructor(path, next, on) {
		this.#url = new URL(path, location.href);
		this.#url.protocol = location.protocol === "https:" ?
		    "wss:" : "ws:";
		this.#next = next;
		this.#on = on;
		addEventListener("online", () => this.#hurry());
		this.#connect();
	}

	#connect() {
		const url = new URL(this.#url);

		clearTimeout(this.#timer);
		this.#timer = undefined;
		url.searchParams.set("from", this.#next);
		const socket = this.#socket = new WebSocket(url);

		socket.addEventListener("open", () => this.#on.state(null));
		socket.addEventListener("message", (event) =>
		    this.#receive(socket, event.data));
		socket.addEventListener("close", (event) =>
		    this.#closed(socket, event));
	}

	#receive(socket, data) {
		const entry = JSON.parse(data);

		if (socket !== this.#socket || entry.id < this.#next)
			return;
		/* A gap: ask again for what is missing. */
		if (entry.id > this.#next) {
			socket.close(4000, "gap");
			return;
		}
		this.#next++;
		this.#wait = FIRST_WAIT;
		this.#on.entry(entry);
	}

	async #closed(socket, { code }) {
		if (socket !== this.#socket)
			return;
		this.#socket = undefined;
		if (code === 1000) {
			this.#on.end();
			return;
		}
		this.#later();
		/* A handshake does not tell why it failed; the page does. */
		try {
			await get(location.pathname);
		} catch (error) {
			if ([401, 403, 404].includes(error.status)) {
				this.stop();
				this.#on.refused(error);
			}
		}
	}

	#later() {
		const wait = this.#wait * (0.75 + Math.random() / 2);

		this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
		this.#on.state("The connection was lost; trying again.");
		this.#timer = setTimeout(() => this.#connect(), wait);
	}

	/* The network is back: don't wait any longer. */
	#hurry() {
		if (this.#timer !== undefined)
			this.#connect();
	}

	stop() {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#socket?.close();
		this.#socket = undefined;
	}
}
