// The bar at the foot of a narrow page: one part at a time.
import { h, icon, renderOnce } from "./dom.js";
import { change, state } from "./state.js";

const TABS = [
  { key: "channels", part: "sidebar", label: "Channels", path: "M7.5 3L6 17M14 3l-1.5 14M3.5 7.5h13.5M3 12.5h13.5" },
  { key: "room", part: "room", label: "Messages", path: "M3 4h14v9.5H9L5.5 17v-3.5H3z" },
  { key: "stored", part: "stored", label: "Stored", path: "M3.5 5c0-1.4 3-2.2 6.5-2.2s6.5.8 6.5 2.2-3 2.2-6.5 2.2S3.5 6.4 3.5 5zM3.5 5v10c0 1.4 3 2.2 6.5 2.2s6.5-.8 6.5-2.2V5M3.5 10c0 1.4 3 2.2 6.5 2.2s6.5-.8 6.5-2.2" },
];

function open(tab) {
  change({ tab: tab.key });
  document.getElementById(tab.part).scrollIntoView();
}

/** Shows the bar and marks the open part on the page. */
export function showTabs(root) {
  document.body.dataset.tab = state.tab;
  document.body.classList.toggle("panel-open", state.panel);
  const unread = state.server.channels.some((one) => one.unread);
  renderOnce(root, `${state.tab} ${unread}`, () => TABS.map((tab) => h("button", {
    type: "button", class: "tab", testid: `tab-${tab.key}`, data: { focus: tab.key }, "aria-current": state.tab === tab.key ? "page" : null, onclick: () => open(tab),
  }, icon(tab.path), tab.label, tab.key === "channels" && unread && h("span", { class: "dot" }))));
}
