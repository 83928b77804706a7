// The state of the page: a snapshot of what one person sees, reloaded when the change feed says so.

const API = "api/";

export class Refused extends Error {}

export const store = {
  world: null,
  run: null, // which run of the server this page belongs to
  place: readHash(),
  notes: [], // Slackbot's private messages: {person, channel, ts, text}
  readFrom: "", // the ts of the message after which the "New" line is shown
};

const listeners = { change: [], arrival: [], error: [] };
export const on = (event, listener) => listeners[event].push(listener);
const emit = (event, about) => listeners[event].forEach((listener) => listener(about));

// --- the address: #/workspace/person/conversation/thread, or …/home for the app's Home tab -----------

function readHash() {
  const [team, person, channel, last] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  const tab = last === "home" ? last : null;
  return { team: team || null, person: person || null, channel: channel || null, tab, thread: tab ? null : last || null };
}

function hashOf({ team, person, channel, tab, thread }) {
  return `#/${[team, person, channel, tab ?? thread].filter(Boolean).map(encodeURIComponent).join("/")}`;
}

export const channelHere = () => store.world.channels.find((each) => each.id === store.world.channel);

// Whether the app's Home tab is open.
export const homeIsOpen = () => Boolean(store.place.tab === "home" && store.world.app.home && channelHere()?.dm);

export function go(place) {
  const { person, channel = null, tab = null, thread = null } = place;
  if (person === store.place.person && channel === store.place.channel && tab === store.place.tab && thread === store.place.thread) return;
  const team = store.world?.people.find((each) => each.id === person)?.team ?? null;
  location.hash = hashOf({ team, person, channel, tab, thread });
}

window.addEventListener("hashchange", () => {
  const next = readHash();
  const moved = next.person !== store.place.person || next.channel !== store.place.channel;
  const turned = store.place.tab !== next.tab;
  store.place = next;
  if (turned && !moved) readOn(store.world);
  if (moved) refresh();
  else emit("change");
});

// --- calling the server -----------------------------------------------------------------------------

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
  if (answer.refused !== undefined) throw new Refused(answer.refused);
  if (!response.ok) throw new Refused(`The server answered ${response.status}.`);
  return answer;
}

// Calls the server and shows an error as a toast; null if the call was refused.
export async function attempt(verb, body) {
  try {
    return await call(verb, body);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    emit("error", error.message);
    return null;
  }
}

let loading = null;
let queued = null;

// Reloads the snapshot. Changes during a load lead to one more load after it.
export function refresh() {
  if (!loading) {
    loading = load().finally(() => { loading = null; });
    return loading;
  }
  const over = () => { queued = null; return refresh(); };
  queued ??= loading.then(over, over); // also if that one failed: what changed meanwhile is shown by none else
  return queued;
}

async function load() {
  const { person, channel } = store.place;
  const hash = location.hash;
  const query = new URLSearchParams();
  if (person) query.set("person", person);
  if (channel) query.set("channel", channel);
  const response = await fetch(`${API}state?${query}`).catch(() => null);
  if (!response?.ok) return;
  const world = await response.json();
  if (person !== store.place.person || channel !== store.place.channel) return; // the address has changed: another load is queued
  if (location.hash !== hash) { refresh(); return; } // moving on: who loads next must not set the address back
  world.reader = world.people.find((each) => each.id === world.me);
  const moved = store.world?.me !== world.me || store.world?.channel !== world.channel;
  if (moved) readOn(world);
  world.loadedAt = performance.now();
  store.world = world;
  store.place = { ...store.place, team: world.reader.team, person: world.me, channel: world.channel };
  if (location.hash !== hashOf(store.place)) history.replaceState(null, "", hashOf(store.place));
  rememberPerson(world.reader);
  emit("change", { moved });
}

function readOn(world) {
  store.readFrom = unreadHere(world) ? world.seen : "";
}

// The demo's time, which runs on between two loads.
export const nowHere = () => store.world.now + (performance.now() - store.world.loadedAt) / 1000;

const unreadHere = (world) => world.channels.find((each) => each.id === world.channel)?.unread ?? 0;

// --- the last person in each workspace ----------------------------------------------------------------

const lastPerson = new Map();
const lastPlace = new Map();

function rememberPerson(reader) {
  lastPerson.set(reader.team, reader.id);
  lastPlace.set(reader.id, { channel: store.place.channel, tab: store.place.tab });
}

// The one of these people last acted as in their workspace, or the first.
export function likeliest(ids, team) {
  return ids.includes(lastPerson.get(team)) ? lastPerson.get(team) : ids[0];
}

export const placeOf = (person) => lastPlace.get(person) ?? {};

// --- Slackbot's private messages-----------------------------------------------------------------------

// A note comes after the newest message of the conversation; its ts sorts it there.
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
  if (notice.kind === "hello") {
    if (store.run && store.run !== notice.run) {
      history.replaceState(null, "", location.pathname); // the demo was started again: go to its first page
      location.reload();
      return;
    }
    store.run = notice.run;
    refresh().then(() => { document.documentElement.dataset.live = "yes"; });
    return;
  }
  refresh();
  if (notice.user) emit("arrival", notice);
}
