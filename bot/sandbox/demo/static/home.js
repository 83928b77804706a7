// The two tabs of the app's own conversation: Home, which the app publishes, and Messages.

import { showBlocks } from "./blocks.js";
import { h, icon } from "./dom.js";
import { Place } from "./place.js";
import { attempt, channelHere, go, homeIsOpen, store } from "./store.js";

const TABS = { home: "Home", messages: "Messages" };

export function makeHome({ tabs, talk, home }) {
  const banner = h("p", { class: "banner", role: "alert", hidden: true });
  const blocks = h("div", { class: "blocks" });
  const empty = h("p", { class: "empty" });
  home.append(h("div", { class: "home-page" }, banner, blocks, empty));
  const buttons = Object.entries(TABS).map(([tab, words]) => h("button", {
    type: "button", class: "tab", role: "tab", id: `tab-${tab}`, "aria-controls": tab === "home" ? "home" : "talk", data: { tab }, onclick: () => turn(tab),
  }, words, tab === "messages" ? h("span", { class: "count", hidden: true }) : null));
  tabs.append(...buttons);
  tabs.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: 1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const other = event.key === "Home" ? 0 : event.key === "End" ? 1 : 1 - buttons.indexOf(document.activeElement);
    buttons[other].focus();
    turn(buttons[other].dataset.tab);
  });

  let place = null; // the Place of the view that is shown
  let opened = null; // the person whose home is open

  function turn(tab) {
    go({ ...store.place, tab: tab === "home" ? "home" : null, thread: null });
  }

  return () => {
    const { world } = store;
    const channel = channelHere();
    const hasTabs = Boolean(channel?.dm && world.app.home);
    const isHome = homeIsOpen();
    tabs.hidden = !hasTabs;
    tabs.setAttribute("aria-label", world.app.name);
    buttons.forEach((button) => {
      const on = (button.dataset.tab === "home") === isHome;
      button.setAttribute("aria-selected", String(on));
      button.tabIndex = on ? 0 : -1;
    });
    const count = buttons[1].querySelector(".count");
    count.hidden = !isHome || !channel.unread;
    count.textContent = channel?.unread ?? "";
    if (hasTabs) talk.setAttribute("role", "tabpanel"); else talk.removeAttribute("role");
    if (hasTabs) talk.setAttribute("aria-labelledby", "tab-messages"); else talk.removeAttribute("aria-labelledby");
    talk.hidden = isHome;
    home.hidden = !isHome;
    if (!isHome) { opened = null; return; }
    tellOpened();
    show(world.home);
  };

  // Tells the app that its home was opened, once each time it is opened.
  function tellOpened() {
    const { me } = store.world;
    if (opened === me || document.hidden) return;
    opened = me;
    home.scrollTop = 0;
    attempt("open_home", {});
  }

  function show(view) {
    const { world } = store;
    empty.hidden = Boolean(view);
    empty.textContent = `${world.app.name} has not published anything here for ${world.reader.name} yet.`;
    banner.hidden = !view?.banner;
    banner.replaceChildren(...(view?.banner ? [icon("warning"), view.banner] : []));
    if (!view) { blocks.replaceChildren(); home.removeAttribute("data-view-id"); return; }
    if (home.dataset.viewId !== view.id) { place = new Place({ view: view.id }, view.state); blocks.replaceChildren(); }
    home.dataset.viewId = view.id;
    place.state = view.state;
    showBlocks(blocks, view.blocks, place, { errors: view.errors });
  }
}
