// Keeps the reading position: new messages come into view from their top, and a reader further up is left alone.
const NEAR = 80;
const ABOVE = 4;

/** What scrolls: the box, or in a small window the whole page. */
const scrollerOf = (box) => (getComputedStyle(box).overflowY === "visible" ? document.scrollingElement : box);

function topIn(moving, node) {
  const edge = moving === document.scrollingElement ? 0 : moving.getBoundingClientRect().top;
  return node.getBoundingClientRect().top - edge + moving.scrollTop;
}

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
    const moving = scrollerOf(box);
    const bottom = moving.scrollHeight - moving.clientHeight;
    const top = target?.isConnected ? topIn(moving, target) - ABOVE : bottom;
    ours = true;
    moving.scrollTop = Math.max(0, Math.min(bottom, top));
  };
  const scrolled = () => {
    if (ours) {
      ours = false;
      return;
    }
    const moving = scrollerOf(box);
    pinned = moving.scrollHeight - moving.clientHeight - moving.scrollTop < NEAR;
    target = null;
  };
  box.addEventListener("scroll", scrolled);
  document.addEventListener("scroll", scrolled);
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
