// Block Kit layout blocks to nodes.
import { chart } from "./chart.js";
import { h, icon } from "./dom.js";
import { element } from "./elements.js";
import { plain } from "./format.js";
import { isGroup } from "./forms.js";
import { markdown } from "./markdown.js";
import { plainText, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { dataTable, table } from "./tables.js";

const ALERTS = {
  info: "M10 9v5M10 6.2v.1M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15z",
  success: "M6.5 10.5l2.5 2.5 4.5-5.5M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15z",
  warning: "M10 8v4M10 14.4v.1M10 3l7.5 13.5h-15z",
  error: "M10 6v5M10 13.9v.1M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15z",
};

function section(block, ctx) {
  const body = h("div", { class: "section-body" });
  if (block.text) body.append(h("div", { class: "prose" }, textObject(block.text)));
  if (block.fields) {
    body.append(h("div", { class: "fields" }, block.fields.map((field) => h("div", { class: "prose" }, textObject(field)))));
  }
  const out = h("div", { class: "block section" }, body);
  if (block.accessory) out.append(h("div", { class: "accessory" }, element(block.accessory, block.block_id, ctx, { live: true })));
  return out;
}

function header(block) {
  const level = Math.min(Math.max(block.level ?? 1, 1), 4) + 2;
  return h(`h${level}`, { class: "block header" }, plainText(plain(block.text)));
}

function context(block) {
  const parts = (block.elements ?? []).map((part) =>
    part.type === "image"
      ? h("img", { class: "context-image", src: part.image_url, alt: part.alt_text ?? "" })
      : h("span", null, textObject(part, part.text?.includes("\n") !== true)),
  );
  return h("div", { class: "block context" }, parts);
}

function actions(block, ctx) {
  const items = (block.elements ?? []).map((one) => element(one, block.block_id, ctx, { live: true }));
  return h("div", { class: "block actions" }, items);
}

function input(block, ctx) {
  const id = `${ctx.key}-${block.block_id}`.replace(/[^\w-]/g, "_");
  const error = ctx.errors?.[block.block_id];
  const described = [block.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || null;
  const usage = {
    labelId: `${id}-label`,
    fieldId: `${id}-field`,
    describedBy: described,
    required: !block.optional,
    optional: block.optional,
    invalid: Boolean(error),
    live: block.dispatch_action === true,
  };
  const words = plainText(plain(block.label));
  const label = isGroup(block.element.type) ? h("div", { class: "label", id: usage.labelId }, words) : h("label", { class: "label", id: usage.labelId, for: usage.fieldId }, words);
  if (block.optional) label.append(h("span", { class: "faint" }, " (optional)"));
  return h("div", { class: error ? "block input invalid" : "block input", data: { inputBlock: block.block_id } }, [
    label,
    element(block.element, block.block_id, ctx, usage),
    error && h("p", { class: "field-error", id: `${id}-error` }, icon(ALERTS.error, "small"), h("span", null, plain(error))),
    block.hint && h("p", { class: "hint", id: `${id}-hint` }, plainText(plain(block.hint))),
  ]);
}

function image(block) {
  const picture = h("img", { src: block.image_url, alt: block.alt_text ?? "" });
  picture.addEventListener("error", () => picture.replaceWith(h("span", { class: "image-missing" }, block.alt_text || "Image")));
  return h("figure", { class: "block image" }, block.title && h("figcaption", null, plain(block.title)), picture);
}

function alert(block) {
  const level = ALERTS[block.level] ? block.level : "info";
  const text = h("div", { class: "prose" }, textObject(block.text));
  return h("div", { class: `block alert ${block.level ?? "default"}`, role: "note" }, icon(ALERTS[level]), text);
}

function card(block, ctx) {
  const buttons = (block.actions ?? []).map((one) => element(one, block.block_id, ctx, { live: true }));
  const title = block.title && h("div", { class: "card-title" }, textObject(block.title, true));
  return h("div", { class: "block card" }, [
    block.hero_image && image({ ...block.hero_image, title: null }),
    title,
    block.subtitle && h("div", { class: "card-subtitle" }, textObject(block.subtitle, true)),
    block.body && h("div", { class: "prose" }, textObject(block.body)),
    block.subtext && h("div", { class: "faint small" }, textObject(block.subtext, true)),
    buttons.length > 0 && h("div", { class: "actions" }, buttons),
  ]);
}

function container(block, ctx) {
  const title = block.rich_text_title ? richText(block.rich_text_title) : plainText(plain(block.title));
  const head = [h("span", { class: "container-title" }, title), block.subtitle && h("span", { class: "faint small" }, plain(block.subtitle))];
  const kids = h("div", { class: "container-body" }, blocks(block.child_blocks, ctx));
  if (!block.is_collapsible) return h("section", { class: `block container ${block.width ?? ""}` }, h("div", { class: "container-head" }, head), kids);
  return h("details", { class: "block container", open: !block.default_collapsed }, h("summary", { class: "container-head" }, head), kids);
}

const BLOCKS = {
  section,
  header,
  context,
  actions,
  input,
  image,
  alert,
  card,
  container,
  divider: () => h("hr", { class: "block divider" }),
  rich_text: (block) => h("div", { class: "block prose" }, richText(block)),
  markdown: (block) => h("div", { class: "block prose" }, markdown(block.text ?? "")),
  table: (block) => table(block),
  data_table: (block) => dataTable(block),
  data_visualization: (block) => chart(block),
  carousel: (block, ctx) => h("div", { class: "block carousel" }, (block.elements ?? []).map((one) => card(one, ctx))),
};

/**
 * Blocks as nodes; a block of a type this page does not know says so.
 * @param {object[]} list
 * @param {{container: object, values: object, blocks: object[], key: string, errors?: object, here?: string}} ctx
 * @returns {HTMLElement[]}
 */
export function blocks(list, ctx) {
  return (list ?? []).map((block) => {
    const make = BLOCKS[block.type];
    const node = make ? make(block, ctx) : h("p", { class: "unknown" }, `This page cannot show a block of the type “${block.type}”.`);
    if (block.block_id) node.dataset.block = block.block_id;
    return node;
  });
}
