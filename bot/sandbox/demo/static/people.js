// The lists of workspaces and conversations, and the person switcher.

import { h, hue, icon, initials } from "./dom.js";
import { attachMenu } from "./menu.js";
import { author, avatar } from "./messages.js";
import { attempt, go, homeIsOpen, likeliest, placeOf, store } from "./store.js";

export const be = (person) => go({ person, ...placeOf(person) });

const peopleOf = (team) => store.world.people.filter((each) => each.team === team && !each.bot && !each.deleted);
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

export function showRail(rail) {
  const { workspaces, reader } = store.world;
  rail.replaceChildren(...workspaces.map((workspace, place) => {
    const people = peopleOf(workspace.id);
    const news = people.some((each) => each.unread > 0);
    const here = workspace.id === reader.team;
    return h("button", {
      type: "button", class: `tile ${hue(place + 2)}`, title: workspace.name, "aria-current": here ? "true" : null, data: { team: workspace.id },
      "aria-label": `${workspace.name}${news && !here ? ", has news" : ""}`, disabled: people.length === 0,
      onclick: () => be(likeliest(people.map((each) => each.id), workspace.id)),
    }, h("span", { "aria-hidden": "true", data: { initials: initials(workspace.name) } }), news && !here ? h("span", { class: "tile-news" }) : null);
  }));
}

export function showSidebar(sidebar) {
  const { workspaces, channels, reader } = store.world;
  const focused = sidebar.contains(document.activeElement) ? document.activeElement.dataset.channel : null;
  const dm = channels.find((each) => each.dm && each.team === reader.team);
  sidebar.replaceChildren(
    h("h2", { class: "sidebar-head" }, workspaces.find((each) => each.id === reader.team)?.name ?? ""),
    h("div", { class: "sidebar-scroll" },
      group("Channels", channels.filter((each) => !each.dm).map((channel) => entry(channel))),
      group("Apps", [dm ? entry(dm) : appEntry(), ...channels.filter((each) => each.dm && each !== dm).map((channel) => entry(channel))])),
  );
  if (focused) sidebar.querySelector(`[data-channel="${CSS.escape(focused)}"]`)?.focus();
}

function group(name, entries) {
  return h("section", { class: "sidebar-group", "aria-label": name }, h("h3", {}, name),
    entries.length ? h("ul", {}, entries.map((each) => h("li", {}, each))) : h("p", { class: "sidebar-none" }, "In no channel yet"));
}

function entry(channel) {
  const { world } = store;
  const here = channel.id === world.channel;
  const name = channel.dm ? world.app.name : channel.name;
  return h("button", {
    type: "button", class: `entry${channel.unread && !(here && !homeIsOpen()) ? " unread" : ""}`, "aria-current": here ? "page" : null, data: { channel: channel.id },
    "aria-label": `${channel.dm ? name : `#${name}`}${channel.unread ? `, ${channel.unread} unread` : ""}`,
    onclick: () => go({ person: world.me, channel: channel.id, tab: here && homeIsOpen() && !channel.unread ? "home" : null }),
  }, mark(channel), h("span", { class: "entry-name" }, name), channel.shared ? h("span", { class: "entry-shared", title: "Shared with another workspace" }, icon("link")) : null,
  channel.dm && channel.unread && !(here && !homeIsOpen()) ? h("span", { class: "count", "aria-hidden": "true", data: { initials: channel.unread } }) : null);
}

function mark(channel) {
  if (channel.dm) return avatar(author(Object.keys(store.world.bots)[0], store.world), "avatar-small");
  return icon(channel.private ? "lock" : "hash");
}

// Slack lists an app before its first message; going there opens the conversation.
function appEntry() {
  const { world } = store;
  return h("button", {
    type: "button", class: "entry", data: { channel: "app" }, "aria-label": world.app.name,
    onclick: async () => {
      const opened = await attempt("open_app", {});
      if (opened) go({ person: world.me, channel: opened.channel });
    },
  }, mark({ dm: true }), h("span", { class: "entry-name" }, world.app.name));
}

export function showHead(head) {
  const channel = store.world.channels.find((each) => each.id === store.world.channel);
  if (!channel) { head.replaceChildren(h("h2", { id: "conversation-name" }, "No conversation")); return; }
  const name = channel.dm ? store.world.app.name : channel.name;
  head.replaceChildren(
    h("h2", { id: "conversation-name" }, mark(channel), name),
    channel.archived ? h("span", { class: "head-note" }, "Archived") : "",
    channel.shared ? h("span", { class: "head-note" }, icon("link"), "Shared channel") : "",
    channel.dm ? "" : h("span", { class: "head-members", title: plural(channel.members, "member") }, icon("people"), h("span", { "aria-label": plural(channel.members, "member") }, String(channel.members))),
  );
}

// --- switching person ------------------------------------------------------------------------------------

export function makeSwitcher(parent) {
  const button = h("button", { type: "button", class: "switcher", id: "switcher-button" });
  const menu = h("div", { class: "menu menu-people", "aria-label": "Act as" });
  parent.append(button, menu);
  attachMenu(button, menu, () => store.world.workspaces.map((workspace) =>
    h("div", { role: "group", "aria-label": workspace.name }, h("div", { class: "menu-group", "aria-hidden": "true" }, workspace.name), peopleOf(workspace.id).map(choice))));
  return () => {
    const { reader, people } = store.world;
    const news = people.some((each) => each.id !== reader.id && each.unread > 0);
    button.setAttribute("aria-label", `You are ${reader.name}, ${about(reader)}. Act as someone else${news ? "; others have news" : ""}`);
    button.replaceChildren(
      avatar({ ...reader, app: false }, "avatar-small"),
      h("span", { class: "switcher-words" }, h("span", { class: "switcher-name" }, reader.name), " ", h("span", { class: "switcher-label" }, about(reader))),
      news ? h("span", { class: "switcher-news" }) : "", icon("down"));
  };
}

const about = (person) => [person.label, person.guest ? "guest" : ""].filter(Boolean).join(" · ")
  || store.world.workspaces.find((each) => each.id === person.team)?.name || "";

function choice(person) {
  const me = person.id === store.world.me;
  return h("button", { type: "button", class: "menu-item", role: "menuitemradio", "aria-checked": String(me), data: { person: person.id }, onclick: () => be(person.id) },
    avatar({ ...person, app: false }, "avatar-small"),
    h("span", { class: "menu-words" }, h("span", { class: "menu-name" }, person.name), h("span", { class: "menu-about" }, about(person))),
    me ? icon("check") : person.unread ? h("span", { class: "count", "aria-label": `${person.unread} unread` }, String(person.unread)) : null);
}
