// One file, byte by byte.
import { bytesOf, getRaw } from "./api.js";
import { h, icon } from "./dom.js";
import { number } from "./format.js";
import { change, happened } from "./state.js";

const NARROW = 560;
const STEP = 4096;
let root = null;
let closeView = () => {};
let open = null;

const kindOf = (byte) => (byte === 0 ? "zero" : byte >= 32 && byte < 127 ? "print" : "other");

/** Spans of neighbouring bytes of the same kind, so that a line is a few nodes and not 32. */
function spans(bytes, from, mark, write) {
  const out = [];
  let kind = null;
  bytes.forEach((byte, i) => {
    const at = from + i;
    const marked = mark && at >= mark.at && at < mark.at + mark.length;
    const next = marked ? "hit-byte" : kindOf(byte);
    if (next !== kind) out.push(h(marked ? "mark" : "span", { class: next }));
    kind = next;
    out.at(-1).append(write(byte));
  });
  return out;
}

function line(bytes, from, per, mark) {
  const pad = "   ".repeat(per - bytes.length);
  return h("div", { class: "raw-line" }, [
    h("span", { class: "raw-offset" }, from.toString(16).padStart(6, "0")),
    h("span", { class: "raw-hex" }, spans(bytes, from, mark, (byte) => `${byte.toString(16).padStart(2, "0")} `), pad),
    h("span", { class: "raw-text" }, spans(bytes, from, mark, (byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "·"))),
  ]);
}

async function page(path, offset) {
  const part = await getRaw(path, offset);
  return { size: part.size, bytes: part.lines.flatMap((one) => bytesOf(one.hex)).slice(0, STEP) };
}

function show(view) {
  const per = root.clientWidth < NARROW ? 8 : 16;
  const rows = [];
  for (let i = 0; i < view.bytes.length; i += per) rows.push(line(view.bytes.slice(i, i + per), view.offset + i, per, view.mark));
  view.body.replaceChildren(...rows);
  view.body.dataset.per = String(per);
  const end = view.offset + view.bytes.length;
  view.where.textContent = view.size === 0 ? "This file is empty." : `Bytes ${number(view.offset)}–${number(end)} of ${number(view.size)}`;
  view.back.disabled = view.offset === 0;
  view.more.disabled = end >= view.size;
}

async function goTo(view, offset) {
  view.offset = Math.max(0, offset - (offset % STEP));
  try {
    Object.assign(view, await page(view.path, view.offset));
    show(view);
  } catch {
    view.body.replaceChildren();
    view.where.textContent = "This file is not there any more.";
  }
}

function frame(view) {
  const back = h("button", { type: "button", class: "button plain tiny", testid: "raw-back", onclick: closeView }, icon("M12 4l-6 6 6 6", "small"), "All files");
  const head = h("div", { class: "raw-head" }, back, h("h3", { class: "clip" }, view.path));
  const legend = h("p", { class: "raw-legend" }, h("span", { class: "print" }, "readable letters"), h("span", { class: "other" }, "other bytes"), h("span", { class: "zero" }, "zeros"));
  return [head, legend, view.body, h("div", { class: "pager" }, view.back, view.more, view.where)];
}

/**
 * Opens the raw view of a file, at a hit if there is one.
 * @param {string} path
 * @param {{at: number, length: number}|null} mark
 */
export async function openRaw(path, mark = null) {
  change({ panel: true, tab: "stored" });
  const view = { path, mark, offset: 0, size: 0, bytes: [] };
  view.body = h("div", { class: "raw-view", testid: "raw-view", tabindex: "0", role: "region", "aria-label": `Raw bytes of ${path}` });
  view.where = h("span", { class: "faint small" });
  view.back = h("button", { type: "button", class: "button plain tiny", onclick: () => goTo(view, view.offset - STEP) }, "Before");
  view.more = h("button", { type: "button", class: "button plain tiny", onclick: () => goTo(view, view.offset + STEP) }, "Further");
  open = view;
  root.replaceChildren(...frame(view));
  root.dispatchEvent(new CustomEvent("raw-open"));
  await goTo(view, mark?.at ?? 0);
  view.body.querySelector("mark")?.scrollIntoView({ block: "center" });
  if (!mark) view.body.focus({ preventScroll: true });
  happened({ type: "looked", ok: true });
}

/** Reads the open file again after something changed. */
export async function refreshRaw() {
  if (!open || root.hidden) return;
  const top = open.body.scrollTop;
  await goTo(open, open.offset);
  open.body.scrollTop = top;
}

/** Where the raw view is shown, and what closes it. */
export function mountRaw(node, onClose) {
  root = node;
  closeView = () => {
    open = null;
    onClose();
  };
}
