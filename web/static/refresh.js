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
 * Keeps a page's data fresh: while something is running, and when the reader
 * comes back to the page.
 */

import { get } from "./api.js";

const INTERVAL = 5000;

/*
 * Calls show(data) with newer data of this address.  isLive(data) tells
 * whether something in it is going on.
 */
export function refresh(data, show, isLive) {
	let timer;

	async function again() {
		try {
			data = await get(location.pathname + location.search);
			show(data);
		} catch (error) {
			/* The next page says why; this one stays readable. */
			if (error.status !== 0)
				return;
		}
		plan();
	}
	function plan() {
		clearTimeout(timer);
		if (!document.hidden && isLive(data))
			timer = setTimeout(again, INTERVAL);
	}
	document.addEventListener("visibilitychange", () => {
		clearTimeout(timer);
		if (!document.hidden)
			again();
	});
	plan();
}
