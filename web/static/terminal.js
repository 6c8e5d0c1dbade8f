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
 * What a program printed, made safe to look at: colours (ANSI SGR) become
 * classes, every other control character becomes visible, so that no line can
 * hide, overwrite or reorder what stands there; and no line can become so many
 * elements that the page stands still.
 */

import { el } from "./dom.js";

const MOST_PIECES = 400;	/* of one line; the rest has no colours */

/*
 * SGR sequences; else escapes with their parameters, so that "ESC [ 2 K" is
 * one thing; else single control characters, and those of Unicode that turn
 * text around or can't be seen.
 */
const special = new RegExp("\\x1b\\[([0-9;:]*)m|" +
    "\\x1b\\[[0-?]*[ -/]*[@-~]|" +
    "[\\x00-\\x08\\x0a-\\x1f\\x7f-\\x9f\\u00ad\\u061c\\u200b-\\u200f" +
    "\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]", "g");
const plain = /^[\t\x20-\x7e]*$/;

/* Appends a line's text to a node.  Returns how many pieces it became. */
export function appendOutput(node, text) {
	if (plain.test(text)) {
		node.append(text);
		return 1;
	}
	let style = "", at = 0;

	for (const match of text.matchAll(special)) {
		if (node.childNodes.length >= MOST_PIECES) {
			text = text.slice(0, at) +
			    text.slice(at).replace(special, visible);
			break;
		}
		appendPiece(node, text.slice(at, match.index), style);
		at = match.index + match[0].length;
		if (match[1] !== undefined)
			style = sgr(style, match[1]);
		else
			node.append(el("span", { class: "control" },
			    visible(match[0])));
	}
	appendPiece(node, text.slice(at), style);
	return node.childNodes.length;
}

function appendPiece(node, text, style) {
	if (text !== "")
		node.append(style === "" ? text :
		    el("span", { class: style }, text));
}

/* The classes after another SGR sequence: bold, underline, 16 colours. */
function sgr(style, parameters) {
	const classes = new Map(style.split(" ").filter((s) => s !== "")
	    .map((name) => [name.split("-")[0], name]));
	const numbers = parameters.split(/[;:]/).map(Number);

	for (let i = 0; i < numbers.length; i++) {
		const n = numbers[i];

		if (n === 0)
			classes.clear();
		else if (n === 1)
			classes.set("bold", "bold");
		else if (n === 4)
			classes.set("underline", "underline");
		else if (n === 22)
			classes.delete("bold");
		else if (n === 24)
			classes.delete("underline");
		else if (n === 38 || n === 48)
			i += numbers[i + 1] === 5 ? 2 : 4;
		else if (n >= 30 && n <= 37)
			classes.set("fg", `fg-${n - 30}`);
		else if (n >= 90 && n <= 97)
			classes.set("fg", `fg-${n - 90}`);
		else if (n === 39)
			classes.delete("fg");
	}
	return [...classes.values()].join(" ");
}

/* As terminals name them: ^[ is escape, ^M a carriage return. */
function visible(sequence) {
	return sequence.replace(/[^ -~]/g, (c) => {
		const code = c.charCodeAt(0);

		if (code < 0x20 || code === 0x7f)
			return "^" + String.fromCharCode(code ^ 0x40);
		return `<${code.toString(16).toUpperCase().padStart(4, "0")}>`;
	});
}
