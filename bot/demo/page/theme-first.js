// Runs before the first paint, so that a chosen theme does not flash. theme.js does the rest.
(() => {
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage may be switched off; then the system's choice holds.
  }
})();
