// Who you are: the switch among the members, and their avatars.
import { h, icon, renderOnce, s } from "./dom.js";
import { popover } from "./popover.js";
import { become, state, you } from "./state.js";
import { toast } from "./toast.js";

const DOWN = "M6 8l4 4 4-4";

/** A member's initials on their colour. */
export function avatar(one, size = "") {
  return h("span", { class: `avatar ${size}`.trim(), css: { "--own": one?.color ?? "#6b655c" }, "aria-hidden": "true" }, one?.initials ?? "?");
}

/** The mark of Belonging Bot: a circle that opens for one more. */
export function botAvatar(size = "") {
  return h("span", { class: `avatar bot ${size}`.trim(), "aria-hidden": "true" },
    s("svg", { viewBox: "0 0 32 32" }, s("path", { d: "M21.4 9.2A8.7 8.7 0 1 0 24.6 15" }), s("circle", { cx: "24.2", cy: "8.6", r: "3.1" })));
}

function tags(one) {
  const names = [];
  if (one.group === "newcomer" || one.group === "long-timer") names.push(one.group);
  if (one.admin || one.group === "admin") names.push("admin");
  return names.map((name) => h("span", { class: `tag ${name}` }, name));
}

function row(one, close) {
  const pick = async () => {
    close();
    try {
      await become(one.id);
    } catch {
      toast("The local workspace does not answer, so you are still the same person.");
    }
  };
  const here = one.id === state.server.you;
  return h("button", { type: "button", class: "person", testid: `person-${one.handle}`, data: { item: "" }, "aria-current": here ? "true" : null, onclick: pick }, [
    avatar(one),
    h("span", { class: "person-text" }, [
      h("span", { class: "person-name" }, h("span", { class: "clip" }, one.name), tags(one)),
      h("span", { class: "person-about" }, [one.title, one.since].filter(Boolean).join(" · ")),
    ]),
    here && icon("M4.5 10.5l3.5 3.5 7.5-8", "check"),
  ]);
}

/** The switch for the demo strip; `update()` shows the current member. */
export function personSwitch() {
  const button = h("button", { type: "button", class: "strip-button who", testid: "person-switch", "aria-haspopup": "true", disabled: true });
  const list = h("div", { class: "people", role: "group", "aria-label": "Members of the workspace" });
  const panel = h("div", { class: "panel people-panel" }, h("p", { class: "panel-note" }, "Be anyone in the team. Each sees only what their own Slack would show."), list);
  const { node, close } = popover(button, panel, () => list.replaceChildren(...state.server.members.map((one) => row(one, close))));
  const update = () => {
    const one = you();
    button.disabled = !state.server; // nobody is known before
    renderOnce(button, JSON.stringify(one), () => [
      avatar(one, "small"),
      h("span", { class: "who-text" }, h("span", { class: "who-label" }, "You are: "), h("span", { class: "clip who-name" }, one?.name ?? "nobody")),
      icon(DOWN, "small"),
    ]);
  };
  return { node, update };
}
