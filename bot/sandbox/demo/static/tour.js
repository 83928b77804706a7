// The guided tour: one step at a time; it notices by itself when a step is done.

import { h, icon } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { attempt, go, homeIsOpen, store } from "./store.js";

const KEY = "tour";

// Remembered for one run of the server: after a restart the tour begins again.
function remembered() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  return kept?.run === store.run ? kept : { run: store.run, at: 0, closed: false };
}

export function makeTour({ panel, button, type }) {
  let state = null;
  let drawn = "";
  let before = null; // the state of the step when it was last shown: {at, done}
  const text = h("div", { class: "text tour-text", "aria-live": "polite" });
  const count = h("span", { class: "tour-count" });
  const bar = h("span", { class: "tour-bar", "aria-hidden": "true" }, h("span", {}));
  const close = h("button", { type: "button", class: "tour-icon", "aria-label": "Close the tour", onclick: () => set({ closed: true }, { focus: button }) }, icon("close"));
  const foot = h("div", { class: "tour-foot" });
  panel.append(h("div", { class: "tour-head" }, h("h2", { class: "tour-title" }, "Guided tour"), count, close), bar, text, foot);
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") close.click(); });
  button.setAttribute("aria-label", "Tour");
  button.append(icon("tour"), h("span", {}, "Tour"));
  button.addEventListener("click", () => {
    const done = state.at >= store.world.tour.length;
    set({ closed: !state.closed && !done, at: done ? 0 : state.at }, { focus: panel });
  });

  function set(change, { focus = null } = {}) {
    state = { ...state, ...change };
    sessionStorage.setItem(KEY, JSON.stringify(state));
    show();
    if (!focus) return;
    (focus === panel && !panel.hidden ? foot.querySelector("button") : button)?.focus();
  }

  const stepAt = (at) => store.world.tour[at] ?? null;

  function isThere({ person, channel, tab }) {
    const { world } = store;
    if (person && person !== world.me) return false;
    const here = world.channels.find((each) => each.id === world.channel);
    if (tab) return Boolean(here?.dm) && homeIsOpen() === (tab === "home");
    return !channel || channel === world.channel;
  }

  const leads = (step) => Boolean(step.person || step.channel || step.tab);
  const isDone = (step) => step.done ?? (leads(step) && isThere(step));
  const isLook = (step) => step.done === null && !goesOn(step); // a step only to look at something

  // Whether the next step is at the same place: then this one is done by going there.
  function goesOn(step) {
    const next = stepAt(store.world.tour.indexOf(step) + 1);
    return Boolean(next) && ["person", "channel", "tab"].every((name) => next[name] === step[name]);
  }

  async function leadThere({ person, channel, tab }) {
    const who = person ?? store.world.me;
    const there = tab ? (await attempt("open_app", { person: who }))?.channel : channel;
    if (there) go({ person: who, channel: there, tab: tab === "home" ? "home" : null });
  }

  function show() {
    const { tour } = store.world;
    if (!tour.length) { panel.hidden = button.hidden = true; return; }
    state ??= remembered();
    // A step that becomes done while it is shown leads to the next; one done before waits to be read.
    while (!state.closed && stepAt(state.at) && before?.at === state.at && !before.done && isDone(stepAt(state.at)) && !isLook(stepAt(state.at))) {
      state = { ...state, at: state.at + 1 };
      sessionStorage.setItem(KEY, JSON.stringify(state));
      before = null;
    }
    const step = stepAt(state.at);
    button.hidden = false;
    panel.hidden = state.closed || !step;
    button.setAttribute("aria-expanded", String(!panel.hidden));
    if (panel.hidden) { before = null; return; }
    before ??= { at: state.at, done: isDone(step) };
    if (before.at !== state.at) before = { at: state.at, done: isDone(step) };
    if (!isDone(step)) before.done = false;
    paint(step, tour.length);
  }

  function paint(step, length) {
    const done = isDone(step);
    const there = isThere(step);
    const key = JSON.stringify([state.at, step, done, there, store.world.me]);
    if (key === drawn) return;
    drawn = key;
    const last = state.at === length - 1;
    const person = store.world.people.find((each) => each.id === step.person);
    const held = foot.contains(document.activeElement) ? document.activeElement.dataset.tour : null;
    count.textContent = `${state.at + 1} of ${length}`;
    bar.firstChild.style.width = `${Math.round((100 * (state.at + 1)) / length)}%`;
    text.replaceChildren(h("div", {}, mrkdwn(step.text, store.world)), ...(step.done ? [h("span", { class: "tour-done" }, icon("check"), "Done")] : []));
    const words = person && person.id !== store.world.me ? `Become ${person.name.split(" ")[0]}` : step.tab === "home" ? "Open Home" : "Go there";
    foot.replaceChildren(
      state.at ? tourButton("back", icon("back"), () => set({ at: state.at - 1 }), { label: "Back" }) : "",
      leads(step) && !there ? tourButton("go", words, () => leadThere(step), { strong: !done }) : "",
      step.type && there && !done ? tourButton("type", "Type it for me", () => type(step.type), { strong: true }) : "",
      tourButton("next", last ? "Finish" : "Next", () => set(last ? { at: length } : { at: state.at + 1 }, last ? { focus: button } : {}), { strong: done || last }),
    );
    if (held) (foot.querySelector(`[data-tour=${held}]`) ?? foot.querySelector("[data-tour=next]"))?.focus();
  }

  function tourButton(name, words, onclick, { strong = false, label = null } = {}) {
    return h("button", { type: "button", class: `tour-button tour-${name}${strong ? " tour-strong" : ""}`, "aria-label": label, data: { tour: name }, onclick }, words);
  }

  return show;
}
