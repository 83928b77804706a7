// Shows the top one of the person's open modals.

import { busy } from "./elements.js";
import { showBlocks } from "./blocks.js";
import { h, icon } from "./dom.js";
import { plain } from "./mrkdwn.js";
import { Place } from "./place.js";
import { attempt, refresh, store } from "./store.js";

let shown = null; // {dialog, parts, view, place}

export function showViews() {
  const stack = store.world.views;
  const view = stack.at(-1);
  if (!view) { leave(); return; }
  shown ??= open();
  const fresh = shown.view?.id !== view.id;
  if (fresh) {
    shown.place = new Place({ view: view.id }, view.state);
    shown.parts.blocks.replaceChildren();
    shown.parts.body.scrollTop = 0;
  }
  shown.place.state = view.state;
  shown.view = view;
  const held = shown.dialog.contains(document.activeElement);
  paint(view, stack.length);
  if (fresh || (held && isFocusGone())) focusFirst();
}

// A view that was sent may become another one, without the button that was pressed: Escape then reached nothing.
function isFocusGone() {
  return document.activeElement === document.body || !document.activeElement.checkVisibility();
}

function open() {
  const parts = {
    back: h("button", { type: "button", class: "dialog-icon", "aria-label": "Back", onclick: () => close(false) }, icon("back")),
    title: h("h2", { class: "dialog-title", id: "modal-title", tabindex: "-1" }),
    clear: h("button", { type: "button", class: "dialog-icon", "aria-label": "Close", onclick: () => close(true) }, icon("close")),
    banner: h("p", { class: "banner", role: "alert", hidden: true }),
    blocks: h("div", { class: "blocks" }),
    close: h("button", { type: "button", class: "button", onclick: () => close(false) }),
    submit: h("button", { type: "submit", class: "button button-primary" }),
  };
  parts.app = h("span", { class: "dialog-app", "aria-hidden": "true" });
  parts.body = h("div", { class: "dialog-body" }, parts.banner, parts.blocks);
  parts.foot = h("footer", { class: "dialog-foot" }, parts.close, parts.submit);
  const form = h("form", { method: "dialog", novalidate: true }, h("header", { class: "dialog-head" }, parts.back, parts.app, parts.title, parts.clear), parts.body, parts.foot);
  const dialog = h("dialog", { class: "dialog dialog-modal", "aria-labelledby": "modal-title" }, form);
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  form.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.matches("input")) enter(event); });
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || dialog.querySelector(".menu:popover-open")) return;
    event.preventDefault();
    close(false);
  });
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  document.getElementById("dialogs").append(dialog);
  dialog.showModal();
  return { dialog, parts, view: null, place: null };
}

// Enter in a one-line input submits the modal, as in Slack.
function enter(event) {
  if (event.defaultPrevented || !event.target.matches("input.field")) { event.preventDefault(); return; }
  event.preventDefault();
  if (shown.view.submit) submit();
}

function paint(view, depth) {
  const { parts, dialog } = shown;
  dialog.dataset.viewId = view.id;
  dialog.dataset.callbackId = view.callback;
  parts.title.textContent = plain(view.title);
  parts.app.textContent = store.world.app.name[0].toUpperCase();
  parts.back.hidden = depth < 2;
  parts.close.textContent = plain(view.close ?? (view.submit ? "Cancel" : "Close"));
  parts.submit.hidden = !view.submit;
  parts.submit.textContent = plain(view.submit ?? "");
  parts.banner.hidden = !view.banner;
  const words = view.banner ?? "";
  if (parts.banner.textContent !== words) parts.banner.replaceChildren(...(words ? [icon("warning"), words] : []));
  showBlocks(parts.blocks, view.blocks, shown.place, { errors: view.errors });
}

function focusFirst() {
  const { parts } = shown;
  const first = parts.blocks.querySelector("[data-focus=yes]") ?? parts.blocks.querySelector("input, textarea, select");
  (first ?? parts.title).focus({ preventScroll: true });
}

async function submit() {
  const { view, place, parts, dialog } = shown;
  if (!view.submit || dialog.getAttribute("aria-busy") === "true") return;
  dialog.setAttribute("aria-busy", "true");
  await place.flush();
  const answer = await busy(parts.submit, attempt("submit", { view: view.id }));
  await refresh();
  dialog.removeAttribute("aria-busy");
  if (answer?.ok === false && shown?.view.id === view.id) parts.blocks.querySelector("[aria-invalid=true]")?.focus();
}

async function close(cleared) {
  const { view } = shown;
  await attempt("close", { view: view.id, cleared });
  await refresh();
}

function leave() {
  if (!shown) return;
  const { dialog } = shown;
  shown = null;
  dialog.close();
  dialog.remove();
  if (document.activeElement === document.body) document.getElementById("composer-text")?.focus();
}
