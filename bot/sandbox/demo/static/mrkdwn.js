// Turns Slack's mrkdwn into nodes. Unknown syntax stays as text.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { fillDate, fullTime } from "./time.js";

const before = "(?<![\\p{L}\\p{N}])";
const after = "(?![\\p{L}\\p{N}])";
const marked = (sign) => `${before}${sign}(?!\\s)([^${sign}\\n]+?)(?<!\\s)${sign}${after}`;
const inUrl = "(?:(?!&[lg]t;)[^\\s<>|])";
const INLINE = new RegExp(
  [
    "```\\n?([\\s\\S]+?)\\n?```\\n?",
    "`([^`\\n]+)`",
    "<([^<>\\n]+)>",
    `(https?:\\/\\/${inUrl}*${inUrl}(?<![.,;:!?)]))`,
    ":([a-z0-9_+-]+):",
    marked("\\*"),
    marked("_"),
    marked("~"),
  ].join("|"),
  "giu",
);

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

// `world` is the page's state: people, bots, channel names, the current person, the time.
export function mrkdwn(text, world, { verbatim = false } = {}) {
  const nodes = [];
  let quoted = [];
  let plainLines = [];
  const flushPlain = () => {
    if (plainLines.length) nodes.push(...inline(plainLines.join("\n"), world, verbatim));
    plainLines = [];
  };
  const flushQuote = () => {
    if (quoted.length) nodes.push(h("blockquote", { class: "quote" }, inline(quoted.join("\n"), world, verbatim)));
    quoted = [];
  };
  for (const line of linesOutsideFences(text)) {
    const quote = /^(?:&gt;|>) ?([\s\S]*)$/.exec(line);
    if (quote) { flushPlain(); quoted.push(quote[1]); } else { flushQuote(); plainLines.push(line); }
  }
  flushPlain();
  flushQuote();
  return nodes;
}

export function plain(text) {
  return unescape(text).replace(/:([a-z0-9_+-]+):/g, (whole, name) => emoji(name) ?? whole);
}

export const textNodes = (object, world) =>
  object.type === "mrkdwn" ? mrkdwn(object.text, world, { verbatim: object.verbatim }) : [plain(object.text)];

// Mrkdwn as plain text, for toasts and labels.
export function words(text, world) {
  return h("span", {}, mrkdwn(text, world)).textContent.replace(/\s+/g, " ").trim();
}

function linesOutsideFences(text) {
  return text.split(/(```[\s\S]*?```)/).flatMap((part, place) => (place % 2 ? [part] : part.split("\n")))
    .filter((line, place, all) => line !== "" || !(all[place - 1]?.startsWith("```") || all[place + 1]?.startsWith("```")));
}

function inline(text, world, verbatim) {
  const nodes = [];
  let done = 0;
  for (const found of text.matchAll(INLINE)) {
    const [whole, fence, code, token, url, name, bold, italic, strike] = found;
    let node = null;
    if (fence !== undefined) node = h("pre", { class: "code-block" }, unescape(fence));
    else if (code !== undefined) node = h("code", { class: "code" }, unescape(code));
    else if (token !== undefined) node = special(token, world);
    else if (url !== undefined) node = verbatim ? null : link(url, unescape(url));
    else if (name !== undefined) node = emoji(name);
    else if (bold !== undefined) node = h("strong", {}, inline(bold, world, verbatim));
    else if (italic !== undefined) node = h("em", {}, inline(italic, world, verbatim));
    else if (strike !== undefined) node = h("s", {}, inline(strike, world, verbatim));
    if (node === null) continue;
    nodes.push(unescape(text.slice(done, found.index)), node);
    done = found.index + whole.length;
  }
  nodes.push(unescape(text.slice(done)));
  return nodes.filter((node) => node !== "");
}

function special(token, world) {
  const [target, label] = split(token, "|");
  if (/^@[UW]/.test(target)) return mention(target.slice(1), world);
  if (/^#[CG]/.test(target)) return h("span", { class: "mention" }, `#${world.names[target.slice(1)] ?? label ?? "private-channel"}`);
  if (target.startsWith("!date^")) return date(target, label, world);
  if (/^!(here|channel|everyone)$/.test(target)) return h("span", { class: "mention mention-me" }, `@${target.slice(1)}`);
  if (target.startsWith("!subteam^")) return h("span", { class: "mention" }, label ?? "@group");
  if (/^(https?:\/\/|mailto:)/.test(target)) return link(target, unescape(label ?? target.replace(/^mailto:/, "")));
  return null;
}

function split(text, sign) {
  const place = text.indexOf(sign);
  return place < 0 ? [text, undefined] : [text.slice(0, place), text.slice(place + 1)];
}

export function mention(id, world) {
  const person = world.people.find((each) => each.id === id);
  const name = person?.name ?? (id in world.bots ? world.app.name : "someone");
  return h("span", { class: id === world.me ? "mention mention-me" : "mention" }, `@${name}`);
}

export function link(url, label) {
  if (!/^(https?:\/\/|mailto:)/.test(url)) return label;
  return h("a", { href: unescape(url), target: "_blank", rel: "noopener noreferrer" }, label);
}

function date(target, fallback, world) {
  const [, stamp, pattern, url] = target.split("^");
  const node = dateNode(Number(stamp), unescape(pattern ?? ""), unescape(fallback ?? ""), world);
  return url ? link(url, node) : node;
}

export function dateNode(seconds, pattern, fallback, world) {
  const reader = world.reader;
  const text = Number.isInteger(seconds) ? fillDate(pattern, seconds, reader, world.now) : null;
  if (text === null) return h("span", {}, fallback);
  return h("time", { datetime: new Date(seconds * 1000).toISOString(), title: fullTime(seconds, reader) }, text);
}
