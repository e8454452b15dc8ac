// The demo strip along the top: everything that is of this demo and not of Slack.
import { BASE } from "./api.js";
import { clock } from "./clock.js";
import { h, icon } from "./dom.js";
import { toggleGuide } from "./guide.js";
import { botAvatar, personSwitch } from "./people.js";
import { change, state } from "./state.js";
import { themeToggle } from "./theme.js";

const PANEL = "M3 4h14v12H3zM12 4v12";
const GUIDE = "M7.5 7.5a2.5 2.5 0 1 1 3.7 2.2c-.8.4-1.2.9-1.2 1.8M10 14.2v.1M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15z";

/** Builds the strip; the returned function shows the current state. */
export function strip(root) {
  const who = personSwitch();
  const time = clock();
  const theme = themeToggle();
  const panel = h("button", { type: "button", class: "strip-button panel-toggle", testid: "stored-toggle", "aria-controls": "stored", onclick: () => change({ panel: !state.panel }) }, icon(PANEL, "small"), "Stored");
  const guide = h("button", { type: "button", class: "icon-button", "aria-label": "Guide", title: "A first look in five steps", testid: "guide-toggle", onclick: toggleGuide }, icon(GUIDE));
  root.append(
    h("h1", { class: "hidden" }, "Belonging Bot, demo"),
    h("div", { class: "brand", "aria-hidden": "true" }, botAvatar("small plain"), h("span", { class: "brand-text" }, h("b", null, "Belonging Bot"), h("span", null, "demo"))),
    who.node,
    time.node,
    h("div", { class: "strip-end" }, panel, guide, BASE ? null : theme),
  );
  return () => {
    who.update();
    time.update();
    panel.setAttribute("aria-pressed", String(state.panel));
  };
}
