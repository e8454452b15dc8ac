// Serve the Slack of the npm package emulate on a free port of this machine, until standard input ends.
//
// In, as lines of JSON: what to seed it with; then one line for each subscription to events, {url, events}.
// Out, as lines of JSON: {url}; {subscribed} for each subscription; {event, statuses} for each event, when it
// has been delivered, with what the subscribers answered.

import { createInterface } from "node:readline";
import { createEmulator } from "../../.node/node_modules/emulate/dist/api.js";
// The package offers no way to subscribe to events of Slack, so the service itself is asked for its webhooks.
// The name of its file belongs to the version that package-lock.json pins.
import { slackPlugin } from "../../.node/node_modules/emulate/dist/dist-6ZQHD4DN.js";

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

let webhooks;
const register = slackPlugin.register;
slackPlugin.register = (app, store, given, ...more) => {
  webhooks = given;
  const dispatch = given.dispatch.bind(given);
  given.dispatch = async (type, action, payload, ...others) => {
    await dispatch(type, action, payload, ...others);
    const deliveries = given.getDeliveries().filter((one) => one.payload === payload);
    say({ event: payload.event, statuses: deliveries.map((one) => one.status_code) });
  };
  return register(app, store, given, ...more);
};

let emulator;
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (emulator) {
    webhooks.register({ ...asked, active: true, owner: "slack" });
    say({ subscribed: asked.url });
  } else {
    emulator = await createEmulator({ service: "slack", port: 0, seed: { slack: asked } });
    say({ url: emulator.url.replace("localhost", "127.0.0.1") });
  }
}
await emulator?.close();
