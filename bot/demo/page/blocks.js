// Block Kit layout blocks to nodes.
import { h, icon } from "./dom.js";
import { element } from "./elements.js";
import { plain } from "./format.js";
import { isGroup } from "./forms.js";
import { plainText, textObject } from "./mrkdwn.js";

const ERROR = "M10 6v5M10 13.9v.1M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15z";

function section(block, ctx) {
  const body = h("div", { class: "section-body" }, h("div", { class: "prose" }, textObject(block.text)));
  const out = h("div", { class: "block section" }, body);
  if (block.accessory) out.append(h("div", { class: "accessory" }, element(block.accessory, block.block_id, ctx, { live: true })));
  return out;
}

function header(block) {
  return h("h3", { class: "block header" }, plainText(plain(block.text)));
}

function context(block) {
  const parts = block.elements.map((part) => h("span", null, textObject(part, !part.text.includes("\n"))));
  return h("div", { class: "block context" }, parts);
}

function actions(block, ctx) {
  const items = block.elements.map((one) => element(one, block.block_id, ctx, { live: true }));
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
    error && h("p", { class: "field-error", id: `${id}-error` }, icon(ERROR, "small"), h("span", null, plain(error))),
    block.hint && h("p", { class: "hint", id: `${id}-hint` }, plainText(plain(block.hint))),
  ]);
}

const BLOCKS = {
  section,
  header,
  context,
  actions,
  input,
  divider: () => h("hr", { class: "block divider" }),
};

/**
 * Blocks as nodes; a block of a type this page does not know says so.
 * @param {object[]} list
 * @param {{container: object, values: object, blocks: object[], key: string, errors?: object}} ctx
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
