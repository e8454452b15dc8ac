// The channel list and the apps.
import { h, icon, renderOnce } from "./dom.js";
import { botAvatar } from "./people.js";
import { openChannel, openHome, state } from "./state.js";

const HASH = "M7.5 3L6 17M14 3l-1.5 14M3.5 7.5h13.5M3 12.5h13.5";
const LOCK = "M5.5 9h9v7.5h-9zM7 9V6.5a3 3 0 0 1 6 0V9";

/** The sign of a channel: # or a lock. */
export const channelIcon = (channel) => icon(channel.private ? LOCK : HASH, "small");

/** A conversation with the bot alone is listed once something was said in it. */
const isListed = (one) => !one.direct || (state.server.messages[one.id] ?? []).length > 0;

/** What a channel is called on the page. */
export const nameOf = (one) => (one.direct ? `${state.server.app.name}, messages` : one.name);

function channelRow(channel) {
  const here = state.place.kind === "channel" && state.place.id === channel.id;
  const row = h("button", {
    type: "button",
    class: `nav-row${channel.unread ? " unread" : ""}${channel.you_are_in ? "" : " outside"}`,
    testid: `channel-${channel.name}`,
    "aria-current": here ? "page" : null,
    data: { focus: `channel-${channel.id}` },
    onclick: () => openChannel(channel.id),
  }, channelIcon(channel), h("span", { class: "clip" }, nameOf(channel)));
  if (channel.unread) row.append(h("span", { class: "dot" }), h("span", { class: "hidden" }, " (unread)"));
  return h("li", null, row);
}

function appRow(server) {
  const here = state.place.kind === "home";
  const on = server.connected;
  return h("li", null, h("button", {
    type: "button", class: "nav-row", testid: "home-tab", data: { focus: "home" }, "aria-current": here ? "page" : null, onclick: openHome,
  }, [
    botAvatar("tiny"),
    h("span", { class: "clip" }, server.app.name),
    h("span", { class: on ? "presence on" : "presence", title: on ? "connected" : "not connected" }),
    h("span", { class: "hidden" }, on ? " (connected)" : " (not connected)"),
  ]));
}

/** Shows the sidebar of the current state. */
export function showSidebar(root) {
  const { server, place } = state;
  const sign = JSON.stringify([server.team, server.channels.filter(isListed), server.app, server.connected, place]);
  const listed = server.channels.filter(isListed).sort((a, b) => Number(b.you_are_in) - Number(a.you_are_in));
  renderOnce(root, sign, () => [
    h("div", { class: "team" }, h("h2", { class: "team-name clip" }, server.team.name), h("p", { class: "faint small" }, "a local workspace on this machine")),
    h("div", { class: "nav-group" }, h("h3", null, "Channels"), h("ul", null, listed.map(channelRow))),
    h("div", { class: "nav-group" }, h("h3", null, "Apps"), h("ul", null, appRow(server))),
    h("p", { class: "sidebar-foot" }, "Nothing here leaves this machine. No Slack account is needed, and none is used."),
  ]);
}
