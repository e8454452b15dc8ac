// data_visualization blocks as SVG, with a legend and the same numbers as a table.
import { h, s } from "./dom.js";
import { drawAxes, frameFor } from "./axes.js";
import { plain } from "./format.js";
import { describe, short } from "./scales.js";

const RADIUS = 82;
const DIGIT = 6.6;

function title(text) {
  return s("title", null, text);
}

function bars(frame, chart, categories) {
  const { slot, x0, y } = frame;
  const inner = Math.min(slot * 0.74, 44 * chart.series.length);
  const width = inner / chart.series.length;
  const longest = Math.max(...chart.series.flatMap((one) => one.data.map((point) => short(point.value).length)));
  const roomy = width >= longest * DIGIT + 2;
  return chart.series.flatMap((series, i) =>
    categories.flatMap((label, at) => {
      const value = series.data.find((point) => point.label === label)?.value ?? 0;
      const x = x0 + slot * at + (slot - inner) / 2 + width * i;
      const top = Math.min(y(value), y(0));
      const height = Math.abs(y(value) - y(0));
      const gap = Math.min(3, width * 0.14);
      const bar = s("rect", { class: `fill-${i % 6}`, x: x + gap / 2, y: top, width: width - gap, height: Math.max(height, 0.75), rx: Math.min(3, width / 4) });
      bar.append(title(`${series.name}, ${label}: ${short(value)}`));
      const number = roomy && s("text", { class: "bar-value", x: x + width / 2, y: value < 0 ? top + height + 12 : top - 5 }, short(value));
      return [bar, number].filter(Boolean);
    }),
  );
}

function points(frame, chart, categories) {
  return chart.series.map((series) => categories.map((label, at) => {
    const value = series.data.find((point) => point.label === label)?.value ?? 0;
    return { label, value, x: frame.x0 + frame.slot * (at + 0.5), y: frame.y(value) };
  }));
}

function lines(frame, chart, categories, area) {
  return points(frame, chart, categories).flatMap((run, i) => {
    const path = run.map((p, n) => `${n ? "L" : "M"}${p.x.toFixed(1)} ${p.y.toFixed(1)}`).join("");
    const base = frame.y(0);
    const filled = area && s("path", { class: `area-${i % 6}`, d: `${path}L${run.at(-1).x} ${base}L${run[0].x} ${base}Z` });
    const dots = run.map((p) => s("circle", { class: `fill-${i % 6}`, cx: p.x, cy: p.y, r: 4 }, title(`${chart.series[i].name}, ${p.label}: ${short(p.value)}`)));
    return [filled, s("path", { class: `line-${i % 6}`, d: path }), ...dots].filter(Boolean);
  });
}

function slice(from, to, cx, cy) {
  if (to - from > 0.9999) return `M${cx - RADIUS} ${cy}a${RADIUS} ${RADIUS} 0 1 1 ${2 * RADIUS} 0a${RADIUS} ${RADIUS} 0 1 1 ${-2 * RADIUS} 0`;
  const at = (part) => [cx + RADIUS * Math.sin(part * 2 * Math.PI), cy - RADIUS * Math.cos(part * 2 * Math.PI)];
  const [x1, y1] = at(from);
  const [x2, y2] = at(to);
  return `M${cx} ${cy}L${x1} ${y1}A${RADIUS} ${RADIUS} 0 ${to - from > 0.5 ? 1 : 0} 1 ${x2} ${y2}Z`;
}

function pie(width, chart) {
  const cx = width / 2;
  const total = chart.segments.reduce((sum, one) => sum + one.value, 0) || 1;
  let from = 0;
  const parts = chart.segments.map((one, i) => {
    const to = from + one.value / total;
    const node = s("path", { class: `fill-${i % 6} slice`, d: slice(from, to, cx, 98) }, title(`${one.label}: ${short(one.value)}`));
    from = to;
    return node;
  });
  return [196, parts];
}

function draw(width, chart) {
  if (chart.type === "pie") return pie(width, chart);
  const categories = chart.axis_config?.categories ?? chart.series[0].data.map((point) => point.label);
  const frame = frameFor(width, chart, categories);
  const marks = chart.type === "bar" ? bars(frame, chart, categories) : lines(frame, chart, categories, chart.type === "area");
  return [frame.height, [...drawAxes(frame, chart, categories), ...marks]];
}

function legend(chart) {
  const total = (chart.segments ?? []).reduce((sum, one) => sum + one.value, 0) || 1;
  const entries = chart.segments
    ? chart.segments.map((one) => `${one.label} · ${short(one.value)} (${Math.round((100 * one.value) / total)} %)`)
    : chart.series.map((one) => one.name);
  if (!chart.segments && entries.length < 2) return null;
  const items = entries.map((name, i) => h("li", null, h("span", { class: `swatch back-${i % 6}` }), name));
  return h("ul", { class: "legend", "aria-hidden": "true" }, items);
}

function asTable(chart, caption) {
  const head = chart.segments ? ["", "Value"] : ["", ...chart.series.map((one) => one.name)];
  const labels = chart.segments ? chart.segments.map((one) => one.label) : chart.series[0].data.map((point) => point.label);
  const row = (label, i) =>
    chart.segments ? [chart.segments[i].value] : chart.series.map((one) => one.data.find((point) => point.label === label)?.value ?? 0);
  const rows = labels.map((label, i) =>
    h("tr", null, h("th", { scope: "row" }, label), row(label, i).map((value) => h("td", { class: "right" }, short(value)))),
  );
  const heads = head.map((name, i) => (i ? h("th", { scope: "col", class: "right" }, name) : h("td")));
  const table = h("table", null, h("caption", { class: "hidden" }, caption), h("thead", null, h("tr", null, heads)), h("tbody", null, rows));
  return h("details", { class: "as-table" }, h("summary", null, "The same as a table"), h("div", { class: "table-box" }, table));
}

/** A chart block; redrawn when its width changes, so that its letters keep their size. */
export function chart(block) {
  const name = plain(block.title);
  const stage = h("div", { class: "chart-stage" });
  let last = 0;
  const redraw = (width) => {
    if (width < 40 || Math.abs(width - last) < 1) return;
    last = width;
    const [height, kids] = draw(width, block.chart);
    const label = { role: "img", "aria-label": describe(name, block.chart) };
    stage.replaceChildren(s("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, width, height, ...label }, kids));
  };
  new ResizeObserver(([entry]) => redraw(Math.floor(entry.contentRect.width))).observe(stage);
  const caption = h("figcaption", { class: "chart-title" }, name);
  return h("figure", { class: "block chart-box" }, caption, legend(block.chart), stage, asTable(block.chart, name));
}
