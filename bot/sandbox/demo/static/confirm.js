// Block Kit's confirm dialog.

import { h, newId } from "./dom.js";
import { plain, textNodes } from "./mrkdwn.js";
import { store } from "./store.js";

// Asks for confirmation; true at once if the element has no confirm dialog.
export function confirmed(confirm) {
  if (!confirm) return Promise.resolve(true);
  return new Promise((settle) => {
    const title = newId("confirm");
    const yes = h("button", { type: "button", class: `button button-${confirm.style ?? "primary"}` }, plain(confirm.confirm.text));
    const no = h("button", { type: "button", class: "button" }, plain(confirm.deny.text));
    const body = newId("confirm");
    const dialog = h("dialog", { class: "dialog dialog-confirm", role: "alertdialog", "aria-labelledby": title, "aria-describedby": body },
      h("h2", { class: "dialog-title", id: title }, plain(confirm.title.text)),
      h("div", { class: "dialog-body text", id: body }, textNodes(confirm.text, store.world)),
      h("footer", { class: "dialog-foot" }, no, yes));
    let answer = false;
    yes.addEventListener("click", () => { answer = true; dialog.close(); });
    no.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { dialog.remove(); settle(answer); });
    document.getElementById("dialogs").append(dialog);
    dialog.showModal();
    no.focus();
  });
}
