// Toasts: a message arrived for another person, or an action failed.

import { h, icon } from "./dom.js";
import { author, avatar } from "./messages.js";
import { words } from "./mrkdwn.js";
import { go, homeIsOpen, likeliest, store } from "./store.js";

const STAYS = 12000;
const MOST = 4;

const list = () => document.getElementById("toasts");

export function showArrival(notice) {
  const { world } = store;
  if (!world || !notice.people?.length || notice.user === world.me) return;
  const mine = notice.people.includes(world.me);
  if (mine && ((notice.channel === world.channel && !homeIsOpen()) || !notice.dm)) return;
  const others = world.people.filter((each) => notice.people.includes(each.id) && each.id !== notice.user && !each.bot && !each.deleted);
  if (!others.length) return;
  const team = others[0].team;
  const person = mine ? world.reader : others.find((each) => each.id === likeliest(others.map((one) => one.id), team));
  const workspace = world.workspaces.find((each) => each.id === person.team)?.name ?? "";
  const where = notice.dm ? `to ${person.name}` : `#${world.names[notice.channel] ?? ""}`;
  const who = author(notice.user, world);
  put(`${person.id}/${notice.channel}`, h("div", { class: "toast" },
    h("button", { type: "button", class: "toast-go", onclick: (event) => { drop(event.currentTarget.closest(".toast")); go({ person: person.id, channel: notice.channel }); } },
      avatar(who, "avatar-small"),
      h("span", { class: "toast-words" },
        h("span", { class: "toast-head" }, h("strong", {}, who.name), " ", where),
        h("span", { class: "toast-text" }, words(notice.text, world) || "New message"),
        h("span", { class: "toast-where" }, mine ? "Go there" : `${workspace} · go there as ${person.name}`))),
    closer()));
}

export function showError(text) {
  put(`error/${text}`, h("div", { class: "toast toast-error", role: "alert" }, icon("warning"), h("span", { class: "toast-words" }, text), closer()));
}

function closer() {
  return h("button", { type: "button", class: "toast-close", "aria-label": "Dismiss", onclick: (event) => drop(event.currentTarget.closest(".toast")) }, icon("close"));
}

function put(key, toast) {
  toast.dataset.key = key;
  for (const old of [...list().children]) if (old.dataset.key === key) drop(old);
  list().append(toast);
  while (list().children.length > MOST) drop(list().firstElementChild);
  const arm = () => { toast.timer = setTimeout(() => drop(toast), STAYS); };
  const hold = () => clearTimeout(toast.timer);
  for (const event of ["mouseenter", "focusin"]) toast.addEventListener(event, hold);
  for (const event of ["mouseleave", "focusout"]) toast.addEventListener(event, arm);
  arm();
}

function drop(toast) {
  clearTimeout(toast.timer);
  toast.remove();
}
