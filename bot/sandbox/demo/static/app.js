// Connects the parts of the page: whenever the snapshot changes, each part is shown again.

import { makeClock } from "./clock.js";
import { makeComposer, typeFor } from "./composer.js";
import { h, icon } from "./dom.js";
import { keepAtEnd } from "./end.js";
import { makeHome } from "./home.js";
import { showViews } from "./modal.js";
import { showConversation, showThread } from "./messages.js";
import { mrkdwn } from "./mrkdwn.js";
import { makeSwitcher, showHead, showRail, showSidebar } from "./people.js";
import { call, channelHere, go, homeIsOpen, listen, on, refresh, store } from "./store.js";
import { showArrival, showError } from "./toasts.js";
import { makeSwitch } from "./switch.js";
import { makeTour } from "./tour.js";

const part = (id) => document.getElementById(id);
const messages = part("messages");
const showSwitcher = makeSwitcher(part("switcher"));
const showHome = makeHome({ tabs: part("tabs"), talk: part("talk"), home: part("home") });
const showTour = makeTour({ panel: part("tour"), button: part("tour-button"), type: typeFor });
const LONGEST_PRESS = 1000; // ms; the browser sends no event when a press on a scrollbar ends
makeClock(part("titlebar-middle"));
makeSwitch(part("switch"));

// --- updates wait while a mouse button is down: otherwise the element could be replaced before the button is
// released, and the click would be lost ------------------------------------------------------------------

let pressed = null;
let owed = null;

function release() {
  clearTimeout(pressed);
  pressed = null;
  if (owed) show(owed);
}

addEventListener("pointerdown", () => { clearTimeout(pressed); pressed = setTimeout(release, LONGEST_PRESS); }, true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(release), true); // after its click

on("change", ({ moved = false } = {}) => {
  owed = { moved: moved || Boolean(owed?.moved) };
  if (pressed === null) show(owed);
});

function show({ moved }) {
  owed = null;
  const { world } = store;
  document.title = `${world.title} – ${world.reader.name}`;
  part("title").textContent = world.title;
  showIntro();
  showSwitcher();
  showRail(part("rail"));
  showSidebar(part("sidebar"));
  showHead(part("conversation-head"));
  const wasHome = part("talk").hidden;
  showHome();
  moved ||= wasHome && !homeIsOpen();
  showMessages(moved);
  showComposer(part("composer"), { id: "composer-text", sent: newest.toEnd });
  showThreadPanel();
  showViews();
  showTour();
  if (moved) closeDrawer();
  markSeen();
}
on("arrival", showArrival);
on("error", showError);

// --- messages -----------------------------------------------------------------------------------------

function showMessages(moved) {
  const before = messages.lastElementChild?.dataset.ts ?? "";
  showConversation(messages);
  const news = (messages.lastElementChild?.dataset.ts ?? "") > before;
  if (moved || newest.isAtEnd()) newest.toEnd();
  else if (news) part("jump").hidden = false;
}

const newest = keepAtEnd(messages, { reached: () => { part("jump").hidden = true; } });
part("jump").addEventListener("click", newest.toEnd);

let marked = "";

async function markSeen() {
  const { world } = store;
  const last = world.messages.at(-1)?.ts;
  const channel = channelHere();
  const thread = world.messages.find((each) => each.ts === store.place.thread && each.news);
  const key = `${world.me}/${world.channel}/${last}/${thread?.ts}`;
  if (document.hidden || homeIsOpen() || !(channel?.unread || thread) || key === marked) return;
  marked = key;
  const seen = [call("seen", { channel: channel.id, ts: last }), ...(thread ? [call("seen", { channel: channel.id, ts: last, thread_ts: thread.ts })] : [])];
  await Promise.all(seen).then(refresh, () => { marked = ""; });
}
document.addEventListener("visibilitychange", () => { if (store.world) { showHome(); markSeen(); } });

// --- composers ----------------------------------------------------------------------------------------

// A composer is replaced only for another person, conversation or thread, so that typing is not interrupted.
function showComposer(parent, { thread = null, id, sent }) {
  const { world } = store;
  const channel = channelHere();
  const key = JSON.stringify([world.me, world.channel, thread, channel?.archived, world.hints, world.app]);
  if (parent.dataset.key === key) return;
  parent.dataset.key = key;
  parent.replaceChildren(makeComposer({ thread, id, sent }));
}

// --- the thread ---------------------------------------------------------------------------------------

const threadMessages = h("div", { class: "thread-messages", role: "log", "aria-label": "Replies", tabindex: "0" });
const threadComposer = h("div", {});
const newestReply = keepAtEnd(threadMessages);
const closeThread = () => go({ ...store.place, thread: null });
part("thread").append(
  h("header", { class: "conversation-head" }, h("h2", {}, "Thread"), h("button", { type: "button", class: "dialog-icon", "aria-label": "Close thread", onclick: closeThread }, icon("close"))),
  threadMessages, threadComposer);
part("thread").addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.defaultPrevented) closeThread(); });

function showThreadPanel() {
  const panel = part("thread");
  const wasOpen = !panel.hidden;
  panel.hidden = !showThread(threadMessages);
  part("frame").classList.toggle("with-thread", !panel.hidden);
  if (panel.hidden) {
    if (wasOpen) part("composer-text")?.focus();
    return;
  }
  showComposer(threadComposer, { thread: store.place.thread, id: "thread-text", sent: newestReply.toEnd });
  if (!wasOpen || newestReply.isAtEnd()) newestReply.toEnd();
  if (!wasOpen) part("thread-text")?.focus();
}

// --- the title bar ------------------------------------------------------------------------------------

const closedKey = (key) => `intro closed: ${key}`;

function showIntro() {
  const { title, intro } = store.world;
  part("about-button").hidden = !intro;
  if (!intro || part("intro").dataset.words === intro) return;
  part("intro").dataset.words = intro;
  part("intro").replaceChildren(
    h("div", { class: "text" }, mrkdwn(intro, store.world)),
    h("button", { type: "button", class: "dialog-icon", "aria-label": "Close", onclick: () => toggleIntro(false) }, icon("close")));
  part("intro").hidden = localStorage.getItem(closedKey(title)) === intro;
}

function toggleIntro(open) {
  const { title, intro } = store.world;
  part("intro").hidden = !open;
  if (open) localStorage.removeItem(closedKey(title));
  else localStorage.setItem(closedKey(title), intro);
}

part("about-button").append(icon("help"));
part("about-button").setAttribute("aria-label", "About this page");
part("about-button").addEventListener("click", () => toggleIntro(part("intro").hidden));

function setDrawer(open) {
  part("frame").classList.toggle("drawer-open", open);
  part("drawer-button").setAttribute("aria-expanded", String(open));
}
const closeDrawer = () => setDrawer(false);
part("drawer-button").append(icon("menu"));
part("drawer-button").setAttribute("aria-label", "Conversations");
part("drawer-button").addEventListener("click", () => setDrawer(!part("frame").classList.contains("drawer-open")));
part("drawer-shade").addEventListener("click", closeDrawer);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !part("frame").classList.contains("drawer-open")) return;
  closeDrawer();
  part("drawer-button").focus();
});

listen();
