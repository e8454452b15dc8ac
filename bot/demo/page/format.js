// Times in the viewer's zone, sizes, numbers and plain texts.
import { locale, zone } from "./state.js";

const LOCALE = "en-GB";

function formatted(date, options, tz = zone()) {
  return new Intl.DateTimeFormat(LOCALE, { timeZone: tz, ...options }).format(date);
}

/** "09:05". */
export const time = (date) => formatted(date, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** "Tue 24 Nov". */
export const shortDay = (date) => formatted(date, { weekday: "short", day: "numeric", month: "short" }).replace(",", "");

/** "Tuesday, 24 November". */
export const longDay = (date) => formatted(date, { weekday: "long", day: "numeric", month: "long" });

/** "Tue 24 Nov 2026, 09:05 (Europe/Berlin)". */
export const full = (date) => `${shortDay(date)} ${formatted(date, { year: "numeric" })}, ${time(date)} (${zone()})`;

/** "2026-11-24", for grouping and for date fields. */
export function isoDay(date, tz = zone()) {
  return new Intl.DateTimeFormat("en-CA", { timeZone: tz, year: "numeric", month: "2-digit", day: "2-digit" }).format(date);
}

/** "Today", "Yesterday" or the long day, seen from `now`. */
export function dayLabel(date, now) {
  const day = isoDay(date);
  if (day === isoDay(now)) return "Today";
  if (day === isoDay(new Date(now.getTime() - 86_400_000))) return "Yesterday";
  return longDay(date);
}

/** The instant of a wall-clock date and time in `tz`; across a gap, the first instant after it. */
export function instant(day, clock, tz = zone()) {
  const wall = new Date(`${day}T${clock}:00Z`);
  let guess = wall;
  for (let i = 0; i < 2; i += 1) {
    const seen = new Date(`${isoDay(guess, tz)}T${formatted(guess, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, tz)}:00Z`);
    guess = new Date(guess.getTime() + (wall - seen));
  }
  return guess;
}

/** "in 3 hours", "in 6 days": how far `later` is from `now`. */
export function until(now, later) {
  const minutes = Math.round((later - now) / 60_000);
  const [n, unit] = minutes < 90 ? [minutes, "minute"] : minutes < 2880 ? [Math.round(minutes / 60), "hour"] : [Math.round(minutes / 1440), "day"];
  return new Intl.RelativeTimeFormat("en", { numeric: "always" }).format(n, unit);
}

/** "12,288 bytes" below 10 kB, else "48 kB". */
export function size(bytes) {
  if (bytes < 10_000) return `${number(bytes)} ${bytes === 1 ? "byte" : "bytes"}`;
  return bytes < 1_000_000 ? `${number(Math.round(bytes / 1000))} kB` : `${number(Math.round(bytes / 100_000) / 10)} MB`;
}

/** 12288 -> "12,288". */
export const number = (n) => new Intl.NumberFormat("en").format(n);

/** "1 file", "3 files". */
export const count = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

/** The text of a plain string or a Slack text object. */
export const plain = (text) => (typeof text === "string" ? text : (text?.text ?? ""));

/** A date as the viewer's Slack writes it: the page around it is English, what Slack shows is not. */
const inOwnLanguage = (date, options) => new Intl.DateTimeFormat(locale(), { timeZone: zone(), ...options }).format(date);

const DATE_TOKENS = {
  date_num: (d) => isoDay(d),
  date: (d) => inOwnLanguage(d, { day: "numeric", month: "long", year: "numeric" }),
  date_short: (d) => inOwnLanguage(d, { day: "numeric", month: "short", year: "numeric" }),
  date_long: (d) => inOwnLanguage(d, { weekday: "long", day: "numeric", month: "long", year: "numeric" }),
  time: (d) => time(d),
  time_secs: (d) => formatted(d, { timeStyle: "medium" }),
};

/** Slack's `<!date^…^{date_short} at {time}|…>`, in the viewer's zone and language. */
export function slackDate(seconds, pattern, fallback) {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return fallback;
  return pattern.replace(/\{(\w+?)(_pretty)?\}/g, (whole, token) => DATE_TOKENS[token]?.(date) ?? whole);
}
