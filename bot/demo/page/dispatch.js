// Telling the app what somebody did with a block, after asking where the app wants to be sure.
import { h } from "./dom.js";
import { plain } from "./format.js";
import { collect, valueOf } from "./forms.js";
import { textObject } from "./mrkdwn.js";
import { act } from "./state.js";
import { toast } from "./toast.js";

/**
 * Slack's confirmation dialog; true if the person agrees.
 * @param {{title: object, text: object, confirm: object, deny: object, style?: string}} ask
 * @returns {Promise<boolean>}
 */
export function confirmed(ask) {
  return new Promise((resolve) => {
    const yes = h("button", { type: "submit", value: "yes", class: `button ${ask.style === "danger" ? "danger solid" : "primary"}` });
    yes.append(plain(ask.confirm) || "Yes");
    yes.setAttribute("data-testid", "confirm-yes");
    const no = h("button", { type: "submit", value: "no", class: "button plain", testid: "confirm-no" }, plain(ask.deny) || "No");
    const dialog = h(
      "dialog",
      { class: "modal small-modal", "aria-label": plain(ask.title), testid: "confirm" },
      h("form", { method: "dialog" }, [
        h("div", { class: "modal-head" }, h("h2", null, plain(ask.title))),
        h("div", { class: "modal-body" }, textObject(ask.text)),
        h("div", { class: "modal-foot" }, no, yes),
      ]),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
    (ask.style === "danger" ? no : yes).focus();
  });
}

const TYPED = new Set(["plain_text_input", "email_text_input", "url_text_input", "number_input"]);
const typedOn = new WeakSet();

/**
 * Sends one block action; what is typed while one is under way is sent after it. `undo` runs if the person does not confirm it.
 * @param {object} ctx
 * @param {string} blockId
 * @param {object} element
 * @param {object} value the element's state as Slack has it
 * @param {HTMLElement} node shown as busy meanwhile
 * @param {() => void} [undo]
 */
export async function dispatch(ctx, blockId, element, value, node, undo = () => {}) {
  if (node.getAttribute("aria-busy") === "true") {
    if (TYPED.has(element.type)) typedOn.add(node);
    return;
  }
  if (element.confirm && !(await confirmed(element.confirm))) {
    undo();
    return;
  }
  node.setAttribute("aria-busy", "true");
  const state = collect(ctx.blocks, ctx.values);
  const what = { type: "block_action", container: ctx.container, block_id: blockId, action_id: element.action_id, value, state };
  const result = await act(what);
  node.removeAttribute("aria-busy");
  if (!result.ok) toast(result.error ?? "The app did not answer.");
  if (typedOn.delete(node)) await dispatch(ctx, blockId, element, { ...valueOf(ctx.values, blockId, element) }, node);
}
