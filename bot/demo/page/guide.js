// A first look in five steps; each ticks off when it happens, and the whole can be closed.
import { BASE } from "./api.js";
import { h, icon, renderOnce } from "./dom.js";
import { isSummary } from "./messages.js";
import { change, onHappened, openChannel, state } from "./state.js";
import { isPrompt } from "./team.js";

const CHECK = "M4.5 10.5l3.5 3.5 7.5-8";
const SEEN_MS = 1200;

const STEPS = [
  { key: "answer", title: "Answer", about: "Press “Reply without your name” under the prompt. It takes a minute.", show: showPrompt },
  { key: "team", title: "Let the team answer", about: "Under the prompt, the demo lets your colleagues answer too.", show: () => showPrompt("[data-testid=team-answer]") },
  { key: "clock", title: "Move the clock", about: "Press “+1 day” until the question closes. What is due on the way happens at once.", show: () => pulse("[data-testid=clock-plus-day]") },
  { key: "summary", title: "Read the summary", about: "When the question closes, everyone in the channel gets the same summary.", show: showSummary },
  { key: "files", title: "Look inside the files", about: "Look for your own words in everything the bot has stored.", show: showFiles },
];

const ticked = new Set(load("guide-ticked")?.split(",").filter(Boolean) ?? []);
let closed = load("guide-closed") === "yes";
let root = null;

function load(key) {
  try {
    return sessionStorage.getItem(`${BASE}${key}`);
  } catch {
    return null;
  }
}

function save(key, value) {
  try {
    sessionStorage.setItem(`${BASE}${key}`, value);
  } catch {
    // The guide then starts afresh with the page.
  }
}

function tick(key) {
  if (ticked.has(key)) return;
  ticked.add(key);
  save("guide-ticked", [...ticked].join(","));
  showGuide();
}

function pulse(selector) {
  const node = document.querySelector(selector);
  if (!node) return;
  node.scrollIntoView({ block: "nearest", behavior: "smooth" });
  node.focus({ preventScroll: true });
  node.classList.remove("pulse");
  requestAnimationFrame(() => node.classList.add("pulse"));
  setTimeout(() => node.classList.remove("pulse"), 2600);
}

/** Opens the channel whose last message of that kind is newest, and points at `selector` in it. */
function openWhere(test, selector) {
  const found = Object.entries(state.server.messages)
    .flatMap(([id, list]) => list.filter(test).map((message) => ({ id, ts: message.ts })))
    .sort((a, b) => Number(b.ts) - Number(a.ts))[0];
  if (!found) return false;
  openChannel(found.id);
  setTimeout(() => pulse(`[data-ts="${found.ts}"] ${selector}`), 60);
  return true;
}

function showPrompt(selector = ".button") {
  if (!openWhere(isPrompt, typeof selector === "string" ? selector : ".button")) pulse("[data-testid=clock-plus-day]");
}

function showSummary() {
  if (!openWhere(isSummary, ".message-main")) pulse("[data-testid=clock-plus-day]");
}

function showFiles() {
  change({ panel: true, tab: "stored" });
  setTimeout(() => pulse("[data-testid=find-words]"), 60);
}

function close() {
  closed = true;
  save("guide-closed", "yes");
  showGuide();
}

/** Opens the guide again, or closes it. */
export function toggleGuide() {
  closed = !closed;
  save("guide-closed", closed ? "yes" : "no");
  showGuide();
}

function step(one, i, current) {
  const done = ticked.has(one.key);
  const kind = done ? "done" : i === current ? "current" : "later";
  const number = h("span", { class: "step-number", "aria-hidden": "true" }, done ? icon(CHECK, "small") : String(i + 1));
  const label = h("span", { class: "step-title" }, one.title, done && h("span", { class: "hidden" }, " (done)"));
  return h("li", { class: `step ${kind}` }, h("button", {
    type: "button", testid: `guide-${one.key}`, data: { focus: `guide-${one.key}` }, "aria-current": kind === "current" ? "step" : null, title: one.about, onclick: () => one.show(),
  }, number, label));
}

function contents() {
  const current = STEPS.findIndex((one) => !ticked.has(one.key));
  const about = current < 0 ? "That is the whole of it. Try another person, or ask for /belonging summary." : STEPS[current].about;
  const x = h("button", { type: "button", class: "icon-button", "aria-label": "Close the guide", testid: "guide-close", onclick: close }, icon("M5 5l10 10M15 5L5 15"));
  return [h("ol", { class: "steps" }, STEPS.map((one, i) => step(one, i, current))), h("p", { class: "guide-about", "aria-live": "polite" }, about), x];
}

/** Shows the guide in its current state. */
export function showGuide() {
  if (!root) return;
  root.hidden = closed || state.server?.installed === false; // before an installation there is nothing to answer
  renderOnce(root, [...ticked].join(), contents);
  document.querySelectorAll("[data-summary]").forEach((node) => seen.observe(node));
}

const waiting = new WeakMap();
const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    clearTimeout(waiting.get(target));
    if (isIntersecting) waiting.set(target, setTimeout(() => tick("summary"), SEEN_MS));
  }
});

/** Starts the guide in `node`. */
export function startGuide(node) {
  root = node;
  onHappened((event) => {
    if (event.type === "wrote") tick("answer");
    if (event.type === "team_answer") tick("team");
    if (event.type === "clock") tick("clock");
    if (event.type === "looked") tick("files");
  });
}
