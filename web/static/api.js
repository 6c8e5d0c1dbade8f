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
 * Asking the server.  Every page has its data at its own address; this file
 * knows how to ask for it, how to send a form, and what a refusal looks like.
 */

/* A refusal of the server: its status and its one sentence. */
export class Refused extends Error {
	constructor(status, sentence) {
		super(sentence);
		this.status = status;
	}
}

/* The data of a page. */
export async function get(url) {
	const response = await send(url, {
		headers: { Accept: "application/json" },
		cache: "no-store",
	});

	return response.json();
}

/*
 * Sends a form: an object, or a list of [name, value] where a name is
 * repeated.  Returns the response; redirects were followed.
 */
export function post(url, fields) {
	const list = Array.isArray(fields) ? fields :
	    Object.entries(fields ?? {});

	return send(url, {
		method: "POST",
		headers: { Accept: "application/json" },
		body: new URLSearchParams(list),
	});
}

async function send(url, options) {
	let response;

	try {
		response = await fetch(url, { credentials: "same-origin",
		    ...options });
	} catch {
		throw new Refused(0, "The server can't be reached.");
	}
	if (!response.ok)
		throw new Refused(response.status, await sentence(response));
	return response;
}

async function sentence(response) {
	const text = (await response.text().catch(() => "")).trim();

	try {
		return sentenceCase(JSON.parse(text).error);
	} catch {
		const type = response.headers.get("Content-Type") ?? "";

		if (text !== "" && type.startsWith("text/plain"))
			return sentenceCase(text);
		return `The server answered ${response.status} ` +
		    `${response.statusText}.`;
	}
}

function sentenceCase(text) {
	const end = /[.!?]$/.test(text) ? "" : ".";

	return text.charAt(0).toUpperCase() + text.slice(1) + end;
}
