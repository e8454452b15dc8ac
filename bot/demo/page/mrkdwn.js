// Slack's mrkdwn to nodes: never through innerHTML.
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { slackDate } from "./format.js";
import { channel, member, state } from "./state.js";

const INLINE = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "<(?<angle>[^<>\\n]+)>",
    "(?<![\\w*])\\*(?<bold>[^\\s*](?:[^*\\n]*[^\\s*])?)\\*(?![\\w*])",
    "(?<![\\w_])_(?<italic>[^\\s_](?:[^\\n]*?[^\\s_])?)_(?![\\w_])",
    "(?<![\\w~])~(?<strike>[^\\s~](?:[^~\\n]*[^\\s~])?)~(?![\\w~])",
    ":(?<emoji>[a-z0-9_+-]+)(?:::skin-tone-\\d)?:",
  ].join("|"),
  "g",
);
const LIST = /^(\s*)([•◦▪‣*-]|\d{1,2}[.)])\s+(.*)$/u;
const UNDER = /^\s{3,}\S/;
const SAFE = /^(https?:|mailto:)/i;

/** Text with &lt; &gt; &amp; as the characters they stand for. */
export const unescape = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

/** A link that opens elsewhere, or only its text if the address is not a web or mail address. */
export function link(url, label) {
  if (!SAFE.test(url)) return h("span", null, label);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}

/** A mention of a member or of the bot. */
export function mention(id, fallback) {
  const name = member(id)?.name ?? (id === state.server?.app?.bot_user ? state.server.app.name : fallback);
  const mine = id === state.server?.you;
  return h("span", { class: mine ? "mention mine" : "mention" }, `@${name ?? "someone"}`);
}

function special(body, label) {
  const [kind, ...rest] = body.split("^");
  if (kind === "date") return document.createTextNode(slackDate(rest[0], rest[1] ?? "", label ?? ""));
  return h("span", { class: "mention" }, `@${label ?? kind}`);
}

function angle(inner) {
  const at = inner.indexOf("|");
  const target = at < 0 ? inner : inner.slice(0, at);
  const label = at < 0 ? null : unescape(inner.slice(at + 1));
  if (target.startsWith("@")) return mention(target.slice(1), label);
  if (target.startsWith("#")) {
    return h("span", { class: "mention" }, `#${channel(target.slice(1))?.name ?? label ?? "a channel"}`);
  }
  if (target.startsWith("!")) return special(target.slice(1), label);
  if (label === null && !SAFE.test(target)) return document.createTextNode(`<${unescape(target)}>`);
  return link(unescape(target), label ?? unescape(target));
}

function piece(match) {
  const { code, angle: inner, bold, italic, strike, emoji: name } = match.groups;
  if (code) return h("code", null, unescape(code));
  if (inner) return angle(inner);
  if (bold) return h("strong", null, inline(bold));
  if (italic) return h("em", null, inline(italic));
  if (strike) return h("s", null, inline(strike));
  return emoji(name) ? h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " ") }, emoji(name)) : match[0];
}

/** One line of mrkdwn as nodes. */
export function inline(text) {
  const nodes = [];
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(unescape(text.slice(last, match.index)), piece(match));
    last = match.index + match[0].length;
  }
  nodes.push(unescape(text.slice(last)));
  return nodes;
}

function kindOf(line, before) {
  if (/^(>|&gt;)/.test(line)) return "quote";
  if (LIST.test(line) || (before === "list" && UNDER.test(line))) return "list";
  return line.trim() === "" ? "gap" : "text";
}

/** The items so far and this line: one more item, or what is set under the last one by spaces. */
function listItem(items, line) {
  const match = line.match(LIST);
  if (match) {
    const [, space, mark, text] = match;
    return [...items, h("li", { class: space.length > 1 ? "deep" : "", data: { mark: /\d/.test(mark) ? mark : "•" } }, inline(text))];
  }
  items.at(-1).append(h("br"), ...inline(line.trim()));
  return items;
}

function lines(run, kind) {
  if (kind === "quote") {
    const inner = run.map((line) => line.replace(/^(>|&gt;)\s?/, "")).join("\n");
    return h("blockquote", null, paragraphs(inner));
  }
  if (kind === "list") {
    return h("ul", { class: "marks" }, run.reduce(listItem, []));
  }
  return h("p", null, run.flatMap((line, i) => (i ? [h("br"), ...inline(line)] : inline(line))));
}

function paragraphs(text) {
  const out = [];
  let run = [];
  let kind = "gap";
  const flush = () => {
    if (run.length > 0 && kind !== "gap") out.push(lines(run, kind));
    run = [];
  };
  for (const line of text.split("\n")) {
    const next = kindOf(line, kind);
    if (next !== kind) flush();
    kind = next;
    run.push(line);
  }
  flush();
  return out;
}

/** Mrkdwn as block nodes: paragraphs, quotes, lists and code. */
export function mrkdwn(text) {
  return text.split(/```\n?/).flatMap((part, i) => {
    if (i % 2 === 1) return [h("pre", null, h("code", null, unescape(part.replace(/\n$/, ""))))];
    return paragraphs(part);
  });
}

/** Plain text with emoji, as Slack shows `plain_text`. */
export function plainText(text) {
  return text.split(/(:[a-z0-9_+-]+:)/).map((part) => (/^:.+:$/.test(part) ? (emoji(part.slice(1, -1)) ?? part) : unescape(part)));
}

/** A Slack text object as nodes; `flat` gives a single line without paragraphs. */
export function textObject(text, flat = false) {
  if (typeof text === "string") return plainText(text);
  if (text?.type === "mrkdwn") return flat ? inline(text.text ?? "") : mrkdwn(text.text ?? "");
  return plainText(text?.text ?? "");
}
