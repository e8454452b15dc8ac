// The table and data_table blocks.
import { h } from "./dom.js";
import { count } from "./format.js";
import { textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";

const PAGE = 5;

function content(cell) {
  if (cell?.type === "rich_text") return richText(cell);
  if (cell?.type === "mrkdwn") return textObject(cell, true);
  return cell?.text ?? String(cell?.value ?? "");
}

function cellNode(tag, cell, align, scope) {
  const right = align === "right" || cell?.type === "raw_number";
  return h(tag, { class: right ? "right" : align === "center" ? "center" : null, scope }, content(cell));
}

function body(rows, columns, rowHeader) {
  return rows.map((row) =>
    h("tr", null, row.map((cell, i) => (i === rowHeader ? cellNode("th", cell, columns[i]?.align, "row") : cellNode("td", cell, columns[i]?.align)))),
  );
}

function frame(head, rows, columns, rowHeader, caption) {
  const tbody = h("tbody", null, body(rows, columns, rowHeader));
  const aligned = head.map((cell, i) => cellNode("th", cell, columns[i]?.align ?? (rows[0]?.[i]?.type === "raw_number" ? "right" : null), "col"));
  const node = h("div", { class: "table-box", tabindex: "0", role: "region", "aria-label": caption || "Table" }, [
    h("table", null, caption && h("caption", null, caption), h("thead", null, h("tr", null, aligned)), tbody),
  ]);
  return [node, tbody];
}

/** A table block; its first row is the head. */
export function table(block) {
  const [head = [], ...rows] = block.rows ?? [];
  return h("div", { class: "block" }, frame(head, rows, block.column_settings ?? [], -1, "")[0]);
}

/** A data_table block with its caption, page by page. */
export function dataTable(block) {
  const [head = [], ...rows] = block.rows ?? [];
  const page = block.page_size ?? PAGE;
  const rowHeader = block.row_header_column_index ?? 0;
  const [node, tbody] = frame(head, rows.slice(0, page), [], rowHeader, block.caption);
  const out = h("div", { class: "block" }, node);
  if (rows.length <= page) return out;
  let at = 0;
  const where = h("span", { class: "faint small" });
  const back = h("button", { type: "button", class: "button plain tiny" }, "Earlier rows");
  const more = h("button", { type: "button", class: "button plain tiny" }, "Later rows");
  const show = (to) => {
    at = to;
    tbody.replaceChildren(...body(rows.slice(at, at + page), [], rowHeader));
    where.textContent = `Rows ${at + 1}–${Math.min(at + page, rows.length)} of ${count(rows.length, "row")}`;
    back.disabled = at === 0;
    more.disabled = at + page >= rows.length;
  };
  back.addEventListener("click", () => show(Math.max(0, at - page)));
  more.addEventListener("click", () => show(at + page));
  show(0);
  out.append(h("div", { class: "pager" }, back, more, where));
  return out;
}
