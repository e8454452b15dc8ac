// Building and updating the document without innerHTML, so that no message can become markup.

const SVG = "http://www.w3.org/2000/svg";
const signs = new WeakMap();

function append(node, kids) {
  for (const kid of kids.flat(Infinity)) {
    if (kid === null || kid === undefined || kid === false || kid === "") continue;
    node.append(kid);
  }
  return node;
}

function assign(node, props) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "css") for (const [key, v] of Object.entries(value)) node.style.setProperty(key, v);
    else if (name === "testid") node.setAttribute("data-testid", value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  return node;
}

/**
 * A new HTML element.
 * @param {string} tag
 * @param {object|null} props attributes; `on…` are listeners, `data` the dataset, `css` custom properties
 * @param {...any} kids nodes, strings, nested arrays; null, undefined, false and "" are left out
 * @returns {HTMLElement}
 */
export function h(tag, props, ...kids) {
  return append(assign(document.createElement(tag), props), kids);
}

/** A new SVG element; the same arguments as {@link h}. */
export function s(tag, props, ...kids) {
  return append(assign(document.createElementNS(SVG, tag), props), kids);
}

/** A 20-unit line icon from one path, hidden from screen readers. */
export function icon(path, extra = "") {
  return s("svg", { class: `icon ${extra}`.trim(), viewBox: "0 0 20 20", "aria-hidden": "true" }, s("path", { d: path }));
}

/** The children of `node`, replaced by `kids`. */
export function fill(node, ...kids) {
  node.replaceChildren();
  return append(node, kids);
}

/**
 * Runs `change` and then puts focus and caret back on the element with the same data-focus inside `root`.
 * @param {HTMLElement} root
 * @param {() => void} change
 */
export function keepFocus(root, change) {
  const active = document.activeElement;
  const key = active && root.contains(active) ? active.dataset.focus : undefined;
  const caret = key && "selectionStart" in active ? [active.selectionStart, active.selectionEnd] : null;
  change();
  if (!key || root.contains(document.activeElement)) return;
  const again = root.querySelector(`[data-focus="${CSS.escape(key)}"]`);
  if (!again) return;
  again.focus({ preventScroll: true });
  if (!caret || caret[0] === null) return;
  try {
    again.setSelectionRange(...caret);
  } catch {
    // Number and date fields have no caret to restore.
  }
}

/**
 * Makes the children of `parent` match `items`: kept by key, rebuilt only when their sign changes.
 * @param {HTMLElement} parent
 * @param {Array<{key: string, sign: string, make: () => HTMLElement}>} items
 */
export function keyed(parent, items) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let cursor = parent.firstElementChild;
  for (const { key, sign, make } of items) {
    let node = old.get(key);
    old.delete(key);
    if (!node || signs.get(node) !== sign) {
      const fresh = make();
      fresh.dataset.key = key;
      signs.set(fresh, sign);
      if (node) {
        if (cursor === node) cursor = fresh;
        const stale = node;
        keepFocus(parent, () => stale.replaceWith(fresh));
      }
      node = fresh;
    }
    if (node === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(node, cursor);
  }
  for (const node of old.values()) node.remove();
}

/** Rebuilds `root` through `make` only if `sign` differs from the last time; focus and caret stay. */
export function renderOnce(root, sign, make) {
  if (signs.get(root) === sign) return;
  signs.set(root, sign);
  keepFocus(root, () => fill(root, make()));
}
