// Draws Block Kit blocks; a block is redrawn only if it has changed.

import { arrange, h, icon, newId } from "./dom.js";
import { drawElement, imagePlaceholder } from "./elements.js";
import { plain, textNodes } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { store } from "./store.js";

// Show `blocks` in `parent`. `errors` are by block id; `warnings` are the [block id, action id] with a warning triangle.
export function showBlocks(parent, blocks, place, { errors = {}, warnings = [] } = {}) {
  const focus = focusIn(parent);
  const old = new Map([...parent.children].map((node) => [node.dataset.blockId, node]));
  arrange(parent, blocks.map((block) => {
    const made = JSON.stringify(block);
    const read = made.includes("<!date^") || made.includes('"type":"date"') ? readBy() : "";
    const kept = old.get(block.block_id);
    const node = kept?.blockMade === made + read ? kept : draw(block, place);
    node.blockMade = made + read;
    mark(node, errors[block.block_id] ?? null, warnings.filter(([id]) => id === block.block_id).map(([, action]) => action));
    return node;
  }));
  focus();
}

// What dates depend on: the reader, and the current minute (they may say "an hour ago").
function readBy() {
  const { reader, now } = store.world;
  return `${reader.tz} ${reader.locale} ${Math.floor(now / 60)}`;
}

function draw(block, place) {
  const body = DRAW[block.type]?.(block, place) ?? h("p", { class: "unknown" }, `This page does not draw “${block.type}” blocks.`);
  body.classList.add("block", `block-${block.type}`);
  body.dataset.blockId = block.block_id ?? "";
  return body;
}

const DRAW = {
  section, context, input,
  actions: (block, place) => h("div", {}, block.elements.map((element) => drawElement(element, block, place))),
  header: (block) => h("h3", {}, plain(block.text.text)),
  divider: () => h("hr"),
  rich_text: (block) => h("div", {}, richText(block, store.world)),
  image: (block) => h("figure", {}, block.title ? h("figcaption", {}, plain(block.title.text)) : null, imagePlaceholder(block)),
};

function section(block, place) {
  const text = block.text ? h("div", { class: "text", id: newId("section") }, textNodes(block.text, store.world)) : null;
  const fields = block.fields ? h("div", { class: "fields" }, block.fields.map((field) => h("div", { class: "text" }, textNodes(field, store.world)))) : null;
  const accessory = block.accessory
    ? h("div", { class: "accessory" }, drawElement(block.accessory, block, place, { describedBy: text?.id }))
    : null;
  return h("div", {}, h("div", { class: "section-text" }, text, fields), accessory);
}

function context(block) {
  return h("div", {}, block.elements.map((element) =>
    element.type === "image" ? imagePlaceholder(element) : h("span", { class: "text" }, textNodes(element, store.world))));
}

function input(block, place) {
  const ids = { label: newId("label"), hint: newId("hint"), error: newId("error") };
  const label = plain(block.label.text);
  const element = drawElement(block.element, block, place, { label, describedBy: `${ids.hint} ${ids.error}` });
  const field = element.querySelector("input:not([type=checkbox]):not([type=radio]), textarea");
  if (field) field.id = newId("field");
  return h("div", {},
    h(field ? "label" : "div", { class: "label", id: ids.label, for: field?.id }, label, block.optional ? h("span", { class: "optional" }, " (optional)") : null),
    element,
    h("p", { class: "field-error", id: ids.error, role: "alert", hidden: true }),
    h("p", { class: "hint", id: ids.hint, hidden: !block.hint }, block.hint ? plain(block.hint.text) : ""));
}

// --- errors and warnings, shown without redrawing -----------------------------------------------------

function mark(node, error, warned) {
  const words = node.querySelector(":scope > .field-error");
  if (words && (words.lastChild?.textContent ?? "") !== (error ?? "")) {
    words.hidden = error === null;
    words.replaceChildren(...(error === null ? [] : [icon("warning"), error]));
    node.querySelectorAll("input, textarea").forEach((field) => (error === null ? field.removeAttribute("aria-invalid") : field.setAttribute("aria-invalid", "true")));
  }
  for (const element of node.querySelectorAll("[data-action-id]")) {
    const wanted = warned.includes(element.dataset.actionId);
    const shown = element.nextElementSibling?.classList.contains("warning-sign") ? element.nextElementSibling : null;
    if (wanted && !shown) element.after(h("span", { class: "warning-sign", role: "img", "aria-label": "That did not work. Try again.", title: "That did not work. Try again." }, icon("warning")));
    if (!wanted && shown) shown.remove();
  }
}

// Remembers which field has the focus, where its cursor is and whether its list is open; returns a function that
// restores them after a redraw.
function focusIn(parent) {
  const held = document.activeElement;
  const element = parent.contains(held) ? held.closest("[data-action-id]") : null;
  if (!element) return () => {};
  const { actionId } = element.dataset;
  const { blockId } = element.closest("[data-block-id]").dataset;
  const value = held.dataset.value;
  const from = held.selectionStart ?? null;
  const searched = held.getAttribute("aria-expanded") === "true" ? held.value : null;
  return () => {
    if (held.isConnected) return;
    const block = parent.querySelector(`[data-block-id="${CSS.escape(blockId)}"]`);
    const again = block?.querySelector(`[data-action-id="${CSS.escape(actionId)}"]`);
    const fields = again?.matches("button") ? [again] : [...(again?.querySelectorAll("input, textarea, button") ?? [])];
    const field = fields.find((each) => each.tagName === held.tagName && each.dataset.value === value) ?? fields[0];
    field?.focus();
    if (searched !== null && field?.getAttribute("role") === "combobox") {
      field.value = searched;
      field.dispatchEvent(new Event("input")); // opens its list
    }
    if (from !== null && field?.setSelectionRange && field.type === "text") field.setSelectionRange(from, from);
  };
}
