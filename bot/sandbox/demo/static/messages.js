// The open conversation and the open thread.

import { showBlocks } from "./blocks.js";
import { arrange, h, hue, icon, initials } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { Place } from "./place.js";
import { shortcutMenu } from "./shortcuts.js";
import { dropNote, go, store } from "./store.js";
import { clockTime, dayKey, dayName, fullTime } from "./time.js";

const TOGETHER = 300; // seconds within which messages of one author are grouped under one name

export function author(id, world) {
  if (id === "slackbot") return { name: "Slackbot", app: false, id };
  const person = world.people.find((each) => each.id === id);
  if (person) return { name: person.name, app: person.bot, id };
  return { name: id in world.bots ? world.app.name : "Someone", app: true, id: world.app.id };
}

export function avatar(who, size = "") {
  const place = store.world.people.findIndex((each) => each.id === who.id);
  const shape = who.app ? "avatar-app" : place < 0 ? "avatar-nobody" : hue(place);
  return h("span", { class: `avatar ${size} ${shape}`, "aria-hidden": "true", data: { initials: who.app ? who.name[0].toUpperCase() : initials(who.name) } });
}

const nodes = new Map(); // one per list, conversation and ts, so that focus and open menus survive updates

// Shows the messages of one list ("main" or "thread"), with lines between days and before new messages.
function show(parent, list, messages, { newAfter = "" } = {}) {
  const world = store.world;
  const wanted = [];
  let before = null;
  let lined = newAfter === "";
  for (const message of messages) {
    const seconds = parseFloat(message.ts);
    const day = dayKey(seconds, world.reader);
    const newDay = list === "main" && (before === null || dayKey(parseFloat(before.ts), world.reader) !== day);
    if (newDay) wanted.push(line("day", dayName(seconds, world.reader, world.now), day));
    const isNew = !lined && message.ts > newAfter && message.user !== world.me && !(list === "thread" && before === null);
    if (isNew) { wanted.push(line("new", "New", "new")); lined = true; }
    const firstReply = list === "thread" && before !== null && before === messages[0];
    if (firstReply) wanted.push(line("replies", plural(messages.length - 1, "reply", "replies"), "replies"));
    const together = before !== null && !newDay && !isNew && !firstReply && !message.blocks.length
      && before.user === message.user && before.ephemeral === message.ephemeral && seconds - parseFloat(before.ts) < TOGETHER;
    wanted.push(messageNode(list, message, together));
    before = message;
  }
  arrange(parent, wanted);
}

function line(kind, words, key) {
  const node = kept(`line/${kind}/${key}`, () => h("div", { class: `line line-${kind}`, role: "separator" }, h("span", {})));
  node.setAttribute("aria-label", words);
  node.firstChild.textContent = words;
  return node;
}

function kept(key, make) {
  if (!nodes.has(key)) nodes.set(key, make());
  return nodes.get(key);
}

function messageNode(list, message, together) {
  const world = store.world;
  const node = kept(`${list}/${world.me}/${world.channel}/${message.ts}`, () => {
    const parts = { gutter: h("div", { class: "message-gutter" }), head: h("div", { class: "message-head" }), blocks: h("div", { class: "blocks" }), foot: h("div", { class: "message-foot" }) };
    const made = h("article", { class: "message", data: { ts: message.ts } }, parts.gutter, h("div", { class: "message-body" }, parts.head, parts.blocks, parts.foot));
    made.parts = parts;
    made.place = new Place({ channel: world.channel, ts: message.ts }, message.state);
    return made;
  });
  const made = JSON.stringify([message, together, world.reader.locale, world.reader.tz, dayKey(world.now, world.reader), world.app.name]);
  if (node.made === made) return node;
  node.made = made;
  paint(node, message, together, list);
  return node;
}

function paint(node, message, together, list) {
  const world = store.world;
  const who = author(message.user, world);
  const seconds = message.at ?? parseFloat(message.ts);
  const time = clockTime(seconds, world.reader);
  const stamp = (kind, words = time) => h("time", { class: kind, title: fullTime(seconds, world.reader) }, words);
  node.setAttribute("aria-label", `${who.name}${who.app ? " (app)" : ""}, ${time}${message.ephemeral ? ", only visible to you" : ""}`);
  node.className = `message${together ? " together" : ""}${message.ephemeral ? " ephemeral" : ""}`;
  node.parts.gutter.replaceChildren(together ? stamp("gutter-time", time.replace(/\s?[ap]m$/i, "")) : avatar(who));
  node.parts.head.replaceChildren(
    ...(message.ephemeral ? [h("p", { class: "only-you" }, icon("eye"), "Only visible to you")] : []),
    ...(together ? [] : [h("span", { class: "author" }, who.name), who.app ? h("span", { class: "app-badge" }, "App") : "", stamp("stamp")]),
  );
  node.place.state = message.state;
  const blocks = message.blocks.length ? message.blocks : null;
  if (blocks) showBlocks(node.parts.blocks, blocks, node.place, { warnings: message.warnings });
  else node.parts.blocks.replaceChildren(h("div", { class: "text" }, mrkdwn(message.text, world)));
  node.parts.foot.replaceChildren(
    message.edited ? h("span", { class: "edited" }, "(edited)") : "",
    message.note ? h("button", { type: "button", class: "link-button", onclick: () => dropNote(message.ts) }, "Dismiss message") : "",
    list === "main" && message.replies ? threadButton(message) : "",
    message.ephemeral ? "" : h("div", { class: "message-tools" },
      list === "main" && !message.replies ? replyButton(message) : "",
      shortcutMenu("message", { look: "more", label: "More actions", className: "message-tool", at: { channel: world.channel, ts: message.ts } })),
  );
}

const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;
const openThread = (message) => go({ ...store.place, thread: message.ts });

function threadButton(message) {
  return h("button", { type: "button", class: "thread-button", onclick: () => openThread(message) }, icon("reply"), plural(message.replies, "reply", "replies"), message.news ? h("span", { class: "thread-new" }, `${message.news} new`) : "", h("span", { class: "thread-more" }, "View thread"));
}

function replyButton(message) {
  return h("button", { type: "button", class: "message-tool", "aria-label": "Reply in thread", title: "Reply in thread", onclick: () => openThread(message) }, icon("reply"));
}

// --- the two lists ------------------------------------------------------------------------------------

function notesHere() {
  const { me, channel } = store.world;
  return store.notes.filter((each) => each.person === me && each.channel === channel)
    .map((each) => ({ ...each, user: "slackbot", blocks: [], thread: null, replies: 0, edited: false, ephemeral: true, state: {}, warnings: [], note: true }));
}

export function showConversation(parent) {
  const { world } = store;
  const roots = world.messages.filter((each) => each.thread === null || each.thread === each.ts);
  const all = [...roots, ...notesHere()].sort((a, b) => (a.ts < b.ts ? -1 : 1));
  show(parent, "main", all, { newAfter: store.readFrom });
  if (world.earlier) parent.prepend(kept("line/earlier", () => h("p", { class: "earlier" }, "Earlier messages are not shown here.")));
  if (!all.length) parent.append(kept("empty", () => h("p", { class: "empty" }, "No messages yet.")));
}

let lastThread = { thread: null, from: "" }; // which thread is open, and the last reply that was read before

function readFrom(root, replies) {
  const { me, channel } = store.world;
  const thread = `${me}/${channel}/${root.ts}`;
  const old = replies.length - root.news;
  if (lastThread.thread !== thread) lastThread = { thread, from: root.news && old ? replies[old - 1].ts : "" };
  return lastThread.from;
}

// Shows the open thread; returns false if none is open.
export function showThread(parent) {
  const { world, place } = store;
  const root = place.thread && world.messages.find((each) => each.ts === place.thread);
  if (!root) { lastThread = { thread: null, from: "" }; return false; }
  const replies = world.messages.filter((each) => each.thread === root.ts && each.ts !== root.ts);
  show(parent, "thread", [root, ...replies], { newAfter: readFrom(root, replies) });
  return true;
}
