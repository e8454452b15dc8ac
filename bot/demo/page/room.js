// The middle of the page: the head of a channel or of the app, and what stands at its foot.
import { h, icon, renderOnce } from "./dom.js";
import { plain } from "./format.js";
import { inline } from "./mrkdwn.js";
import { botAvatar } from "./people.js";
import { channelIcon, nameOf } from "./sidebar.js";
import { channel, state } from "./state.js";

const PEOPLE = "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.5c0-3 2.5-4.5 5.5-4.5s5.5 1.5 5.5 4.5M13 4a3 3 0 0 1 0 5.5M14.5 12.3c2 .5 3.5 1.9 3.5 4.2";

function channelHead(one) {
  return [
    h("div", { class: "room-title" }, channelIcon(one), h("h2", { class: "clip", id: "room-title" }, nameOf(one))),
    one.topic && h("p", { class: "topic clip" }, inline(plain(one.topic))),
    h("div", { class: "room-facts" }, [
      one.bot_is_in && h("span", { class: "fact", title: `${state.server.app.name} is in this channel` }, botAvatar("tiny"), h("span", { class: "wide-only" }, "is here")),
      h("span", { class: "fact" }, icon(PEOPLE, "small"), String(one.member_count), h("span", { class: "hidden" }, " members")),
    ]),
  ];
}

function homeHead() {
  return [
    h("div", { class: "room-title" }, botAvatar("small"), h("h2", { class: "clip", id: "room-title" }, state.server.app.name), h("span", { class: "app-badge" }, "App")),
    h("div", { class: "room-tab", "aria-current": "page" }, "Home"),
  ];
}

/** Shows the head of the current place. */
export function showHead(root) {
  const one = state.place.kind === "channel" ? channel(state.place.id) : null;
  root.classList.toggle("home-head", !one);
  renderOnce(root, JSON.stringify([state.place, one, state.server.app.name]), () => (one ? channelHead(one) : homeHead()));
}
