// Draws Block Kit elements: buttons, menus and inputs.

import { h, icon, newId } from "./dom.js";
import { attachMenu } from "./menu.js";
import { confirmed } from "./confirm.js";
import { plain, textNodes } from "./mrkdwn.js";
import { picker } from "./picker.js";
import { groupsOf } from "./place.js";
import { store } from "./store.js";

// Draws an element. `label` is its accessible name, `describedBy` the id of its description.
export function drawElement(element, block, place, { label, describedBy } = {}) {
  const draw = DRAW[element.type];
  if (!draw) return h("span", { class: "unknown" }, `This page does not draw “${element.type}”.`);
  const node = draw(element, block, place, { label: label ?? wordsOf(element), describedBy });
  node.dataset.actionId = element.action_id ?? "";
  node.dataset.element = element.type;
  return node;
}

const wordsOf = (element) => plain(element.placeholder?.text ?? element.alt_text ?? "Choose");

const DRAW = {
  button, overflow, datepicker, checkboxes, radio_buttons: radios,
  plain_text_input: textInput, number_input: numberInput, image: imagePlaceholder,
  static_select: menu, external_select: menu, users_select: menu, channels_select: menu, conversations_select: menu,
  multi_static_select: menu, multi_external_select: menu, multi_users_select: menu,
};

// --- buttons ------------------------------------------------------------------------------------------

function button(element, block, place) {
  const node = h("button", {
    type: "button", class: `button ${element.style ? `button-${element.style}` : ""}`, "aria-label": element.accessibility_label,
    data: { value: element.value },
  }, plain(element.text.text));
  node.addEventListener("click", async () => {
    if (!(await confirmed(element.confirm))) return;
    if (element.url && /^https?:/.test(element.url)) window.open(element.url, "_blank", "noopener,noreferrer");
    await busy(node, place.press(block, element, { value: element.value ?? null }));
  });
  return node;
}

function overflow(element, block, place) {
  const node = h("button", { type: "button", class: "button button-icon", "aria-label": "More actions" }, icon("more"));
  const list = h("div", { class: "menu" });
  attachMenu(node, list, () => element.options.map((option) =>
    h("button", {
      type: "button", class: "menu-item", role: "menuitem", data: { value: option.value },
      onclick: async () => { if (await confirmed(element.confirm)) await busy(node, place.press(block, element, { selected: option.value })); },
    }, plain(option.text.text), option.description ? h("span", { class: "picker-about" }, plain(option.description.text)) : null)));
  return h("span", { class: "overflow" }, node, list);
}

// Shows that a click is being sent, and ignores further clicks meanwhile.
export async function busy(node, pressed) {
  if (node.getAttribute("aria-busy") === "true") return null;
  node.setAttribute("aria-busy", "true");
  try {
    return await pressed;
  } finally {
    node.removeAttribute("aria-busy");
  }
}

// --- menus --------------------------------------------------------------------------------------------

function menu(element, block, place, { label, describedBy }) {
  const several = element.type.startsWith("multi_");
  const external = element.type.includes("external");
  const ids = /users|channels|conversations/.test(element.type);
  const groups = () => (ids ? place.offered(element) : groupsOf(element));
  const asOptions = (held) => [held].flat().filter(Boolean)
    .map((each) => (ids ? groups().flatMap((group) => group.options).find((option) => option.value === each) : each)).filter(Boolean);
  const load = external
    ? (query) => place.suggest(block, element, query)
    : async (query) => groups().map((group) => ({ ...group, options: group.options.filter((option) => matches(option, query)) }));
  const picked = async (options) => {
    if (!(await confirmed(element.confirm))) return false;
    const values = options.map((option) => option.value);
    const shown = ids ? values : options;
    return place.choose(block, element, several ? values : values[0] ?? null, several ? shown : shown[0] ?? null);
  };
  return picker({
    label, describedBy, several, picked, load, start: asOptions(place.held(block, element)),
    placeholder: plain(element.placeholder?.text ?? (external ? "Type to search" : "Choose an option")),
    most: element.max_selected_items, clearable: block.type === "input" && block.optional,
    delay: external ? 200 : 0, least: external ? element.min_query_length ?? 3 : 0,
    attributes: { "data-focus": element.focus_on_load ? "yes" : null },
  });
}

const matches = (option, query) => plain(option.text.text).toLocaleLowerCase().includes(query.toLocaleLowerCase());

function datepicker(element, block, place, { label, describedBy }) {
  const node = h("input", {
    type: "date", class: "field field-date", "aria-label": label, "aria-describedby": describedBy,
    value: place.held(block, element) ?? "", "data-focus": element.focus_on_load ? "yes" : null,
  });
  node.addEventListener("change", async () => {
    if (!(await confirmed(element.confirm))) { node.value = place.held(block, element) ?? ""; return; }
    await place.choose(block, element, node.value || null, node.value);
  });
  return h("span", { class: "field-wrap" }, node);
}

function checkboxes(element, block, place, about) {
  return ticks("checkbox", element, block, place, about);
}

function radios(element, block, place, about) {
  return ticks("radio", element, block, place, about);
}

function ticks(type, element, block, place, { label, describedBy }) {
  const name = newId("ticks");
  const several = type === "checkbox";
  const chosen = () => [place.held(block, element)].flat().filter(Boolean).map((option) => option.value);
  const boxes = element.options.map((option) => h("input", { type, name, checked: chosen().includes(option.value), data: { value: option.value } }));
  const node = h("div", { class: "ticks", role: several ? "group" : "radiogroup", "aria-label": label, "aria-describedby": describedBy },
    element.options.map((option, place) => h("label", { class: "tick" }, boxes[place],
      h("span", {}, textNodes(option.text, store.world), option.description ? h("span", { class: "tick-about" }, textNodes(option.description, store.world)) : null))));
  const restore = () => { const held = chosen(); boxes.forEach((box) => { box.checked = held.includes(box.dataset.value); }); };
  node.addEventListener("change", async () => {
    const options = element.options.filter((_, place) => boxes[place].checked);
    const values = options.map((option) => option.value);
    const sent = (await confirmed(element.confirm)) && await place.choose(block, element, several ? values : values[0], several ? options : options[0]);
    if (!sent) restore();
  });
  return node;
}

// --- inputs -------------------------------------------------------------------------------------------

function textInput(element, block, place, { label, describedBy }) {
  const most = element.max_length ?? 3000;
  const counter = element.max_length ? h("span", { class: "counter", "aria-hidden": "true" }) : null;
  const node = h(element.multiline ? "textarea" : "input", {
    class: "field", type: element.multiline ? null : "text", rows: element.multiline ? 4 : null, maxlength: most,
    placeholder: plain(element.placeholder?.text ?? ""), "aria-label": label, "aria-describedby": describedBy,
    autocomplete: "off", value: place.held(block, element) ?? "", "data-focus": element.focus_on_load ? "yes" : null,
  });
  const count = () => { if (counter) counter.textContent = `${node.value.length} / ${most}`; };
  node.addEventListener("input", () => { count(); place.type(block, element, node.value); });
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && block.dispatch_action && !element.multiline) { event.preventDefault(); place.flush(); }
  });
  count();
  return h("span", { class: "field-wrap" }, node, counter);
}

function numberInput(element, block, place, { label, describedBy }) {
  const node = h("input", {
    type: "text", inputmode: element.is_decimal_allowed ? "decimal" : "numeric", class: "field field-number",
    placeholder: plain(element.placeholder?.text ?? ""), "aria-label": label, "aria-describedby": describedBy,
    autocomplete: "off", value: place.held(block, element) ?? "", "data-focus": element.focus_on_load ? "yes" : null,
  });
  node.addEventListener("input", () => place.type(block, element, node.value.trim()));
  return h("span", { class: "field-wrap" }, node);
}

// Images are not loaded, because this page uses no other server: the alt text is shown instead.
export function imagePlaceholder(element) {
  return h("span", { class: "picture", role: "img", "aria-label": element.alt_text }, icon("image"), h("span", {}, plain(element.alt_text)));
}
