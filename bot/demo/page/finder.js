// “Find my words in the raw files”: the form, the words just written, and the verdict.
import { getStored } from "./api.js";
import { h, icon } from "./dom.js";
import { CONTROL, findEverywhere, runs } from "./find.js";
import { count, number } from "./format.js";
import { happened, onHappened, state } from "./state.js";
import { openRaw } from "./raw.js";

const KEPT = 4;
const ATTEMPTS = 3;
const wrote = [];

/** Where an answer lies while its round is open: sealed, so it is there and yet cannot be found. */
function sealed(files) {
  const ballots = files.filter((one) => one.path.includes("ballots/") && !one.secret);
  if (ballots.length === 0) return null;
  const name = (i) => (ballots.length === 1 ? "the ballot file" : `ballot file ${i + 1}`);
  const buttons = ballots.slice(0, 3).map((one, i) => [i > 0 && ", ", h("button", { type: "button", class: "hit", title: one.path, onclick: () => openRaw(one.path) }, h("u", null, name(i)))]);
  return h("p", null, "Answers of an open round lie sealed in ", buttons, ". Look inside: it is noise.");
}

function verdictNot(text, found, files) {
  const parts = runs(text).length > 0 ? [" Neither the whole nor any three words of it in a row."] : [];
  return [
    h("p", { class: "verdict-head" }, icon("M4.5 10.5l3.5 3.5 7.5-8"), "Not there."),
    h("p", null, "Every byte of ", h("b", null, count(found.files, "file")), " was searched: ", h("b", null, `${number(found.bytes)} bytes`), ".", parts),
    sealed(files),
    ...(found.secret === 0 ? [] : [h("p", { class: "control" }, `The ${count(found.secret, "key")} of the open round ${found.secret === 1 ? "is" : "are"} never shown, not even here: random bytes, destroyed when it closes.`)]),
  ];
}

function hitButton(hit) {
  return h("li", null, h("button", { type: "button", class: "hit", onclick: () => openRaw(hit.path, hit) }, [
    h("code", null, hit.path), ` at byte ${number(hit.at)}`, h("span", { class: "faint" }, ` · “${hit.text.slice(0, 40)}${hit.text.length > 40 ? "…" : ""}”`),
  ]));
}

/** Whether the channels you can read show these words too, as a prompt or an allowed quote does. */
function isPublic(text) {
  const wanted = text.toLowerCase();
  const shown = Object.values(state.server.messages).flat().filter((message) => message.bot);
  return shown.some((message) => JSON.stringify([message.text, message.blocks]).toLowerCase().includes(wanted));
}

function verdictFound(found, hits, whole) {
  const why = isPublic(hits[0].text)
    ? "The bot said the same words in a channel, where everyone there can read them: a question, or a quote whose writer allowed it."
    : "Questions, published summaries and quotes that somebody allowed are stored as readable text.";
  return [
    h("p", { class: "verdict-head" }, icon("M10 6v5M10 13.9v.1M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15z"), whole ? `Found, ${count(hits.length, "time")}.` : "Not the whole, but parts of it."),
    h("p", null, why, " Look where it stands:"),
    h("ul", { class: "hits" }, hits.slice(0, 8).map(hitButton)),
  ];
}

function controlLine(found) {
  if (found.control === 0) return null;
  return h("p", { class: "control" }, `Does the search work? It does find “${CONTROL}”, the words with which every SQLite file begins, in ${count(found.control, "file")}.`);
}

/** A round that closes destroys files while they are read: then what is left is listed and searched from the start. */
async function searchStored(text, files) {
  for (let attempt = 1; ; attempt += 1) {
    const listed = attempt === 1 ? files() : (await getStored()).files;
    try {
      return { found: await findEverywhere(text, listed), listed };
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function search(text, files, out) {
  try {
    const { found, listed } = await searchStored(text, files);
    const hits = found.hits.length > 0 ? found.hits : found.partial;
    const whole = found.hits.length > 0;
    out.className = hits.length > 0 ? "verdict found" : "verdict clean";
    out.dataset.found = String(found.hits.length);
    out.replaceChildren(...(hits.length > 0 ? verdictFound(found, hits, whole) : verdictNot(text, found, listed)).filter(Boolean), controlLine(found) ?? "");
  } catch {
    out.className = "verdict found";
    out.replaceChildren(h("p", null, "The files could not be read just now, so this says nothing. Please try again."));
  }
  out.hidden = false;
}

/**
 * The search at the top of the panel.
 * @param {() => Array<{path: string}>} files the files to search
 * @returns {{node: HTMLElement, refresh: () => void}} `refresh` repeats a search whose verdict is on show
 */
export function finder(files) {
  const field = h("input", { type: "search", class: "text", id: "find-words", testid: "find-words", autocomplete: "off", placeholder: "words you wrote" });
  const button = h("button", { type: "submit", class: "demo-button", testid: "find-go" }, "Look");
  const chips = h("div", { class: "wrote" });
  const out = h("div", { class: "verdict", role: "status", testid: "find-result", hidden: true });
  const form = h("form", { class: "finder" }, [
    h("label", { for: "find-words" }, "Find my words in the raw files"),
    h("div", { class: "find-row" }, field, button),
    chips,
    out,
  ]);
  let asked = "";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    asked = field.value.trim();
    if (asked === "") return;
    button.setAttribute("aria-busy", "true");
    await search(asked, files, out);
    button.removeAttribute("aria-busy");
    happened({ type: "looked", ok: true });
  });
  const paint = () => chips.replaceChildren(...(wrote.length > 0 ? [h("span", { class: "faint small" }, "You just wrote:"), ...wrote.map(chip)] : []));
  const chip = (text) => h("button", { type: "button", class: "chip-button", testid: "wrote", title: text, onclick: () => {
    field.value = text;
    form.requestSubmit();
  } }, h("span", { class: "clip" }, `“${text}”`));
  onHappened((event) => {
    if (event.type !== "wrote") return;
    for (const text of event.texts) if (!wrote.includes(text)) wrote.unshift(text.trim().replace(/\s+/g, " "));
    wrote.length = Math.min(wrote.length, KEPT);
    paint();
  });
  return { node: form, refresh: () => asked && search(asked, files, out) };
}
