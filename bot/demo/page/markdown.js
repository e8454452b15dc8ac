// The markdown block: headings, lists, quotes, rules, code, bold, italic, code and links of ordinary Markdown.
import { h } from "./dom.js";
import { link } from "./mrkdwn.js";

const INLINE = /`([^`]+)`|\[([^\]]+)\]\(([^)\s]+)\)|\*\*(.+?)\*\*|__(.+?)__|~~(.+?)~~|(?<!\w)[*_]([^*_\s][^*_]*?)[*_](?!\w)/g;

function inline(text) {
  const out = [];
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, label, url, bold, bold2, strike, italic] = match;
    out.push(text.slice(last, match.index));
    if (code) out.push(h("code", null, code));
    else if (url) out.push(link(url, label));
    else if (bold ?? bold2) out.push(h("strong", null, inline(bold ?? bold2)));
    else if (strike) out.push(h("s", null, inline(strike)));
    else out.push(h("em", null, inline(italic)));
    last = match.index + whole.length;
  }
  out.push(text.slice(last));
  return out;
}

function chunk(part) {
  const heading = part.match(/^(#{1,6})\s+(.*)$/s);
  if (heading) return h(`h${Math.min(heading[1].length + 2, 6)}`, { class: "header" }, inline(heading[2]));
  if (/^(-{3,}|\*{3,})$/.test(part.trim())) return h("hr", { class: "divider" });
  const rows = part.split("\n");
  if (rows.every((row) => row.startsWith(">"))) {
    return h("blockquote", null, h("p", null, inline(rows.map((row) => row.replace(/^>\s?/, "")).join(" "))));
  }
  if (rows.every((row) => /^\s*([-*+]|\d+\.)\s/.test(row))) {
    return h("ul", { class: "marks" }, rows.map((row) => {
      const [, space, mark, text] = row.match(/^(\s*)([-*+]|\d+\.)\s+(.*)$/);
      return h("li", { class: space.length > 1 ? "deep" : "", data: { mark: /\d/.test(mark) ? mark : "•" } }, inline(text));
    }));
  }
  return h("p", null, inline(rows.join(" ")));
}

/** Markdown text as nodes. */
export function markdown(text) {
  return text.split(/^```.*\n?/m).flatMap((part, i) => {
    if (i % 2 === 1) return [h("pre", null, h("code", null, part.replace(/\n$/, "")))];
    const parts = part.replace(/^(#{1,6} .*)$/gm, "\n$1\n").split(/\n{2,}/);
    return parts.filter((one) => one.trim() !== "").map((one) => chunk(one.replace(/^\n+|\n+$/g, "")));
  });
}
