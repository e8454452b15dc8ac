// What the bot has stored: every table and every file, read live.
import { getStored } from "./api.js";
import { h, icon, keyed } from "./dom.js";
import { finder } from "./finder.js";
import { count, number, size } from "./format.js";
import { mountRaw, openRaw, refreshRaw } from "./raw.js";
import { change, state } from "./state.js";

const FILE = "M5.5 2.5H11l3.5 3.5v11.5h-9zM11 2.5V6h3.5";
const SHOWN_ROWS = 30;
let data = { tables: [], files: [] };
let parts = null;
const AFTERWARDS_MS = [600, 1500, 4000];
let revision = null;
let installed = null;
let counts = new Map();

function cell(value) {
  if (value === null) return h("td", { class: "faint" }, "–");
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return h("td", { title: text.length > 60 ? text.slice(0, 600) : null }, text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function tableNode(table, open) {
  const grown = (counts.get(`${table.file}/${table.name}`) ?? table.row_count) < table.row_count;
  const rows = table.rows.slice(-SHOWN_ROWS).map((row) => h("tr", null, row.map(cell)));
  const more = table.row_count > rows.length ? h("p", { class: "faint small" }, `The last ${rows.length} of ${count(table.row_count, "row")}.`) : null;
  const head = h("thead", null, h("tr", null, table.columns.map((name) => h("th", { scope: "col" }, name))));
  const body = rows.length > 0 ? [h("div", { class: "table-box", tabindex: "0", role: "region", "aria-label": `Rows of ${table.name}` }, h("table", null, head, h("tbody", null, rows))), more] : h("p", { class: "faint small columns" }, `No rows. Columns: ${table.columns.join(", ")}`);
  const summary = h("summary", null, h("code", { class: "clip" }, table.name), h("span", { class: `rows${grown ? " grown" : ""}` }, count(table.row_count, "row")));
  return h("details", { class: "stored-table", open, testid: `stored-table-${table.name}` }, summary, body);
}

function fileNode(file) {
  const row = { class: file.secret ? "file closed" : "file", testid: `stored-file-${file.path}` };
  const open = { type: "button", data: { focus: `file-${file.path}` }, onclick: () => openRaw(file.path) };
  return h("li", null, h(file.secret ? "div" : "button", file.secret ? row : { ...row, ...open }, [
    icon(FILE),
    h("span", { class: "file-text" }, h("code", { class: "file-path" }, file.path), file.note && h("span", { class: "file-note" }, file.note)),
    h("span", { class: "file-size" }, size(file.size)),
  ]));
}

/** The tables as keyed items, each file's below its name. */
function tableItems() {
  return [...new Set(data.tables.map((table) => table.file))].flatMap((file) => [
    { key: file, sign: file, make: () => h("h4", { class: "table-file" }, h("code", null, file)) },
    ...data.tables.filter((table) => table.file === file).map((table) => {
      const key = `${file}/${table.name}`;
      return { key, sign: JSON.stringify(table), make: () => tableNode(table, isOpen(key)) };
    }),
  ]);
}

function isOpen(key) {
  return parts.tables.querySelector(`[data-key="${CSS.escape(key)}"]`)?.open ?? false;
}

function paint() {
  const total = data.files.reduce((sum, one) => sum + one.size, 0);
  const rows = data.tables.reduce((sum, one) => sum + one.row_count, 0);
  parts.facts.textContent = data.files.length > 0 ? `${count(data.files.length, "file")}, ${number(total)} bytes · ${count(data.tables.length, "table")}, ${count(rows, "row")}` : "Nothing is stored yet.";
  keyed(parts.files, data.files.map((file) => ({ key: file.path, sign: JSON.stringify([file.size, file.note]), make: () => fileNode(file) })));
  keyed(parts.tables, tableItems());
  parts.noFiles.hidden = data.files.length > 0;
  counts = new Map(data.tables.map((table) => [`${table.file}/${table.name}`, table.row_count]));
}

async function reload() {
  try {
    data = await getStored();
  } catch {
    return;
  }
  paint();
  parts.finder.refresh();
  await refreshRaw();
}

function build(root) {
  const x = h("button", { type: "button", class: "icon-button", "aria-label": "Close this panel", testid: "stored-close", onclick: () => change({ panel: false, tab: "room" }) }, icon("M5 5l10 10M15 5L5 15"));
  const search = finder(() => data.files);
  parts = { finder: search, facts: h("p", { class: "facts" }), files: h("ul", { class: "files" }), tables: h("div", { class: "stored-tables" }), noFiles: h("p", { class: "faint small" }, "No files yet. They appear as soon as the bot writes something.") };
  const raw = h("section", { class: "raw", hidden: true });
  const all = h("div", { class: "stored-body" }, [
    search.node,
    h("section", null, h("h3", null, "Files in the data directory"), h("p", { class: "section-note" }, "Choose one to see its bytes."), parts.files, parts.noFiles),
    h("section", null, h("h3", null, "Tables in those files"), h("p", { class: "section-note" }, "You will not find who answered what: the bot never writes that down."), parts.tables),
  ]);
  mountRaw(raw, () => {
    raw.hidden = true;
    all.hidden = false;
  });
  raw.addEventListener("raw-open", () => {
    raw.hidden = false;
    all.hidden = true;
  });
  root.append(h("header", { class: "stored-head" }, h("span", { class: "demo-tag" }, "Demo"), h("h2", { id: "stored-title" }, "What the bot has stored"), x, parts.facts), all, raw);
}

/** Shows the panel and reads the store again whenever the workspace changed. */
export function showStored(root) {
  if (!parts) build(root);
  const visible = state.panel || state.tab === "stored";
  if (!visible || revision === state.server.revision) return;
  revision = state.server.revision;
  reload();
  // After an installation or its end, the bot changes files without a word in Slack.
  if (installed !== null && installed !== state.server.installed) AFTERWARDS_MS.forEach((ms) => setTimeout(reload, ms));
  installed = state.server.installed;
}
