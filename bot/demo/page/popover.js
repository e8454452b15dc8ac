// A button with a panel below it: closes on Escape, on a click elsewhere and when focus leaves.
import { h } from "./dom.js";

/**
 * @param {HTMLElement} button opens and closes the panel
 * @param {HTMLElement} panel
 * @param {() => void} [opened] called just before the panel shows
 * @returns {{node: HTMLElement, close: () => void}}
 */
export function popover(button, panel, opened = () => {}) {
  const node = h("div", { class: "popover" }, button, panel);
  const set = (open) => {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  };
  set(false);
  button.addEventListener("click", () => {
    if (panel.hidden) opened();
    set(panel.hidden);
    if (!panel.hidden) (panel.querySelector("[aria-current]") ?? panel.querySelector("button, input"))?.focus();
  });
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) {
      event.stopPropagation();
      set(false);
      button.focus();
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(panel, event);
  });
  document.addEventListener("pointerdown", (event) => {
    if (!node.contains(event.target)) set(false);
  });
  node.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !node.contains(event.relatedTarget)) set(false);
  });
  return { node, close: () => set(false) };
}

function step(panel, event) {
  const items = [...panel.querySelectorAll("[data-item]")];
  if (items.length === 0 || panel.hidden) return;
  event.preventDefault();
  const at = items.indexOf(document.activeElement);
  const next = (at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length;
  items[next].focus();
}
