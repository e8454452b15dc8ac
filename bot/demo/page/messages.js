// The messages of a channel: grouped, with day lines, kept in place while the state changes.
import { blocks } from "./blocks.js";
import { h, icon, keyed } from "./dom.js";
import { dayLabel, full, isoDay, time } from "./format.js";
import { mrkdwn } from "./mrkdwn.js";
import { avatar, botAvatar } from "./people.js";
import { channel, member, state } from "./state.js";
import { isPrompt, teamStrip, teamSign } from "./team.js";

const GROUP_MS = 5 * 60_000;
const EYE = "M2 10s3-5.5 8-5.5S18 10 18 10s-3 5.5-8 5.5S2 10 2 10zM10 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z";
const valuesByMessage = new Map();

/** Whether a bot message shows results: it ticks the guide when it has been seen. */
export const isSummary = (message) =>
  message.bot && (message.blocks ?? []).some((block) => (block.elements ?? []).some((element) => element.action_id === "summary.open"));

function author(message) {
  if (message.bot) return { name: state.server.app.name, picture: botAvatar(), badge: h("span", { class: "app-badge" }, "App") };
  const one = member(message.user);
  return { name: one?.name ?? "Somebody who left", picture: avatar(one), badge: null };
}

function context(channelId, message) {
  const key = `${channelId}:${message.ts}`;
  if (!valuesByMessage.has(key)) valuesByMessage.set(key, {});
  const container = { type: "message", channel: channelId, ts: message.ts };
  return { container, blocks: message.blocks, values: valuesByMessage.get(key), key };
}

function body(channelId, message) {
  const kids = message.blocks?.length ? blocks(message.blocks, context(channelId, message)) : h("div", { class: "prose" }, mrkdwn(message.text ?? ""));
  return h("div", { class: "message-body" }, kids, message.edited && h("span", { class: "faint small" }, "(edited)"));
}

function messageNode(channelId, message, follows) {
  const at = new Date(message.at);
  const { name, picture, badge } = author(message);
  const when = h("time", { class: "when", datetime: message.at, title: full(at) }, time(at));
  const head = h("div", { class: "message-head" }, h("span", { class: "author" }, name), badge, when);
  const kinds = `message${follows ? " follows" : ""}${message.ephemeral ? " ephemeral" : ""}${message.bot ? " from-bot" : ""}`;
  return h("article", { class: kinds, testid: "message", data: { ts: message.ts, ...(isSummary(message) ? { summary: "" } : {}) }, "aria-label": `${name}, ${time(at)}` }, [
    message.ephemeral && h("p", { class: "only-you" }, icon(EYE, "small"), "Only visible to you"),
    h("div", { class: "message-grid" }, follows ? h("div", { class: "gutter" }, when) : picture, h("div", { class: "message-main" }, [
      !follows && head,
      body(channelId, message),
      isPrompt(message) && teamStrip(channelId, message),
    ])),
  ]);
}

function dayNode(label) {
  return h("div", { class: "day", role: "separator" }, h("span", null, label));
}

function intro(one) {
  if (one.direct) {
    return h("div", { class: "intro" }, [
      h("h3", null, `What ${state.server.app.name} has told you`),
      h("p", { class: "faint" }, "Only you see this, and nobody can answer: the bot tells an admin here what has become of a channel with a schedule, and nothing else."),
    ]);
  }
  return h("div", { class: "intro" }, [
    h("h3", null, `This is the beginning of #${one.name}`),
    one.topic && h("p", null, one.topic),
    h("p", { class: "faint" }, one.bot_is_in ? "Belonging Bot is here. Type / below to see what you can ask it." : "Belonging Bot is not in this channel, so it neither asks nor reads anything here."),
  ]);
}

function followsUp(before, message) {
  if (!before || before.ephemeral || message.ephemeral || before.user !== message.user || before.bot !== message.bot) return false;
  return !message.bot && new Date(message.at) - new Date(before.at) < GROUP_MS;
}

/** The message list as keyed items: an intro, day lines and messages. */
function itemsOf(one, list, now) {
  const items = [{ key: `intro-${one.id}`, sign: JSON.stringify([one.name, one.topic, one.bot_is_in]), make: () => intro(one) }];
  let day = "";
  let before = null;
  for (const message of list) {
    const at = new Date(message.at);
    if (isoDay(at) !== day) {
      day = isoDay(at);
      before = null;
      const label = dayLabel(at, now);
      items.push({ key: `day-${day}`, sign: label, make: () => dayNode(label) });
    }
    const follows = followsUp(before, message);
    const from = message.bot ? state.server.app.name : member(message.user)?.name;
    const sign = JSON.stringify([message, follows, from, state.server.you, isPrompt(message) && teamSign(one.id, message)]);
    items.push({ key: `m-${one.id}-${message.ts}-${message.ephemeral ? "e" : ""}`, sign, make: () => messageNode(one.id, message, follows) });
    before = message;
  }
  return items;
}

/** Shows the messages of the open channel in `list`. */
export function showMessages(list) {
  const one = channel(state.place.id);
  if (!one) return;
  keyed(list, itemsOf(one, state.server.messages[one.id] ?? [], new Date(state.server.now)));
}
