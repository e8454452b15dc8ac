// Writing a message or a slash command; the text stays while the page updates, one draft per channel and person.
import { suggestions } from "./commands.js";
import { h, icon } from "./dom.js";
import { count } from "./format.js";
import { act, channel, state } from "./state.js";
import { announce, toast } from "./toast.js";

const SEND = "M3.5 10.5L17 3.5l-4 13-3.5-5.5zM9.5 11L17 3.5";
const drafts = new Map();
let parts = null;
let place = "";
let options = [];
let picked = -1;

function build() {
  const area = h("textarea", {
    id: "composer", rows: "1", testid: "composer", autocomplete: "off", "aria-autocomplete": "list", "aria-controls": "suggestions",
  });
  const send = h("button", { type: "submit", class: "send", testid: "send", "aria-label": "Send" }, icon(SEND));
  const list = h("ul", { id: "suggestions", class: "suggestions", role: "listbox", tabindex: "0", "aria-label": "Commands", testid: "suggestions", hidden: true });
  const form = h("form", { class: "composer" }, list, area, send);
  parts = { area, send, list, form };
  area.addEventListener("input", () => typed());
  area.addEventListener("keydown", keys);
  area.addEventListener("blur", () => setTimeout(hideList, 150));
  area.addEventListener("focus", () => typed());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    post();
  });
  return form;
}

function hideList() {
  options = [];
  picked = -1;
  parts.list.hidden = true;
  parts.area.removeAttribute("aria-activedescendant");
}

function row(option, i) {
  return h("li", {
    id: `suggestion-${i}`, role: "option", "aria-selected": String(i === picked), class: "suggestion",
    onpointerdown: (event) => event.preventDefault(), onclick: () => take(i),
  }, h("span", { class: "suggestion-name" }, option.label, option.hint && h("span", { class: "suggestion-hint" }, ` ${option.hint}`)), option.about && h("span", { class: "faint small" }, option.about));
}

function paintList() {
  parts.list.hidden = options.length === 0;
  parts.list.replaceChildren(...options.map(row));
  if (picked >= 0) {
    parts.area.setAttribute("aria-activedescendant", `suggestion-${picked}`);
    parts.list.children[picked]?.scrollIntoView({ block: "nearest" });
  }
}

function fit() {
  parts.area.style.setProperty("height", "auto");
  const height = Math.min(parts.area.scrollHeight, 180);
  if (height > 0) parts.area.style.setProperty("height", `${height}px`);
  parts.send.disabled = parts.area.value.trim() === "";
}

function typed() {
  drafts.set(place, parts.area.value);
  fit();
  const before = options.length;
  options = suggestions(parts.area.value, state.server.commands ?? []);
  if (options.length > 0 && options.length !== before) announce(`${count(options.length, "command")}: arrow keys choose, Tab takes one.`);
  picked = options.length > 0 ? 0 : -1;
  paintList();
}

function take(i) {
  parts.area.value = options[i].insert;
  parts.area.focus();
  typed();
}

function move(event, by) {
  event.preventDefault();
  picked = (picked + by + options.length) % options.length;
  paintList();
}

function keys(event) {
  if (event.isComposing) return;
  const open = options.length > 0;
  if (open && event.key === "ArrowDown") move(event, 1);
  else if (open && event.key === "ArrowUp") move(event, -1);
  else if (open && event.key === "Escape") hideList();
  else if (open && event.key === "Tab" && !event.shiftKey) {
    event.preventDefault();
    take(picked);
  } else if (event.key === "Enter" && !event.shiftKey) enter(event);
}

/** Enter completes a half-typed command, and sends everything else. */
function enter(event) {
  event.preventDefault();
  const half = options.length > 0 && !parts.area.value.includes(" ") && options[picked].label !== parts.area.value;
  const verb = options.length > 0 && parts.area.value.includes(" ") && !parts.area.value.endsWith(" ");
  if (half || verb) take(picked);
  else post();
}

/** What somebody typed as Slack keeps it: control characters of mrkdwn written out. */
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

async function post() {
  const text = parts.area.value.trim();
  if (text === "") return;
  const from = place;
  const where = state.place.id;
  parts.area.value = "";
  drafts.delete(from);
  fit();
  hideList();
  const type = text.startsWith("/") ? "command" : "message";
  const result = await act({ type, channel: where, text: type === "message" ? escaped(text) : text });
  if (result.ok) return;
  toast(result.error ?? "The message was not sent.");
  if (place !== from || parts.area.value !== "") return;
  parts.area.value = text;
  typed();
  hideList();
}

/** Shows the composer of the open channel, or why there is none. */
export function showComposer(root) {
  const one = state.place.kind === "channel" ? channel(state.place.id) : null;
  root.hidden = !one;
  if (!one) return;
  parts ?? build();
  const closed = one.direct ? "Sending messages to this app has been turned off." : `You are not in #${one.name}, so you can read along but not write.`;
  if (one.direct || !one.you_are_in) {
    place = "";
    root.replaceChildren(h("p", { class: "not-in faint" }, closed));
    return;
  }
  if (parts.form.parentElement !== root) root.replaceChildren(parts.form);
  const next = `${state.server.you}/${one.id}`;
  if (place === next) return;
  place = next;
  parts.area.value = drafts.get(next) ?? "";
  parts.area.setAttribute("placeholder", `Message #${one.name}, or type /`);
  parts.area.setAttribute("aria-label", `Message to #${one.name}`);
  fit();
  hideList();
}
