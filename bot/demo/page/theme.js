// Light, dark or as the system says; the choice is kept on this machine.
import { h, icon } from "./dom.js";

const SUN = "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 1.8v1.7M10 16.5v1.7M1.8 10h1.7M16.5 10h1.7M4.2 4.2l1.2 1.2M14.6 14.6l1.2 1.2M15.8 4.2l-1.2 1.2M5.4 14.6l-1.2 1.2";
const MOON = "M16.5 12.2A7 7 0 0 1 7.8 3.5a7 7 0 1 0 8.7 8.7z";
const system = matchMedia("(prefers-color-scheme: dark)");

const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

/** The button that switches between light and dark. */
export function themeToggle() {
  const node = h("button", { type: "button", class: "icon-button", testid: "theme-toggle" });
  const paint = () => {
    node.replaceChildren(icon(isDark() ? SUN : MOON));
    node.setAttribute("aria-label", isDark() ? "Switch to light colours" : "Switch to dark colours");
    node.title = node.getAttribute("aria-label");
  };
  node.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("theme", document.documentElement.dataset.theme);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
    paint();
  });
  system.addEventListener("change", paint);
  addEventListener("storage", (event) => {
    if (event.key !== "theme" || !event.newValue) return;
    document.documentElement.dataset.theme = event.newValue;
    paint();
  });
  paint();
  return node;
}
