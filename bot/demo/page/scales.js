// Plain arithmetic of charts: axis steps, wrapped labels, one-sentence descriptions.
import { number } from "./format.js";

/** Round axis values from at or below `low` to at or above `high`, zero included: about `wanted` of them. */
export function ticks(low, high, wanted = 5) {
  const from = Math.min(0, low);
  const to = Math.max(0, high);
  const raw = (to - from || 1) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 4, 5, 10].map((n) => n * power).find((n) => n >= raw - 1e-12);
  const whole = Number.isInteger(low) && Number.isInteger(high) && step < 1 ? 1 : step;
  const out = [];
  for (let n = Math.floor(from / whole); n * whole < to + whole * 0.999; n += 1) out.push(Number((n * whole).toPrecision(12)));
  return out.length > 1 ? out : [0, 1];
}

/** A label broken into lines of at most `room` characters, after a space or a hyphen; a longer word stays whole. */
export function wrap(label, room) {
  const lines = [];
  for (const part of label.split(/(?<=[ -])/)) {
    const last = lines.at(-1);
    if (last !== undefined && `${last}${part}`.trimEnd().length <= room) lines[lines.length - 1] = `${last}${part}`;
    else lines.push(part);
  }
  return lines.map((line) => line.trimEnd());
}

/** A number as a chart shows it: at most two decimals. */
export const short = (n) => number(Math.round(n * 100) / 100);

/** What a chart shows, in a sentence for a screen reader. */
export function describe(title, chart) {
  if (chart.type === "pie") {
    return `Pie chart, ${title}: ${chart.segments.map((one) => `${one.label} ${short(one.value)}`).join(", ")}.`;
  }
  const lines = chart.series.map((one) => `${one.name}: ${one.data.map((point) => `${point.label} ${short(point.value)}`).join(", ")}`);
  return `${chart.type[0].toUpperCase()}${chart.type.slice(1)} chart, ${title}. ${lines.join(". ")}.`;
}
