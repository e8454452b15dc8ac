// “Let the team answer”: a control of the demo, not of Slack, under each open prompt.
import { teamAnswer } from "./api.js";
import { h, icon } from "./dom.js";
import { count, plain } from "./format.js";
import { happened, refresh, state, change } from "./state.js";
import { announce, toast } from "./toast.js";

const done = new Map();

function* buttons(message) {
  for (const block of message.blocks ?? []) {
    const found = [...(block.elements ?? []), ...(block.accessory ? [block.accessory] : [])];
    yield* found.filter((one) => one.type === "button" && !one.url);
  }
}

/** Whether colleagues can answer this message: the bot's own, with a button to reply. */
export function isPrompt(message) {
  if (!message.bot || message.ephemeral) return false;
  return [...buttons(message)].some((one) => /reply|answer/i.test(one.action_id ?? "") || /^(reply|answer)/i.test(plain(one.text)));
}

/** What the strip under this message shows now; part of the message's sign. */
export const teamSign = (channelId, message) => done.get(`${channelId}:${message.ts}`) ?? "open";

/** The strip under one prompt. */
export function teamStrip(channelId, message) {
  const key = `${channelId}:${message.ts}`;
  const now = done.get(key) ?? "open";
  const answered = typeof now === "number";
  const text = answered
    ? `${count(now, "colleague has", "colleagues have")} answered, each through the same form as you.`
    : "The others answer, each through the same form, with invented answers.";
  const label = now === "busy" ? "They are writing…" : answered ? "Answered" : "Let the team answer";
  const button = h("button", {
    type: "button", class: "demo-button", testid: "team-answer", disabled: now !== "open", "aria-busy": now === "busy" ? "true" : null,
    data: { focus: `team-${key}` }, onclick: () => run(channelId, message, key),
  }, answered && icon("M4.5 10.5l3.5 3.5 7.5-8", "small"), label);
  return h("div", { class: "team-strip" }, h("span", { class: "demo-tag" }, "Demo"), button, h("span", { class: "team-text" }, text));
}

async function run(channelId, message, key) {
  done.set(key, "busy");
  change({});
  const result = await teamAnswer(state.server.you, channelId, message.ts);
  if (result.ok && result.answered > 0) {
    done.set(key, result.answered);
    happened({ type: "team_answer", ok: true });
    announce(`${result.answered} colleagues have answered.`);
  } else {
    done.delete(key);
    toast(result.error ?? "Nobody could answer this message.");
  }
  await refresh();
}
