// The app's Home tab.
import { blocks } from "./blocks.js";
import { h, renderOnce } from "./dom.js";
import { botAvatar } from "./people.js";
import { state } from "./state.js";

const values = {};

/** The id of a view, whatever the server calls it. */
export const viewId = (view) => view?.id ?? view?.view_id ?? view?.view ?? null;

function empty() {
  return h("div", { class: "empty" }, botAvatar("large"), h("h3", null, "Nothing here yet"), h("p", null, "Belonging Bot shows its Home tab as soon as it is connected."));
}

/** Shows the Home view in `root`, rebuilt only when the view changed; typed texts stay. */
export function showHome(root) {
  const view = state.server.home;
  const list = view?.blocks ?? [];
  const id = viewId(view);
  const ctx = { container: { type: "view", view_id: id }, blocks: list, values, key: "home" };
  renderOnce(root, JSON.stringify([id, list, state.server.you]), () => (list.length ? h("div", { class: "home-view", testid: "home-view" }, blocks(list, ctx)) : empty()));
}
