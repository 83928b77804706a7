// A searchable select field (ARIA "combobox with listbox popup") for one value or several.

import { h, icon, newId } from "./dom.js";
import { plain } from "./mrkdwn.js";

const PAUSE = 200;
const ROOM = 8;

// Options are Slack's: {text: {text}, value, description?}.
//   load(query) returns a list of groups [{label, options}], or throws an Error whose message is shown.
//   picked(options) is called after every change; if it returns false, the change is undone.
export function picker({ label, describedBy, placeholder, several = false, most = Infinity, start = [], clearable = false, delay = 0, least = 0, load, picked, attributes = {} }) {
  let chosen = [...start];
  let shown = [];
  let active = -1;
  let asked = 0;
  let timer = null;

  const listId = newId("list");
  const input = h("input", {
    type: "text", class: "picker-input", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-autocomplete": "list",
    "aria-expanded": "false", "aria-controls": listId, "aria-describedby": describedBy, "aria-label": label, ...attributes,
  });
  const chips = h("span", { class: "picker-chips" });
  const clear = h("button", { type: "button", class: "picker-clear", "aria-label": `Clear ${label}`, onclick: () => change([]) }, icon("close"));
  const box = h("div", { class: "picker-box", onmousedown: pressBox }, chips, input, clear, icon("down"));
  const list = h("div", { class: "picker-list", id: listId, role: "listbox", popover: "manual", "aria-label": label, "aria-multiselectable": several ? "true" : null });
  const root = h("div", { class: "picker" }, box, list);

  input.addEventListener("input", () => ask(delay));
  input.addEventListener("keydown", key);
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => event.preventDefault());
  paint();

  function pressBox(event) {
    if (event.target.closest("button")) return;
    if (event.target !== input) event.preventDefault();
    input.focus();
    if (isOpen()) close(); else ask(0, "");
  }

  const isOpen = () => input.getAttribute("aria-expanded") === "true";
  const holds = (option) => chosen.some((each) => each.value === option.value);

  function paint() {
    chips.replaceChildren(...(several ? chosen.map(chip) : []));
    input.value = !several && chosen[0] ? plain(chosen[0].text.text) : "";
    input.placeholder = several && chosen.length ? "" : placeholder;
    clear.hidden = several || !clearable || !chosen.length;
  }

  function chip(option) {
    const text = plain(option.text.text);
    const remove = h("button", { type: "button", "aria-label": `Remove ${text}`, onclick: () => change(chosen.filter((each) => each !== option)) }, icon("close"));
    return h("span", { class: "chip" }, text, remove);
  }

  async function change(next) {
    const before = chosen;
    chosen = next;
    paint();
    if (isOpen()) list.querySelectorAll("[role=option]").forEach((node, place) => node.setAttribute("aria-selected", String(holds(shown[place]))));
    if ((await picked(chosen)) === false && chosen === next) { chosen = before; paint(); }
  }

  function choose(option) {
    if (!several) { close(); change([option]); return; }
    if (holds(option)) { change(chosen.filter((each) => each.value !== option.value)); return; }
    if (chosen.length >= most) { say(`You can choose up to ${most}.`); return; }
    change([...chosen, option]);
    input.select();
  }

  function ask(wait, query = input.value.trim()) {
    open();
    clearTimeout(timer);
    if (query.length < least) { shown = []; say(`Type at least ${least} ${least === 1 ? "letter" : "letters"}.`); return; }
    const number = ++asked;
    timer = setTimeout(async () => {
      const late = setTimeout(() => number === asked && say("Searching…"), PAUSE);
      try {
        const groups = await load(query);
        if (number === asked && isOpen()) fill(groups);
      } catch (error) {
        if (number === asked) { shown = []; say(error.message); }
      } finally {
        clearTimeout(late);
      }
    }, wait);
  }

  function fill(groups) {
    shown = groups.flatMap((group) => group.options);
    active = -1;
    if (!shown.length) { say("No matching results"); return; }
    let place = 0;
    list.replaceChildren(...groups.filter((group) => group.options.length).map((group) => {
      const options = group.options.map((option) => optionNode(option, place++));
      return group.label ? h("div", { role: "group", "aria-label": plain(group.label) }, h("div", { class: "picker-group", "aria-hidden": "true" }, plain(group.label)), options) : options;
    }).flat());
    settle();
    const first = several ? 0 : Math.max(0, shown.findIndex(holds));
    activate(first);
  }

  function optionNode(option, place) {
    return h("div", { class: "picker-option", role: "option", id: `${listId}-${place}`, "aria-selected": String(holds(option)), data: { value: option.value }, onclick: () => choose(option), onmousemove: () => activate(place) },
      h("span", { class: "picker-text" }, plain(option.text.text)),
      option.description ? h("span", { class: "picker-about" }, plain(option.description.text)) : null,
      icon("check"));
  }

  function activate(place) {
    if (place === active) return;
    active = place;
    for (const node of list.querySelectorAll("[role=option]")) node.classList.toggle("active", node.id === `${listId}-${place}`);
    const node = document.getElementById(`${listId}-${place}`);
    if (!node) { input.removeAttribute("aria-activedescendant"); return; }
    input.setAttribute("aria-activedescendant", node.id);
    node.scrollIntoView({ block: "nearest" });
  }

  function say(words) {
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.replaceChildren(h("p", { class: "picker-note", role: "status" }, words));
    settle();
  }

  function open() {
    if (isOpen()) return;
    input.setAttribute("aria-expanded", "true");
    list.replaceChildren();
    list.showPopover();
    settle();
    window.addEventListener("scroll", moved, true);
    window.addEventListener("resize", close);
  }

  function moved(event) {
    if (!list.contains(event.target)) settle();
  }

  // Below the field if there is room, otherwise above it.
  function settle() {
    const field = box.getBoundingClientRect();
    const below = window.innerHeight - field.bottom - ROOM;
    const above = field.top - ROOM;
    const up = below < Math.min(list.scrollHeight, 240) && above > below;
    list.style.width = `${field.width}px`;
    list.style.left = `${field.left}px`;
    list.style.maxHeight = `${Math.min(300, up ? above : below)}px`;
    list.style.top = up ? "auto" : `${field.bottom + 4}px`;
    list.style.bottom = up ? `${window.innerHeight - field.top + 4}px` : "auto";
  }

  function close() {
    if (!isOpen()) return;
    asked += 1;
    clearTimeout(timer);
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    window.removeEventListener("scroll", moved, true);
    window.removeEventListener("resize", close);
    if (list.isConnected) list.hidePopover();
    paint();
  }

  function key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (!isOpen()) ask(0, "");
      else if (shown.length) activate((active + step + shown.length) % shown.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!isOpen()) ask(0, "");
      else if (shown[active]) choose(shown[active]);
    } else if (event.key === "Escape" && isOpen()) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Backspace" && several && !input.value && chosen.length) {
      change(chosen.slice(0, -1));
    }
  }

  return root;
}
