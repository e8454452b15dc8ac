// The workspace's clock, and moving it forward.
import { moveClock } from "./api.js";
import { h, icon, renderOnce } from "./dom.js";
import { count, instant, isoDay, plain, shortDay, time, until } from "./format.js";
import { popover } from "./popover.js";
import { happened, refresh, state, zone } from "./state.js";
import { announce, toast } from "./toast.js";

const CLOCK = "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM10 6v4l2.8 2";
const HOUR_S = 3600;
const DAY_S = 86_400;
let taken = { now: 0, at: 0 };
let busy = false;
let turn = Promise.resolve();

/** The workspace's time now: what the server said last, plus what has passed since. */
export function now() {
  return new Date(taken.now + (state.server.ticking === false ? 0 : performance.now() - taken.at));
}

function sync() {
  const said = new Date(state.server.now).getTime();
  if (said !== taken.now) taken = { now: said, at: performance.now() };
}

/** Steps forward that are pressed in a rush are taken one after the other; a jump to a time is not repeated. */
function move(how, root) {
  if (busy && how.to) return turn;
  busy = true;
  turn = turn.then(() => moveNow(how, root));
  return turn;
}

async function moveNow(how, root) {
  busy = true;
  root.setAttribute("aria-busy", "true");
  const before = messageCount();
  const result = await moveClock(how);
  await refresh();
  busy = false;
  root.removeAttribute("aria-busy");
  if (!result.ok) {
    toast(result.error ?? "The clock could not be moved.");
    return;
  }
  happened({ type: "clock", ok: true });
  const fresh = messageCount() - before;
  announce(`It is now ${shortDay(now())}, ${time(now())}. ${fresh > 0 ? count(fresh, "new message") : "No new messages"}.`);
}

const messageCount = () => Object.values(state.server.messages).reduce((sum, list) => sum + list.length, 0);

/** `{at, what}` of the next thing that happens, if the server tells it. */
function nextThing() {
  const next = state.server.next ?? state.server.next_event ?? null;
  if (!next) return null;
  return typeof next === "string" ? { at: next, what: "" } : { at: next.at ?? next.when, what: plain(next.what ?? next.label ?? next.text ?? "") };
}

function nextButton(root) {
  const button = h("button", { type: "button", class: "strip-button", testid: "clock-next" }, "Next event");
  button.addEventListener("click", () => {
    const next = nextThing();
    if (next) move({ to: next.at }, root);
  });
  const update = () => {
    const next = nextThing();
    button.hidden = !next;
    if (!next) return;
    const at = new Date(next.at);
    button.title = `${next.what ? `${next.what}: ` : ""}${shortDay(at)}, ${time(at)}, ${until(now(), at)}`;
  };
  return [button, update];
}

function datePanel(root) {
  const day = h("input", { type: "date", class: "text", testid: "clock-date", "aria-label": "Date" });
  const hour = h("input", { type: "time", class: "text", testid: "clock-time", "aria-label": "Time" });
  const go = h("button", { type: "submit", class: "demo-button", testid: "clock-go" }, "Go there");
  const form = h("form", { class: "clock-form" }, day, hour, go);
  const about = h("p", { class: "panel-note" }, "Time only moves forward. Everything that is due on the way happens at once.");
  const panel = h("div", { class: "panel clock-panel" }, about, form);
  const button = h("button", { type: "button", class: "strip-button", testid: "clock-to-date", "aria-haspopup": "true" }, "To a date", icon("M6 8l4 4 4-4", "small"));
  const opened = () => {
    const tomorrow = new Date(now().getTime() + DAY_S * 1000);
    day.min = isoDay(now());
    day.value = isoDay(tomorrow);
    hour.value = "09:00";
  };
  const { node, close } = popover(button, panel, opened);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const to = instant(day.value, hour.value || "00:00");
    if (Number.isNaN(to.getTime())) return;
    if (to <= now()) {
      toast("The clock never goes backward. Choose a later time.");
      return;
    }
    close();
    move({ to: to.toISOString() }, root);
  });
  return node;
}

/** The clock of the demo strip; `update()` shows the current state. */
export function clock() {
  const text = h("time", { class: "clock-now", testid: "clock-now" });
  const root = h("div", { class: "clock", role: "group", "aria-label": "Workspace time" });
  const jump = (label, testid, seconds) =>
    h("button", { type: "button", class: "strip-button", testid, onclick: () => move({ advance_s: seconds }, root) }, label, h("span", { class: "hidden" }, " forward"));
  const [next, updateNext] = nextButton(root);
  root.append(
    h("span", { class: "clock-face" }, icon(CLOCK), text),
    jump("+1 hour", "clock-plus-hour", HOUR_S),
    jump("+1 day", "clock-plus-day", DAY_S),
    next,
    datePanel(root),
  );
  const paint = () => {
    if (!state.server) return;
    const at = now();
    text.setAttribute("datetime", at.toISOString());
    text.title = `Workspace time, ${zone()}`;
    renderOnce(text, `${shortDay(at)} ${time(at)}`, () => [h("span", { class: "clock-day" }, shortDay(at)), " ", h("b", null, time(at))]);
  };
  setInterval(paint, 1000);
  return {
    node: root,
    update: () => {
      sync();
      paint();
      updateNext();
    },
  };
}
