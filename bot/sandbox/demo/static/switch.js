// How something beside Slack works, and the menu in which that is chosen.

import { h, icon } from "./dom.js";
import { busy } from "./elements.js";
import { attachMenu } from "./menu.js";
import { attempt, on, refresh, store } from "./store.js";

export function makeSwitch(parent) {
  const name = h("span", {});
  const words = h("span", { class: "switch-words" });
  const button = h("button", { type: "button", class: "titlebar-button switch", hidden: true }, h("span", { class: "switch-light" }), h("span", {}, name, words), icon("down"));
  const menu = h("div", { class: "menu menu-switch" });
  parent.append(button, menu);
  attachMenu(button, menu, () => store.world.switch.choices.map(item));

  function item({ id, name: way, about }) {
    const here = id === store.world.switch.chosen;
    return h("button", { type: "button", class: "menu-item", role: "menuitemradio", "aria-checked": String(here), onclick: () => choose(id) },
      h("span", { class: "menu-words" }, h("span", { class: "menu-name" }, `${store.world.switch.name} ${way}`), h("span", { class: "menu-about" }, about)),
      here ? icon("check") : null);
  }

  async function choose(to) {
    await busy(button, attempt("switch", { to }));
    await refresh();
  }

  on("change", () => {
    const shown = store.world.switch;
    button.hidden = !shown;
    if (!shown) return;
    const now = shown.choices.find((each) => each.id === shown.chosen);
    menu.setAttribute("aria-label", `How ${shown.name} works`);
    button.setAttribute("aria-label", `${shown.name} ${now.name}. Choose how it works`);
    button.title = now.about;
    button.dataset.usual = String(now === shown.choices[0]);
    name.textContent = shown.name;
    words.textContent = ` ${now.name}`;
  });
}
