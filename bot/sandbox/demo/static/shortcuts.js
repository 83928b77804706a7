// The app's shortcuts: global ones at the message box, others in the menu of each message.

import { h, icon } from "./dom.js";
import { attachMenu } from "./menu.js";
import { attempt, store } from "./store.js";

// Makes a button with a menu of the app's shortcuts of a type ("global", "message"); "" if it has none.
export function shortcutMenu(type, { look, label, className, at = {} }) {
  const offered = store.world.app.shortcuts.filter((each) => each.type === type);
  if (!offered.length) return "";
  const button = h("button", { type: "button", class: className, "aria-label": label, title: label }, icon(look));
  const menu = h("div", { class: "menu" });
  attachMenu(button, menu, () => offered.map((each) => h("button", {
    type: "button", class: "menu-item", role: "menuitem",
    onclick: () => attempt("shortcut", { callback_id: each.callback_id, ...at }),
  }, each.name, h("span", { class: "picker-about" }, store.world.app.name))));
  return h("span", {}, button, menu);
}
