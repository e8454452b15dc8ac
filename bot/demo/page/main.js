// Puts the parts together: every change of state goes through show().
import { BASE } from "./api.js";
import { showComposer } from "./composer.js";
import { h } from "./dom.js";
import { showGuide, startGuide } from "./guide.js";
import { showHome } from "./home.js";
import { showMessages } from "./messages.js";
import { showModal } from "./modal.js";
import { mrkdwn } from "./mrkdwn.js";
import { showHead } from "./room.js";
import { keepPlace } from "./scroll.js";
import { showSidebar } from "./sidebar.js";
import { begin, change, markRead, member, state, watch } from "./state.js";
import { showStored } from "./stored.js";
import { strip } from "./strip.js";
import { showTabs } from "./tabs.js";
import { announce, toast } from "./toast.js";

const byId = (id) => document.getElementById(id);
const list = h("div", { class: "message-list" });
const home = h("div", { class: "home" });
const scroller = byId("messages");
scroller.append(list, home);
const place = keepPlace(scroller, list);
const updateStrip = strip(byId("strip"));
startGuide(byId("guide"));

let where = "";
let heard = new Set();
let notice = null;

function tellNews() {
  const all = Object.values(state.server.messages).flat();
  const fresh = all.filter((message) => !heard.has(message.ts));
  const first = heard.size === 0;
  heard = new Set(all.map((message) => message.ts));
  if (first) return;
  for (const message of fresh.filter((one) => one.user !== state.server.you)) {
    const from = message.bot ? state.server.app.name : (member(message.user)?.name ?? "somebody");
    announce(`${mrkdwn(message.text ?? "").map((node) => node.textContent).join(" ")} (New message from ${from})`);
  }
}

function tellNotice() {
  if (state.server.notice && state.server.notice !== notice) toast(state.server.notice);
  notice = state.server.notice;
}

function showPlace() {
  const next = JSON.stringify([state.place, state.server.you]);
  const moved = next !== where;
  where = next;
  const atHome = state.place.kind === "home";
  list.hidden = atHome;
  home.hidden = !atHome;
  if (atHome) {
    showHome(home);
    if (!moved) return;
    scroller.scrollTop = 0;
    byId("room").scrollIntoView();
    return;
  }
  place.before();
  showMessages(list);
  place.after(moved);
  if (state.place.id && !document.hidden) markRead(state.place.id);
}

function show() {
  updateStrip();
  const offline = byId("offline");
  offline.hidden = state.online;
  if (!state.online) offline.textContent = "The local workspace does not answer. This page tries again by itself; what you have typed stays here.";
  showSidebar(byId("sidebar"));
  showHead(byId("room-head"));
  showTabs(byId("tabs")); // before the place: what is hidden cannot be scrolled
  showPlace();
  showComposer(byId("room-foot"));
  showModal();
  showStored(byId("stored"));
  showGuide();
  tellNews();
  tellNotice();
}

/** A skip link leads to its part also where that part is closed. */
function skips(link) {
  link.addEventListener("click", () => change(link.hash === "#stored" ? { panel: true, tab: "stored" } : { tab: "room" }));
}

document.querySelectorAll(".skip").forEach(skips);
document.documentElement.classList.toggle("in-pane", BASE !== "");
state.panel = matchMedia("(min-width: 1180px)").matches;
watch(show);
begin();
