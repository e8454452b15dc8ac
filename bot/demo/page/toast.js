// Short notes at the foot of the page; they stay long enough to be read and can be closed.
import { h, icon } from "./dom.js";

const STAY_MS = 9000;
const KEPT = 30;

/** Shows a sentence; a second one replaces an equal first. */
export function toast(sentence, kind = "warning") {
  const root = document.getElementById("toasts");
  for (const old of root.children) if (old.dataset.sentence === sentence) old.remove();
  const close = h("button", { type: "button", class: "icon-button", "aria-label": "Close this note" }, icon("M5 5l10 10M15 5L5 15"));
  const node = h("div", { class: `toast ${kind}`, role: "alert", testid: "toast", data: { sentence } }, h("p", null, sentence), close);
  const timer = setTimeout(() => node.remove(), STAY_MS);
  close.addEventListener("click", () => {
    clearTimeout(timer);
    node.remove();
  });
  root.append(node);
  while (root.children.length > 3) root.firstElementChild.remove();
}

/** Says something to screen readers only. It is added to a log, so that nothing said before is lost. */
export function announce(sentence) {
  const log = document.getElementById("live");
  log.append(h("p", null, sentence));
  while (log.children.length > KEPT) log.firstElementChild.remove();
}
