// Several workspaces: side by side on a wide page, one at a time behind tabs on a narrow one.
import { getWorkspaces, listen, uninstall } from "./api.js";
import { h, renderOnce } from "./dom.js";
import { botAvatar } from "./people.js";
import { themeToggle } from "./theme.js";
import { announce, toast } from "./toast.js";

const RETRY_MS = 800;
const SURE_MS = 6000;
const byId = (id) => document.getElementById(id);
const tabs = h("nav", { class: "workspace-tabs", "aria-label": "Workspaces" });
const panes = new Map();
let overview = null;
let chosen = null;
let timer = 0;

function choose(id) {
  chosen = id;
  show();
}

/** Where the app is installed, in words. */
function standing(one) {
  if (!one.installed) return "not installed";
  return one.org_wide ? `installed in all of ${one.organization}` : "installed";
}

/** Asks once more before it uninstalls. */
function uninstallButton(one) {
  const button = h("button", { type: "button", class: "bar-button", testid: "uninstall", data: { focus: `do-${one.id}` } }, "Uninstall");
  let sure = false;
  button.addEventListener("click", async () => {
    if (!sure) {
      sure = true;
      button.textContent = "Press again to uninstall";
      button.classList.add("danger");
      setTimeout(() => {
        sure = false;
        button.textContent = "Uninstall";
        button.classList.remove("danger");
      }, SURE_MS);
      return;
    }
    button.disabled = true;
    const result = await uninstall(one.id);
    if (!result.ok) toast(result.error);
    await refresh();
    announce(`${overview.app.name} is uninstalled from ${one.org_wide ? one.organization : one.name}.`);
  });
  return button;
}

function action(one) {
  if (one.installed) return uninstallButton(one);
  if (!overview.install_url) return null;
  return h("a", { class: "bar-button primary", testid: "install", href: overview.install_url, target: "_blank", rel: "noopener", data: { focus: `do-${one.id}` } }, "Install", h("span", { class: "hidden" }, " (in a new tab)"));
}

function paneOf(one) {
  const head = h("header", { class: "pane-head" });
  const frame = h("iframe", { src: one.page, title: `Slack of ${one.name}` });
  const note = h("p", { class: "pane-note", testid: "without-the-bot", hidden: true }, "Without the bot no question is open here, and no reply and no key is kept: look under “Stored”. Once it is installed again, type /invite @belonging in #product-team.");
  const node = h("section", { class: "pane", id: `pane-${one.id}`, testid: `pane-${one.id}`, "aria-labelledby": `name-${one.id}` }, head, note, frame);
  listen("", { changed: refreshSoon, online: (on) => { byId("offline").hidden = on; } }, one.page.replace(/\/$/, ""));
  return { node, head, note };
}

function showHead(root, one) {
  renderOnce(root, JSON.stringify([one, overview.install_url]), () => [
    h("span", { class: "pane-mark", "aria-hidden": "true" }, one.name.slice(0, 1).toUpperCase()),
    h("div", { class: "pane-name" },
      h("h2", { class: "clip", id: `name-${one.id}` }, one.name),
      h("p", { class: "clip faint small" }, one.organization ? `${one.organization} · ` : "", h("span", { class: one.installed ? "on" : "off" }, standing(one)))),
    action(one),
  ]);
}

function showTabs() {
  renderOnce(tabs, JSON.stringify([chosen, overview.workspaces]), () => overview.workspaces.map((one) => h("button", {
    type: "button", class: "workspace-tab", testid: `tab-${one.id}`, data: { focus: one.id }, "aria-current": one.id === chosen ? "page" : null, onclick: () => choose(one.id),
  }, h("span", { class: "clip" }, one.name))));
}

function show() {
  for (const one of overview.workspaces) {
    if (!panes.has(one.id)) {
      panes.set(one.id, paneOf(one));
      byId("panes").append(panes.get(one.id).node);
    }
    const { node, head, note } = panes.get(one.id);
    showHead(head, one);
    note.hidden = one.installed;
    node.classList.toggle("chosen", one.id === chosen);
  }
  showTabs();
}

async function refresh() {
  overview = await getWorkspaces();
  chosen ??= overview.workspaces[0].id;
  show();
}

function refreshSoon() {
  clearTimeout(timer);
  timer = setTimeout(() => refresh().catch(() => {}), 60);
}

async function begin() {
  try {
    await refresh();
  } catch {
    setTimeout(begin, RETRY_MS);
  }
}

byId("bar").append(
  h("h1", { class: "hidden" }, "Belonging Bot, demo with several workspaces"),
  h("div", { class: "brand", "aria-hidden": "true" }, botAvatar("small plain"), h("b", null, "Belonging Bot"), h("span", null, "demo")),
  h("p", { class: "bar-note" }, "One bot, several workspaces, one clock. What one workspace says never reaches another."),
  tabs,
  themeToggle(),
);
byId("offline").textContent = "The local workspaces do not answer. This page tries again by itself.";
begin();
