// Times in the zone and language of the current person.

const HALF_A_YEAR = 182 * 86400;
const AGO = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];

const formats = new Map();
function format(reader, options) {
  const key = JSON.stringify([reader.locale, reader.tz, options]);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(reader.locale, { timeZone: reader.tz, ...options }));
  return formats.get(key);
}

const at = (seconds) => new Date(seconds * 1000);
const time = (seconds, reader) => format(reader, { hour: "numeric", minute: "2-digit" }).format(at(seconds));

function isoDay(seconds, reader) {
  const parts = format({ ...reader, locale: "en-CA" }, { year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(at(seconds));
  const part = (type) => parts.find((each) => each.type === type).value;
  return `${part("year")}-${part("month")}-${part("day")}`;
}

function daysFromNow(seconds, now, reader) {
  return Math.round((Date.parse(isoDay(seconds, reader)) - Date.parse(isoDay(now, reader))) / 86400000);
}

function dated(seconds, now, reader, month, weekday) {
  const year = Math.abs(seconds - now) > HALF_A_YEAR || month === "short" ? { year: "numeric" } : {};
  const named = weekday ? { weekday: "long" } : {};
  return format(reader, { day: "numeric", month, ...named, ...year }).format(at(seconds));
}

function pretty(seconds, now, reader, otherwise) {
  const days = daysFromNow(seconds, now, reader);
  if (Math.abs(days) > 1) return otherwise;
  return new Intl.RelativeTimeFormat(reader.locale, { numeric: "auto" }).format(days, "day");
}

function ago(seconds, now, reader) {
  const words = new Intl.RelativeTimeFormat(reader.locale, { numeric: "auto" });
  const apart = seconds - now;
  const [unit, size] = AGO.find(([, length]) => Math.abs(apart) >= length) ?? ["second", 1];
  return words.format(Math.trunc(apart / size), unit);
}

const TOKENS = {
  date_num: isoDay,
  date: (s, reader, now) => dated(s, now, reader, "long", false),
  date_short: (s, reader, now) => dated(s, now, reader, "short", false),
  date_long: (s, reader, now) => dated(s, now, reader, "long", true),
  date_pretty: (s, reader, now) => pretty(s, now, reader, dated(s, now, reader, "long", false)),
  date_short_pretty: (s, reader, now) => pretty(s, now, reader, dated(s, now, reader, "short", false)),
  date_long_pretty: (s, reader, now) => pretty(s, now, reader, dated(s, now, reader, "long", true)),
  time: (s, reader) => time(s, reader),
  time_secs: (s, reader) => format(reader, { hour: "numeric", minute: "2-digit", second: "2-digit" }).format(at(s)),
  ago: (s, reader, now) => ago(s, now, reader),
};

// Fills in Slack's date tokens; null for an unknown token (then the fallback is shown).
export function fillDate(pattern, seconds, reader, now) {
  let known = true;
  const text = pattern.replace(/\{(\w+)\}/g, (whole, name) => {
    const token = TOKENS[name];
    if (!token) { known = false; return whole; }
    const words = token(seconds, reader, now);
    return pattern.startsWith(whole) && words ? words[0].toLocaleUpperCase(reader.locale) + words.slice(1) : words;
  });
  return known ? text : null;
}

export const clockTime = time;

// For the clock bar: "Mon 9 Mar, 14:03", or in short "Mon 14:03".
export function barTime(seconds, reader, { short = false } = {}) {
  const day = format(reader, short ? { weekday: "short" } : { weekday: "short", day: "numeric", month: "short" }).format(at(seconds));
  return `${day}${short ? "" : ","} ${clockFace(seconds, reader)}`;
}

// "09:05" in locales with 24 hours, "9:05 AM" in locales with 12.
function clockFace(seconds, reader) {
  const { hourCycle } = format(reader, { hour: "numeric" }).resolvedOptions();
  return hourCycle === "h23" ? format(reader, { hour: "2-digit", minute: "2-digit" }).format(at(seconds)) : time(seconds, reader);
}

// A due time as short as possible: today only the time, this week the weekday, later the date, with another year.
export function dueTime(seconds, reader, now) {
  const days = daysFromNow(seconds, now, reader);
  if (days === 0) return clockFace(seconds, reader);
  const year = isoDay(seconds, reader).slice(0, 4) === isoDay(now, reader).slice(0, 4) ? {} : { year: "numeric" };
  const day = days < 7 ? { weekday: "short" } : { day: "numeric", month: "short", ...year };
  return `${format(reader, day).format(at(seconds))} ${clockFace(seconds, reader)}`;
}

export function fullTime(seconds, reader) {
  return format(reader, { dateStyle: "full", timeStyle: "long" }).format(at(seconds));
}

export function dayName(seconds, reader, now) {
  const words = pretty(seconds, now, reader, null);
  if (words) return words[0].toLocaleUpperCase(reader.locale) + words.slice(1);
  return format(reader, { weekday: "long", day: "numeric", month: "long" }).format(at(seconds));
}

export const dayKey = isoDay;
