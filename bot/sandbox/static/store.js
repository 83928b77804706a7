// What the page knows: one snapshot of what one person sees, kept fresh by the change feed.

const API = "api/";

export class Refused extends Error {}

export const store = {
  world: null,
  place: readHash(),
  notes: [], // Slackbot's words to whoever typed: {person, channel, ts, text}
  readFrom: "", // after which message the "New" line stands in the open conversation
};

const listeners = { change: [], arrival: [], trouble: [] };
export const on = (event, listener) => listeners[event].push(listener);
const emit = (event, about) => listeners[event].forEach((listener) => listener(about));

// --- where one is: #/workspace/person/conversation/thread -------------------------------------------

function readHash() {
  const [team, person, channel, thread] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  return { team: team || null, person: person || null, channel: channel || null, thread: thread || null };
}

function hashOf({ team, person, channel, thread }) {
  return `#/${[team, person, channel, thread].filter(Boolean).map(encodeURIComponent).join("/")}`;
}

export function go(place) {
  const { person, channel = null, thread = null } = place;
  if (person === store.place.person && channel === store.place.channel && thread === store.place.thread) return;
  const team = store.world?.people.find((each) => each.id === person)?.team ?? null;
  location.hash = hashOf({ team, person, channel, thread });
}

window.addEventListener("hashchange", () => {
  const next = readHash();
  const moved = next.person !== store.place.person || next.channel !== store.place.channel;
  store.place = next;
  if (moved) refresh();
  else emit("change");
});

// --- asking the server ------------------------------------------------------------------------------

export async function call(verb, body) {
  let response;
  try {
    response = await fetch(API + verb, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ person: store.world.me, ...body }),
    });
  } catch {
    throw new Refused("The local server does not answer. Is it still running?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(typeof answer.error === "string" ? answer.error : `The server answered ${response.status}.`);
  return answer;
}

// Do it, and show what went wrong as a passing notice; null when it could not even be tried.
export async function attempt(verb, body) {
  try {
    return await call(verb, body);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    emit("trouble", error.message);
    return null;
  }
}

let loading = null;
let queued = null;

// Load the snapshot anew. What moves while a load is under way is seen by one more load after it.
export function refresh() {
  if (!loading) {
    loading = load().finally(() => { loading = null; });
    return loading;
  }
  queued ??= loading.then(() => { queued = null; return refresh(); });
  return queued;
}

async function load() {
  const { person, channel } = store.place;
  const query = new URLSearchParams();
  if (person) query.set("person", person);
  if (channel) query.set("channel", channel);
  const response = await fetch(`${API}state?${query}`).catch(() => null);
  if (!response?.ok) return;
  const world = await response.json();
  if (person !== store.place.person || channel !== store.place.channel) return; // moved on: another load is queued
  world.reader = world.people.find((each) => each.id === world.me);
  const moved = store.world?.me !== world.me || store.world?.channel !== world.channel;
  if (moved) store.readFrom = unreadHere(world) ? world.seen : "";
  store.world = world;
  store.place = { ...store.place, team: world.reader.team, person: world.me, channel: world.channel };
  if (location.hash !== hashOf(store.place)) history.replaceState(null, "", hashOf(store.place));
  rememberPerson(world.reader);
  emit("change", { moved });
}

const unreadHere = (world) => world.channels.find((each) => each.id === world.channel)?.unread ?? 0;

// --- the person one was last in each workspace --------------------------------------------------------

const lastPerson = new Map();
const lastChannel = new Map();

function rememberPerson(reader) {
  lastPerson.set(reader.team, reader.id);
  lastChannel.set(reader.id, store.place.channel);
}

// Of these people, the one acted as before in that workspace, or the first.
export function likeliest(ids, team) {
  return ids.includes(lastPerson.get(team)) ? lastPerson.get(team) : ids[0];
}

export const channelOf = (person) => lastChannel.get(person) ?? null;

// --- Slackbot's private words ------------------------------------------------------------------------

// A note stands after the newest message of the conversation; its ts sorts it there.
export function note(text) {
  const { me, channel, messages } = store.world;
  const ts = `${messages.at(-1)?.ts ?? store.world.now.toFixed(6)}~${String(store.notes.length).padStart(4, "0")}`;
  store.notes.push({ person: me, channel, ts, at: store.world.now, text });
  emit("change");
}

export function dropNote(ts) {
  store.notes = store.notes.filter((each) => each.ts !== ts);
  emit("change");
}

// --- the feed ----------------------------------------------------------------------------------------

const PAUSE = 1000;

export function listen() {
  const socket = new WebSocket(new URL(`${API}feed`, location.href).href.replace(/^http/, "ws"));
  socket.addEventListener("message", (event) => heard(JSON.parse(event.data)));
  socket.addEventListener("close", () => {
    document.documentElement.dataset.live = "no";
    setTimeout(listen, PAUSE);
  });
}

function heard(notice) {
  if (notice.kind === "hello") document.documentElement.dataset.live = "yes";
  refresh();
  if (notice.user) emit("arrival", notice);
}
