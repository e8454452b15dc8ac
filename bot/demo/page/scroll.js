// Keeps the reading position: new messages come into view from their top, and a reader further up is left alone.
const NEAR = 80;
const ABOVE = 4;

/**
 * @param {HTMLElement} box the scrolling element
 * @param {HTMLElement} list its content
 * @returns {{before: () => void, after: (changedPlace: boolean) => void}} call around every update
 */
export function keepPlace(box, list) {
  let pinned = true;
  let target = null;
  let ours = false;
  let known = new Set();

  const place = () => {
    if (!pinned) return;
    const bottom = box.scrollHeight - box.clientHeight;
    const top = target?.isConnected ? target.offsetTop - ABOVE : bottom;
    ours = true;
    box.scrollTop = Math.max(0, Math.min(bottom, top));
  };
  box.addEventListener("scroll", () => {
    if (ours) {
      ours = false;
      return;
    }
    pinned = box.scrollHeight - box.clientHeight - box.scrollTop < NEAR;
    target = null;
  });
  new ResizeObserver(place).observe(list);

  const messages = () => [...list.querySelectorAll(":scope > .message")];
  return {
    before: () => {
      known = new Set(messages().map((node) => node.dataset.key));
    },
    after: (changedPlace) => {
      if (changedPlace) {
        pinned = true;
        target = messages().at(-1) ?? null;
      } else {
        const fresh = messages().filter((node) => !known.has(node.dataset.key));
        if (fresh.length > 0 && pinned) target = fresh[0];
      }
      place();
    },
  };
}
