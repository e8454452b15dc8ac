// Fields that somebody types into: texts, numbers, dates and times.
import { h } from "./dom.js";
import { fieldOf, valueOf } from "./forms.js";
import { number, plain } from "./format.js";

function prepare(node, element, usage) {
  if (element.placeholder) node.setAttribute("placeholder", plain(element.placeholder));
  if (!usage.labelId) node.setAttribute("aria-label", plain(element.placeholder) || "Your answer");
  if (element.focus_on_load) node.setAttribute("data-first", "");
  return node;
}

/** Grows with its text up to a third of the window. */
function grow(area) {
  area.style.setProperty("height", "auto");
  const height = Math.min(area.scrollHeight + 2, Math.max(160, window.innerHeight / 3));
  if (area.scrollHeight > 0) area.style.setProperty("height", `${height}px`);
}

const NEAR = 0.8;

/** How much of `limit` is used; a single line says so only when it is nearly full. */
function counter(limit, multiline) {
  const node = h("span", { class: "counter" });
  const show = (text) => {
    const left = limit - text.length;
    node.textContent = left < 0 ? `${number(-left)} too many` : `${number(text.length)} of ${number(limit)} characters`;
    node.classList.toggle("over", left < 0);
    node.hidden = !multiline && text.length < limit * NEAR;
  };
  return [node, show];
}

function onEnter(element, usage) {
  const when = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  return { enter: usage.live && when.includes("on_enter_pressed"), each: usage.live && when.includes("on_character_entered") };
}

function text(element, blockId, ctx, usage, attributes, changed) {
  const value = valueOf(ctx.values, blockId, element, ctx.here);
  const field = prepare(h(element.multiline ? "textarea" : "input", { class: "text", ...attributes }), element, usage);
  if (element.multiline) field.setAttribute("rows", "3");
  else field.setAttribute("type", "text");
  field.setAttribute("autocomplete", "off");
  field.value = value.value ?? "";
  const box = h("div", { class: "text-box" }, field);
  const [count, show] = element.max_length ? counter(element.max_length, element.multiline) : [null, () => {}];
  if (count) box.append(count);
  show(field.value);
  const dispatches = onEnter(element, usage);
  const store = (live) => changed(ctx, blockId, element, "value", field.value || null, field, { ...usage, live }, () => {});
  field.addEventListener("input", () => {
    show(field.value);
    if (element.multiline) grow(field);
    store(dispatches.each);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !dispatches.enter || event.shiftKey) return;
    event.preventDefault();
    store(true);
  });
  if (element.multiline) requestAnimationFrame(() => grow(field));
  return box;
}

function numeric(element, blockId, ctx, usage, attributes, changed) {
  const value = valueOf(ctx.values, blockId, element, ctx.here);
  const field = prepare(h("input", { class: "text short", type: "text", autocomplete: "off", ...attributes }), element, usage);
  field.setAttribute("inputmode", element.is_decimal_allowed ? "decimal" : "numeric");
  field.value = value.value ?? "";
  field.addEventListener("input", () => {
    changed(ctx, blockId, element, "value", field.value.trim() || null, field, { ...usage, live: false }, () => {});
  });
  field.addEventListener("change", () => {
    if (usage.live) changed(ctx, blockId, element, "value", field.value.trim() || null, field, usage, () => {});
  });
  return field;
}

/** A native field of the given type; `to` and `from` translate between its text and Slack's value. */
function picker(type, from, to) {
  return (element, blockId, ctx, usage, attributes, changed) => {
    const key = fieldOf(element.type);
    const value = valueOf(ctx.values, blockId, element, ctx.here);
    const field = prepare(h("input", { class: "text short", type, ...attributes }), element, usage);
    field.value = value[key] === null ? "" : from(value[key]);
    field.addEventListener("change", () => {
      changed(ctx, blockId, element, key, field.value ? to(field.value) : null, field, usage, () => {});
    });
    if (!element.timezone) return field;
    return h("span", { class: "with-zone" }, field, h("span", { class: "faint" }, element.timezone));
  };
}

const same = (text) => text;

/** Renderers by element type, called with (element, blockId, ctx, usage, attributes, changed). */
export const INPUTS = {
  plain_text_input: text,
  url_text_input: text,
  email_text_input: text,
  number_input: numeric,
  timepicker: picker("time", same, same),
  datepicker: picker("date", same, same),
  datetimepicker: picker(
    "datetime-local",
    (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16),
    (text) => Math.floor(new Date(`${text}:00Z`).getTime() / 1000),
  ),
};
