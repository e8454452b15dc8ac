// Modal views: a native dialog (it keeps focus inside by itself) showing the top of the stack.
import { blocks } from "./blocks.js";
import { h, icon, keepFocus } from "./dom.js";
import { collect, elementsOf, faults, textsOf } from "./forms.js";
import { plain } from "./format.js";
import { viewId } from "./home.js";
import { botAvatar } from "./people.js";
import { act, happened, state } from "./state.js";

const CROSS = "M5 5l10 10M15 5L5 15";
const BACK = "M12 4l-6 6 6 6";
const drafts = new Map();
const problems = new Map();
let dialog = null;
let shown = { id: null, sign: "" };

/** The values of a view: kept as long as the view is open, also when the app updates it. */
function draftOf(id) {
  if (!drafts.has(id)) drafts.set(id, {});
  return drafts.get(id);
}

function contextOf(view) {
  const id = viewId(view);
  const values = draftOf(id);
  const errors = { ...(view.errors ?? {}), ...(problems.get(id)?.errors ?? {}) };
  return { container: { type: "view", view_id: id }, blocks: view.blocks, values, key: id, errors, touched: forgive };
}

/** Takes a block's error away as soon as its field is changed. */
function forgive(blockId) {
  const box = dialog?.querySelector(`[data-input-block="${CSS.escape(blockId)}"].invalid`);
  if (!box) return;
  box.classList.remove("invalid");
  box.querySelector(".field-error")?.remove();
  box.querySelectorAll("[aria-invalid]").forEach((node) => node.removeAttribute("aria-invalid"));
}

async function close(view, button) {
  button?.setAttribute("aria-busy", "true");
  const result = await act({ type: "view_close", view_id: viewId(view) });
  button?.removeAttribute("aria-busy");
  if (!result.ok) complain(view, { sentence: result.error ?? "The dialog could not be closed." });
}

function complain(view, problem) {
  problems.set(viewId(view), problem);
  shown.sign = "";
  showModal();
  const first = dialog?.querySelector(".invalid :is(input, textarea, select, summary)");
  first?.focus();
  (first?.closest(".block") ?? dialog?.querySelector(".modal-problem"))?.scrollIntoView({ block: "center" });
}

async function submit(view) {
  const id = viewId(view);
  const values = draftOf(id);
  const found = faults(view.blocks, values);
  if (Object.keys(found).length > 0) return complain(view, { errors: found });
  const button = dialog.querySelector("[data-testid=modal-submit]");
  if (button.getAttribute("aria-busy") === "true") return undefined;
  button.setAttribute("aria-busy", "true");
  problems.delete(id);
  const texts = textsOf(view.blocks, values);
  const result = await act({ type: "view_submit", view_id: id, state: collect(view.blocks, values) });
  button.removeAttribute("aria-busy");
  if (result.ok) return view.callback_id === "reply.submit" ? happened({ type: "wrote", texts }) : undefined;
  return complain(view, { errors: result.errors ?? {}, sentence: result.errors ? null : (result.error ?? "The app did not answer. Your text is still here.") });
}

function head(view) {
  const x = h("button", { type: "button", class: "icon-button", "aria-label": "Close", testid: "modal-x" }, icon(CROSS));
  x.addEventListener("click", () => close(view, x));
  const deep = state.server.views.length > 1;
  const back = deep && h("button", { type: "button", class: "icon-button", "aria-label": "Back" }, icon(BACK));
  if (back) back.addEventListener("click", () => close(view, back));
  return h("div", { class: "modal-head" }, back || botAvatar("small"), h("h2", { class: "clip", id: "modal-title" }, plain(view.title)), x);
}

function foot(view) {
  const no = h("button", { type: "button", class: "button plain", testid: "modal-close", data: { focus: "modal-close" } });
  no.append(plain(view.close) || (view.submit ? "Cancel" : "Close"));
  no.addEventListener("click", () => close(view, no));
  const yes = view.submit && h("button", { type: "submit", class: "button primary", testid: "modal-submit", data: { focus: "modal-submit" } }, plain(view.submit));
  return h("div", { class: "modal-foot" }, h("span", { class: "modal-by faint small" }, state.server.app.name), no, yes);
}

/** A text without controls takes the focus, so that the arrow keys scroll it. */
function scrolls(view) {
  const silent = [...elementsOf(view.blocks)].length === 0;
  return silent ? { tabindex: "0", role: "region", "aria-labelledby": "modal-title" } : { tabindex: "-1" };
}

function form(view) {
  const sentence = problems.get(viewId(view))?.sentence;
  const node = h("form", { novalidate: true, autocomplete: "off" }, [
    head(view),
    h("div", { class: "modal-body", ...scrolls(view) }, sentence && h("div", { class: "alert error modal-problem", role: "alert" }, sentence), blocks(view.blocks, contextOf(view))),
    foot(view),
  ]);
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(view);
  });
  return node;
}

function open() {
  dialog = h("dialog", { class: "modal", "aria-labelledby": "modal-title", testid: "modal" });
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    const top = state.server.views.at(-1);
    if (top) close(top, null);
  });
  document.body.append(dialog);
}

function firstField() {
  const field = dialog.querySelector(".modal-body :is(input, textarea, select, summary, .button:not(.danger))");
  const text = dialog.querySelector(".modal-body[tabindex='0']");
  (field ?? text ?? dialog.querySelector("[data-testid=modal-close]"))?.focus({ preventScroll: true });
}

function shut() {
  dialog?.close();
  dialog?.remove();
  dialog = null;
  shown = { id: null, sign: "" };
  drafts.clear();
  problems.clear();
}

/** Forgets what was filled in where a view has no field for it any more, as Slack does. */
function prune(view) {
  const values = draftOf(viewId(view));
  const there = new Set([...elementsOf(view.blocks)].map(([block, element]) => `${block.block_id}/${element.action_id}`));
  for (const [block, actions] of Object.entries(values)) {
    for (const action of Object.keys(actions)) if (!there.has(`${block}/${action}`)) delete actions[action];
  }
}

/** Shows the top view of the stack; rebuilt only when that view changed, with focus, caret and scroll kept. */
export function showModal() {
  const view = state.server.views.at(-1);
  if (!view) {
    if (dialog) shut();
    return;
  }
  if (!dialog) open();
  const id = viewId(view);
  const sign = JSON.stringify([view, state.server.views.length, problems.get(id)]);
  if (sign === shown.sign) return;
  const same = shown.id === id;
  const top = same ? dialog.querySelector(".modal-body").scrollTop : 0;
  shown = { id, sign };
  prune(view);
  dialog.dataset.callback = view.callback_id ?? "";
  keepFocus(dialog, () => dialog.replaceChildren(form(view)));
  if (!dialog.open) dialog.showModal();
  dialog.querySelector(".modal-body").scrollTop = top;
  if (!same || !dialog.contains(document.activeElement) || document.activeElement === dialog) firstField();
}
