// Searching every byte of every stored file: the same search for what should not be there and for what must be.
import { getBytes } from "./api.js";

/** Words with which every SQLite file begins: if these are found, the search works. */
export const CONTROL = "SQLite format 3";
const RUN = 3;

const lower = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Bytes as a string of the same length, one character a byte, ASCII in lower case. */
function latin(bytes) {
  let out = "";
  for (let i = 0; i < bytes.length; i += 4096) out += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return lower(out);
}

function utf16(text) {
  return [...text].flatMap((letter) => {
    const code = letter.charCodeAt(0);
    return [code & 255, code >> 8];
  });
}

/** The forms in which a text can stand in a file: UTF-8, UTF-16 and escaped as in JSON. */
function forms(text) {
  const escaped = text.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const utf8 = latin(new TextEncoder().encode(text));
  return [...new Set([utf8, latin(Uint8Array.from(utf16(text))), lower(escaped)])];
}

/** The offsets of `text` in `hay`, at most 100. */
function offsets(hay, text) {
  const found = [];
  for (const form of forms(text)) {
    for (let at = hay.indexOf(form); at >= 0 && found.length < 100; at = hay.indexOf(form, at + 1)) found.push({ at, length: form.length });
  }
  return found;
}

/** Every run of three words in a text of more than three. */
export function runs(text) {
  const words = text.split(/\s+/).filter(Boolean);
  if (words.length <= RUN) return [];
  return words.slice(0, 200 - RUN).flatMap((_, i) => (i + RUN <= words.length ? [words.slice(i, i + RUN).join(" ")] : []));
}

/**
 * Looks for `text`, for every three words of it in a row, and for the control words.
 * @param {string} text
 * @param {Array<{path: string, secret: boolean}>} files the keys among them are random bytes, never shown and not searched
 * @returns {Promise<{hits: object[], partial: object[], files: number, bytes: number, control: number, secret: number}>}
 */
export async function findEverywhere(text, files) {
  const result = { hits: [], partial: [], files: 0, bytes: 0, control: 0, secret: files.filter((file) => file.secret).length };
  const pieces = runs(text);
  for (const { path } of files.filter((file) => !file.secret)) {
    const bytes = await getBytes(path);
    const hay = latin(bytes);
    result.files += 1;
    result.bytes += bytes.length;
    if (hay.includes(lower(CONTROL))) result.control += 1;
    result.hits.push(...offsets(hay, text).map((one) => ({ path, text, ...one })));
    result.partial.push(...pieces.flatMap((piece) => offsets(hay, piece).slice(0, 1).map((one) => ({ path, text: piece, ...one }))));
  }
  return result;
}
