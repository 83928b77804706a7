// A button with a short menu: overflow menus and the person switcher.

import { newId } from "./dom.js";

// `items` returns the menu's nodes each time it opens; nodes with role menuitem… can get the focus.
export function attachMenu(button, menu, items) {
  menu.id ||= newId("menu");
  menu.popover = "auto";
  menu.setAttribute("role", "menu");
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-controls", menu.id);
  button.popoverTargetElement = menu;

  const entries = () => [...menu.querySelectorAll("[role^=menuitem]")];

  menu.addEventListener("beforetoggle", (event) => {
    if (event.newState === "open") menu.replaceChildren(...items());
  });
  menu.addEventListener("toggle", (event) => {
    const open = event.newState === "open";
    button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    settle();
    (entries().find((entry) => entry.getAttribute("aria-checked") === "true") ?? entries()[0])?.focus();
  });
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    menu.showPopover();
  });
  menu.addEventListener("click", (event) => {
    if (event.target.closest("[role^=menuitem]")) { menu.hidePopover(); button.focus(); }
  });
  menu.addEventListener("keydown", (event) => {
    const all = entries();
    const here = all.indexOf(document.activeElement);
    const next = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Tab") menu.hidePopover();
    if (next === undefined) return;
    event.preventDefault();
    all[(next + all.length) % all.length]?.focus();
  });

  function settle() {
    const from = button.getBoundingClientRect();
    const size = menu.getBoundingClientRect();
    const left = Math.max(8, Math.min(from.left, window.innerWidth - size.width - 8));
    const below = from.bottom + 4;
    const top = below + size.height > window.innerHeight - 8 ? Math.max(8, from.top - size.height - 4) : below;
    menu.style.left = `${left}px`;
    menu.style.top = `${top}px`;
  }
}
