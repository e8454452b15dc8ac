// Buttons, menus and choices; text-like fields are in inputs.js.
import { dispatch } from "./dispatch.js";
import { h, icon } from "./dom.js";
import { fieldOf, isChosen, isGroup, valueOf } from "./forms.js";
import { plain } from "./format.js";
import { INPUTS } from "./inputs.js";
import { plainText, textObject } from "./mrkdwn.js";
import { openHome, state } from "./state.js";

const APP_LINK = "slack://app?";

const hooks = (blockId, element) => ({ "action-id": element.action_id, "block-id": blockId });

/** Attributes that tests and screen readers find an element by. */
export function marks(blockId, element, usage, suffix = "") {
  const { "action-id": action, "block-id": block } = hooks(blockId, element);
  const group = isGroup(element.type);
  return {
    data: { actionId: action ?? "", blockId: block ?? "", focus: `${block}/${action}/${suffix}` },
    id: group ? null : usage.fieldId,
    "aria-labelledby": group ? usage.labelId : null,
    "aria-describedby": usage.describedBy,
    "aria-invalid": usage.invalid ? "true" : null,
    "aria-required": usage.required ? "true" : null,
  };
}

function button(element, blockId, ctx) {
  const style = ["primary", "danger"].includes(element.style) ? element.style : "plain";
  const value = { type: "button", value: element.value ?? null };
  const common = {
    class: `button ${style}`,
    data: { actionId: element.action_id ?? "", blockId: blockId ?? "", focus: `${blockId}/${element.action_id}/` },
    "aria-label": element.accessibility_label ?? null,
    onclick: (event) => dispatch(ctx, blockId, element, value, event.currentTarget),
  };
  const label = plainText(plain(element.text));
  if (!element.url) return h("button", { type: "button", ...common }, label);
  if (element.url.startsWith(APP_LINK)) return h("a", { ...common, href: element.url, onclick: (event) => followed(event, ctx, blockId, element, value) }, label);
  const link = h("a", { ...common, href: element.url, target: "_blank", rel: "noopener noreferrer" }, label);
  link.append(icon("M8 5H5v10h10v-3M11 4h5v5M16 4l-7 7", "small"), h("span", { class: "hidden" }, " (opens in a new tab)"));
  return link;
}

/** A link into the app, as a Slack client follows it: it opens the app's Home tab. */
async function followed(event, ctx, blockId, element, value) {
  event.preventDefault();
  await dispatch(ctx, blockId, element, value, event.currentTarget);
  await openHome();
}

function changed(ctx, blockId, element, field, next, node, usage, undo) {
  const value = valueOf(ctx.values, blockId, element);
  const before = value[field];
  value[field] = next;
  ctx.touched?.(blockId);
  if (!usage.live) return;
  dispatch(ctx, blockId, element, { ...value }, node, () => {
    value[field] = before;
    undo();
  });
}

function optionLabel(option) {
  const text = h("span", { class: "option-text" }, textObject(option.text, true));
  if (option.description) text.append(h("span", { class: "option-about" }, textObject(option.description, true)));
  return text;
}

/** For what no role lets be required or invalid; the label and the error, which describes it, say so. */
const unmarked = (usage) => ({ ...usage, required: false, invalid: false });

function choices(element, blockId, ctx, usage) {
  const many = element.type === "checkboxes";
  const field = fieldOf(element.type);
  const current = valueOf(ctx.values, blockId, element)[field];
  const chosen = many ? current : [current];
  const group = h("div", { class: "choices", role: many ? "group" : "radiogroup", ...marks(blockId, element, many ? unmarked(usage) : usage, "group") });
  group.removeAttribute("data-focus");
  const name = `${ctx.key}/${blockId}/${element.action_id}`;
  const boxes = element.options.map((option) => {
    const box = h("input", { type: many ? "checkbox" : "radio", name, value: option.value, data: { focus: `${name}/${option.value}` } });
    box.checked = isChosen(option, chosen);
    group.append(h("label", { class: "choice" }, box, optionLabel(option)));
    return [box, option];
  });
  const reset = () => boxes.forEach(([box, option]) => (box.checked = isChosen(option, chosen)));
  group.addEventListener("change", (event) => {
    const picked = boxes.filter(([box]) => box.checked).map(([, option]) => option);
    changed(ctx, blockId, element, field, many ? picked : (picked[0] ?? null), event.target, usage, reset);
  });
  return group;
}

function staticSelect(element, blockId, ctx, usage) {
  const field = fieldOf(element.type);
  const current = valueOf(ctx.values, blockId, element)[field];
  const select = h("select", { class: "select", ...marks(blockId, element, usage) });
  if (!usage.labelId) select.setAttribute("aria-label", plain(element.placeholder) || "Choose");
  select.append(h("option", { value: "", hidden: !usage.optional && current !== null }, plain(element.placeholder) || "Choose…"));
  select.append(...element.options.map((option) => h("option", { value: option.value }, plain(option.text))));
  select.value = current?.value ?? "";
  select.addEventListener("change", () => {
    const next = element.options.find((option) => option.value === select.value) ?? null;
    changed(ctx, blockId, element, field, next, select, usage, () => (select.value = current?.value ?? ""));
  });
  return h("span", { class: "select-box" }, select, icon("M6 8l4 4 4-4", "small"));
}

function channelSelect(element, blockId, ctx, usage) {
  const field = fieldOf(element.type);
  const value = valueOf(ctx.values, blockId, element);
  const channels = state.server.channels.filter((channel) => channel.you_are_in);
  const select = h("select", { class: "select", ...marks(blockId, element, usage) });
  if (!usage.labelId) select.setAttribute("aria-label", plain(element.placeholder) || "Choose");
  select.append(h("option", { value: "" }, plain(element.placeholder) || "Choose…"));
  select.append(...channels.map((channel) => h("option", { value: channel.id }, `#${channel.name}`)));
  select.value = value[field] ?? "";
  select.addEventListener("change", () => changed(ctx, blockId, element, field, select.value || null, select, usage, () => {}));
  return h("span", { class: "select-box" }, select, icon("M6 8l4 4 4-4", "small"));
}

const unfolded = new Set();

function multiSelect(element, blockId, ctx, usage) {
  const field = fieldOf(element.type);
  const value = valueOf(ctx.values, blockId, element);
  const summary = h("summary", { class: "select", ...marks(blockId, element, unmarked(usage)), id: `${usage.fieldId}-chosen` });
  if (usage.labelId) summary.setAttribute("aria-labelledby", `${usage.labelId} ${summary.id}`);
  const paint = () => {
    const names = element.options.filter((option) => isChosen(option, value[field])).map((option) => h("span", { class: "chip" }, plain(option.text)));
    summary.replaceChildren(...(names.length ? names : [h("span", { class: "faint" }, plain(element.placeholder) || "Choose…")]), icon("M6 8l4 4 4-4", "small"));
  };
  const pick = (option, box) => {
    const rest = value[field].filter((one) => one.value !== option.value);
    const full = element.max_selected_items && rest.length >= element.max_selected_items;
    if (box.checked && full) box.checked = false;
    const next = box.checked ? [...rest, option] : rest;
    changed(ctx, blockId, element, field, next, box, usage, () => {});
    paint();
  };
  const rows = element.options.map((option) => {
    const box = h("input", { type: "checkbox", value: option.value, data: { focus: `${blockId}/${element.action_id}/${option.value}` } });
    box.checked = isChosen(option, value[field]);
    box.addEventListener("change", () => pick(option, box));
    return h("label", { class: "choice" }, box, optionLabel(option));
  });
  paint();
  const key = `${ctx.key}/${blockId}`;
  const box = h("details", { class: "multi", open: unfolded.has(key) }, summary, h("div", { class: "multi-list", role: "group", "aria-labelledby": usage.labelId }, rows));
  box.addEventListener("toggle", () => box.isConnected && (box.open ? unfolded.add(key) : unfolded.delete(key)));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !box.open) return;
    event.preventDefault();
    event.stopPropagation();
    box.open = false;
    summary.focus();
  });
  return box;
}

const ELEMENTS = {
  button,
  radio_buttons: choices,
  checkboxes: choices,
  static_select: staticSelect,
  multi_static_select: multiSelect,
  conversations_select: channelSelect,
};

/**
 * A Block Kit element as a node.
 * @param {object} element
 * @param {string} blockId
 * @param {object} ctx container, values, blocks, key
 * @param {object} usage `live`: tell the app at each change; `labelId`, `describedBy`, `required`, `invalid`, `optional`
 */
export function element(element, blockId, ctx, usage) {
  const make = ELEMENTS[element.type];
  if (make) return make(element, blockId, ctx, usage);
  const input = INPUTS[element.type];
  if (input) return input(element, blockId, ctx, usage, marks(blockId, element, usage), changed);
  return h("span", { class: "unknown" }, `This page cannot show an element of the type “${element.type}”.`);
}
