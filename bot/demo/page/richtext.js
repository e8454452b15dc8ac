// rich_text blocks: sections, lists, quotes and preformatted text.
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { slackDate } from "./format.js";
import { link, mention } from "./mrkdwn.js";
import { channel } from "./state.js";

const WRAPS = { bold: "strong", italic: "em", strike: "s", code: "code", underline: "u" };

function styled(node, style) {
  let out = node;
  for (const [name, on] of Object.entries(style ?? {})) if (on && WRAPS[name]) out = h(WRAPS[name], null, out);
  return out;
}

const LEAVES = {
  text: (part) => part.text,
  link: (part) => link(part.url, part.text ?? part.url),
  emoji: (part) => emoji(part.name) ?? `:${part.name}:`,
  user: (part) => mention(part.user_id),
  channel: (part) => h("span", { class: "mention" }, `#${channel(part.channel_id)?.name ?? "a channel"}`),
  broadcast: (part) => h("span", { class: "mention" }, `@${part.range}`),
  date: (part) => slackDate(part.timestamp, part.format ?? "{date_short} {time}", part.fallback ?? ""),
};

const leaves = (parts) => (parts ?? []).map((part) => styled(LEAVES[part.type]?.(part) ?? part.text ?? "", part.style));

const PARTS = {
  rich_text_section: (part) => h("p", { class: "keep-lines" }, leaves(part.elements)),
  rich_text_quote: (part) => h("blockquote", { class: "keep-lines" }, leaves(part.elements)),
  rich_text_preformatted: (part) => h("pre", null, h("code", null, leaves(part.elements))),
  rich_text_list: (part) => {
    const ordered = part.style === "ordered";
    const start = part.offset ?? 0;
    const items = (part.elements ?? []).map((item, i) =>
      h("li", { class: part.indent ? "deep" : "", data: { mark: ordered ? `${start + i + 1}.` : "•" } }, leaves(item.elements)),
    );
    return h("ul", { class: "marks" }, items);
  },
};

/** A rich_text block's parts as nodes. */
export function richText(block) {
  return (block.elements ?? []).map((part) => PARTS[part.type]?.(part) ?? h("span", null, leaves([part])));
}
