// The message box: messages, and slash commands with hints about their arguments.

import { h, icon, newId } from "./dom.js";
import { shortcutMenu } from "./shortcuts.js";
import { attempt, call, note, Refused, store } from "./store.js";

const drafts = new Map();

// Puts a text into the message box of the open conversation, as if it had been typed.
export function typeFor(words) {
  const text = document.getElementById("composer-text");
  if (!text) return;
  text.value = words;
  text.dispatchEvent(new Event("input"));
  text.focus();
}

// Makes the message box of a conversation, or of a `thread`. `sent` is called when something is sent from it.
export function makeComposer({ thread = null, id, sent }) {
  const { world } = store;
  const { me, channel } = world;
  const key = `${me}/${channel}/${thread}`;
  const conversation = world.channels.find((each) => each.id === channel);
  if (!conversation) return h("p", { class: "composer-closed" }, `${world.reader.name} is in no channel of this workspace yet.`);
  if (conversation.archived) return h("p", { class: "composer-closed" }, "This channel is archived. New messages are not possible.");

  if (conversation.dm && world.app.readOnly) return h("p", { class: "composer-closed" }, "Sending messages to this app has been turned off.");

  const name = conversation.dm ? world.app.name : `#${conversation.name}`;
  const label = thread ? "Reply in thread" : `Message ${name}`;
  const listId = newId("hints");
  const list = h("div", { class: "hints", id: listId, role: "listbox", "aria-label": "Commands", hidden: true });
  const text = h("textarea", { id, class: "composer-text", rows: 1, placeholder: label, "aria-label": label, "aria-controls": listId, "aria-autocomplete": "list", value: drafts.get(key) ?? "" });
  const send = h("button", { type: "button", class: "composer-send", "aria-label": "Send", onclick: () => deliver() }, icon("send"));
  let hints = [];
  let active = -1;

  text.addEventListener("input", () => { drafts.set(key, text.value); grow(); hint(); });
  text.addEventListener("keydown", press);
  text.addEventListener("blur", () => show([]));
  text.addEventListener("focus", hint);
  list.addEventListener("mousedown", (event) => event.preventDefault());
  requestAnimationFrame(grow);

  function grow() {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight, 200)}px`;
    send.disabled = text.value.trim() === "";
  }

  function put(words) {
    text.value = words;
    drafts.set(key, words);
    grow();
  }

  // --- hints ------------------------------------------------------------------------------------------

  function hint() {
    const typed = text.value.toLowerCase();
    if (thread || !typed.startsWith("/") || typed.includes("\n")) { show([]); return; }
    const known = world.hints.map((each) => each.text.split(" ")[0]);
    const bare = world.app.commands.filter((command) => !known.includes(command)).map((command) => ({ text: command, about: "" }));
    const stem = (each) => fixedPart(each.text).toLowerCase();
    show([...world.hints, ...bare].filter((each) => stem(each).startsWith(typed) || (typed.startsWith(stem(each)) && each.text.includes(" "))));
  }

  function show(found) {
    hints = found;
    active = -1;
    list.hidden = !found.length;
    text.removeAttribute("aria-activedescendant");
    list.replaceChildren(...found.map((each, place) => h("div", {
      class: "hint-line", role: "option", id: `${listId}-${place}`, "aria-selected": "false", onclick: () => take(place),
    }, h("span", { class: "hint-app", "aria-hidden": "true" }, world.app.name[0].toUpperCase()), h("span", { class: "hint-text" }, each.text), h("span", { class: "hint-about" }, each.about))));
  }

  function activate(place) {
    active = place;
    list.querySelectorAll("[role=option]").forEach((node, at) => node.setAttribute("aria-selected", String(at === place)));
    text.setAttribute("aria-activedescendant", `${listId}-${place}`);
    list.children[place].scrollIntoView({ block: "nearest" });
  }

  function take(place) {
    const { text: words } = hints[place];
    const fixed = fixedPart(words);
    put(fixed + (fixed === words ? "" : " "));
    text.focus();
    if (fixed === words) show([]);
    else hint();
  }

  function press(event) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (hints.length && step) {
      event.preventDefault();
      activate(active < 0 && step < 0 ? hints.length - 1 : (active + step + hints.length) % hints.length);
    } else if (hints.length && event.key === "Escape") {
      event.preventDefault();
      show([]);
    } else if (hints.length && (event.key === "Tab" || (event.key === "Enter" && active >= 0)) && !event.shiftKey) {
      event.preventDefault();
      take(Math.max(active, 0));
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      deliver();
    }
  }

  // --- sending ----------------------------------------------------------------------------------------

  async function deliver() {
    const words = text.value;
    if (!words.trim()) return;
    put("");
    show([]);
    sent();
    const went = words.startsWith("/") ? await command(words.trim()) : await attempt("say", { channel, text: words.trim(), thread_ts: thread });
    if (!went && !text.value) put(words);
  }

  async function command(words) {
    const name = words.split(/\s/, 1)[0];
    if (thread) { note(`\`${name}\` is not supported in threads. Sorry!`); return false; }
    try {
      const answer = await call("command", { channel, text: words });
      if (!answer.ok) note(`${name} failed with the error "${answer.error}"`);
      return answer.ok;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      note(unknownCommand(name, error.message));
      return false;
    }
  }

  const node = h("div", { class: "composer" }, list, h("div", { class: "composer-box" }, text, h("div", { class: "composer-foot" }, h("span", { class: "composer-tools" }, thread ? "" : shortcutMenu("global", { look: "bolt", label: "Shortcuts", className: "composer-shortcuts" }), h("span", { class: "composer-help" }, h("kbd", {}, "Enter"), " to send", thread ? "" : [" · ", h("kbd", {}, "/"), " for commands"])), send)));
  node.made = key;
  return node;
}

// The literal start of a hint, up to its first placeholder ("act_…", "<id>", "[…]").
const fixedPart = (text) => text.split(/\s(?=\S*[<[…])/u)[0];

function unknownCommand(name, words) {
  if (!words.includes("not a valid command")) return words;
  return `\`${name}\` is not a valid command. In Slack, all messages that start with the “/” character are interpreted as commands. If you are trying to send a message and not run a command, try preceding the “/” with a space.`;
}
