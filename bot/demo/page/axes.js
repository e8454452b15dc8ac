// The frame of bar, line and area charts: where values and categories stand.
import { s } from "./dom.js";
import { short, ticks, wrap } from "./scales.js";

const LETTER = 6.4;
const LEAN = 0.75;
const LINE = 14;

/** Sizes of a chart of this width and the function from a value to its height on the page. */
export function frameFor(width, chart, categories) {
  const values = chart.series.flatMap((one) => one.data.map((point) => point.value));
  const steps = ticks(Math.min(...values), Math.max(...values));
  let x0 = Math.max(...steps.map((n) => short(n).length)) * LETTER + 14 + (chart.axis_config?.y_label ? 18 : 0);
  let slot = (width - x0 - 4) / categories.length;
  const room = Math.floor(slot / LETTER);
  const wrapped = categories.map((label) => wrap(label, room));
  const tilted = wrapped.flat().some((line) => line.length > room + 1);
  if (tilted) {
    // The first label leans out to the left: it needs room there.
    x0 = Math.max(x0, categories[0].length * LETTER * LEAN - slot / 2 + 8);
    slot = (width - x0 - 4) / categories.length;
  }
  const longest = Math.max(...categories.map((label) => label.length));
  const under = tilted ? Math.min(longest * LETTER * 0.72 + 14, 120) : Math.max(...wrapped.map((lines) => lines.length)) * LINE + 10;
  const top = 18;
  const plot = width < 460 ? 150 : 184;
  const span = steps.at(-1) - steps[0];
  const y = (value) => top + plot - ((value - steps[0]) / span) * plot;
  const height = top + plot + under + (chart.axis_config?.x_label ? 20 : 4);
  return { width, height, x0, slot, steps, y, top, plot, wrapped, tilted };
}

function categoryLabel(frame, label, at) {
  const x = frame.x0 + frame.slot * (at + 0.5);
  const base = frame.top + frame.plot + 16;
  if (frame.tilted) {
    return s("text", { class: "tick end", x, y: base - 2, transform: `rotate(-42 ${x} ${base - 4})` }, label);
  }
  return s("text", { class: "tick mid" }, frame.wrapped[at].map((line, i) => s("tspan", { x, y: base + i * LINE }, line)));
}

/** Grid lines, value labels, category labels and axis names. */
export function drawAxes(frame, chart, categories) {
  const grid = frame.steps.flatMap((n) => [
    s("line", { class: n === 0 ? "zero" : "grid", x1: frame.x0, x2: frame.width, y1: frame.y(n), y2: frame.y(n) }),
    s("text", { class: "tick end", x: frame.x0 - 8, y: frame.y(n) + 4 }, short(n)),
  ]);
  const labels = categories.map((label, at) => categoryLabel(frame, label, at));
  const { x_label: below, y_label: beside } = chart.axis_config ?? {};
  const middle = frame.top + frame.plot / 2;
  return [
    ...grid,
    ...labels,
    below ? s("text", { class: "axis mid", x: frame.x0 + (frame.width - frame.x0) / 2, y: frame.height - 4 }, below) : null,
    beside ? s("text", { class: "axis mid", x: 10, y: middle, transform: `rotate(-90 10 ${middle})` }, beside) : null,
  ];
}
