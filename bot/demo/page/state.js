// The one state of the page: what the server said last, and what the visitor is looking at.
import * as api from "./api.js";

/** @type {{server: any, place: {kind: string, id: string|null}, online: boolean, panel: boolean, tab: string}} */
export const state = { server: null, place: { kind: "channel", id: null }, online: true, panel: true, tab: "room" };

const INVITED_TO = "product-team"; // as the note on a workspace without the bot says
const watchers = new Set();
const handlers = { said: new Set() };
let asked = 0;
let shown = 0;
let timer = 0;
let stopListening = () => {};

/** Calls `fn` now and after every change. */
export function watch(fn) {
  watchers.add(fn);
  if (state.server) fn(state);
}

/** Calls `fn` with each thing that happened, such as `{type: "view_submit", ok: true}`; the guide ticks by it. */
export const onHappened = (fn) => handlers.said.add(fn);

/** Tells everyone who listens that something happened. */
export function happened(event) {
  for (const fn of handlers.said) fn(event);
}

/** Changes what the visitor looks at. */
export function change(patch) {
  Object.assign(state, patch);
  if (!state.server) return;
  for (const fn of watchers) fn(state);
}

// Workspaces side by side share the storage of their window.
function remember(key, value) {
  try {
    sessionStorage.setItem(`${api.BASE}${key}`, value);
  } catch {
    // Without storage the page simply starts fresh next time.
  }
}

function recall(key) {
  try {
    return sessionStorage.getItem(`${api.BASE}${key}`);
  } catch {
    return null;
  }
}

/** The channel to open first: where the bot is, else where the page asks to invite it, else the first. */
function firstChannel(server) {
  const mine = server.channels.filter((channel) => channel.you_are_in);
  return (mine.find((channel) => channel.bot_is_in) ?? mine.find((channel) => channel.name === INVITED_TO) ?? mine[0] ?? server.channels[0])?.id ?? null;
}

function placeFor(server) {
  const justInstalled = state.server?.installed === false && server.installed;
  if (state.place.kind !== "channel" && !justInstalled) return state.place;
  const known = server.channels.some((channel) => channel.id === state.place.id);
  return known && !justInstalled ? state.place : { kind: "channel", id: firstChannel(server) };
}

/** Fetches the state again; an older answer never overwrites a newer one. */
export async function refresh() {
  const turn = ++asked;
  try {
    const server = await api.getState(state.server?.you ?? recall("you"));
    if (turn < shown) return;
    shown = turn;
    change({ server, place: placeFor(server), online: true });
  } catch (error) {
    if (!state.server && recall("you")) remember("you", "");
    if (error instanceof TypeError) change({ online: false });
  }
}

/** Refetches soon; a burst of changes causes one fetch. */
export function refreshSoon() {
  clearTimeout(timer);
  timer = setTimeout(refresh, 30);
}

function attend(you) {
  stopListening();
  stopListening = api.listen(you, { changed: refreshSoon, online: (online) => change({ online }) });
}

/** Becomes another member. */
export async function become(id) {
  remember("you", id);
  const server = await api.getState(id);
  shown = ++asked;
  attend(id);
  state.server = server;
  change({ place: placeFor(server) });
  if (state.place.kind === "home") await act({ type: "open_home" });
}

/** Does one thing as the current member, then shows what came of it. */
export async function act(what) {
  const result = await api.act(state.server.you, what);
  happened({ ...what, ok: result.ok });
  await refresh();
  return result;
}

const read = new Map();

/** Tells the server, once per newest message, that the open channel has been seen. */
export function markRead(channelId) {
  const last = state.server.messages[channelId]?.at(-1)?.ts ?? "";
  const key = `${state.server.you}/${channelId}`;
  const unread = channel(channelId)?.unread;
  if (read.get(key) === last && !unread) return;
  read.set(key, last);
  api.act(state.server.you, { type: "read", channel: channelId }).then(() => unread && refreshSoon());
}

/** Opens a channel. */
export function openChannel(id) {
  change({ place: { kind: "channel", id }, tab: "room" });
}

/** Opens the app's Home tab, as a click on the app does. */
export async function openHome() {
  change({ place: { kind: "home", id: null }, tab: "room" });
  return act({ type: "open_home" });
}

/** Fetches for the first time and keeps listening; tries again until the server answers. */
export async function begin() {
  const wanted = new URLSearchParams(location.search).get("as");
  if (wanted) remember("you", wanted);
  await refresh();
  if (!state.server) {
    setTimeout(begin, 800);
    return;
  }
  remember("you", state.server.you);
  attend(state.server.you);
}

/** The member with this id, or undefined. */
export const member = (id) => state.server?.members.find((one) => one.id === id);

/** The channel with this id, or undefined. */
export const channel = (id) => state.server?.channels.find((one) => one.id === id);

/** The member you are. */
export const you = () => member(state.server?.you);

/** The locale to which the member you are has set Slack. */
export const locale = () => you()?.locale || "en-GB";

/** The time zone of the member you are. */
export const zone = () => you()?.zone ?? "UTC";
