// The clock bar: shows the time in the demo and pushes it forward.

import { confirmed } from "./confirm.js";
import { h, icon } from "./dom.js";
import { busy } from "./elements.js";
import { attempt, nowHere, on, refresh, store } from "./store.js";
import { barTime, dueTime, fullTime } from "./time.js";

const HOUR = 3600;
const LATE = 3; // seconds after which something due should have happened

const again = {
  title: { type: "plain_text", text: "Start the story again?" },
  text: { type: "mrkdwn", text: "All messages, requests and settings go back to the beginning. What you did is lost." },
  confirm: { type: "plain_text", text: "Start again" },
  deny: { type: "plain_text", text: "Keep going" },
  style: "danger",
};

export function makeClock(parent) {
  const shown = [h("span", { class: "clock-long" }), h("span", { class: "clock-short" })];
  const time = h("time", { class: "clock-time", role: "timer", "aria-label": "Time in this demo" }, shown);
  const said = h("span", { class: "sr-only", role: "status" });
  const due = h("span", { class: "clock-due" });
  const pushes = [
    pushButton("+1 hour", HOUR),
    pushButton("+1 day", 24 * HOUR),
    pushButton("To the next thing due", "next", h("span", { class: "sr-only" }, ", "), due),
  ];
  const [, , next] = pushes;
  const restart = h("button", { type: "button", class: "clock-button clock-again", title: "Start the story again", "aria-label": "Start the story again", onclick: startAgain }, icon("again"), h("span", { class: "clock-wide" }, "Start the story again"));
  const bar = h("div", { class: "clock", role: "group", "aria-label": "Clock", hidden: true }, icon("clock"), time, said, pushes, restart);
  let reloadedFor = null; // the due time for which the state was already loaded again
  parent.append(bar);

  function pushButton(words, by, ...more) {
    const node = h("button", { type: "button", class: `clock-button${more.length ? " clock-next" : ""}` }, h("span", { class: "clock-words" }, words), more);
    node.addEventListener("click", async () => {
      if (node.getAttribute("aria-disabled") === "true") return;
      const done = await busy(node, attempt("clock", { by }));
      await refresh();
      if (done) said.textContent = `It is now ${barTime(nowHere(), store.world.reader)}`;
    });
    return node;
  }

  async function startAgain() {
    if (!(await confirmed(again))) return;
    await busy(restart, attempt("restart", {}));
    document.documentElement.dataset.live = "no";
  }

  function tick() {
    const { world } = store;
    if (!world?.clock) return;
    const now = nowHere();
    const words = barTime(now, world.reader);
    if (shown[0].textContent !== words) {
      shown[0].textContent = words;
      shown[1].textContent = barTime(now, world.reader, { short: true });
      time.dateTime = new Date(now * 1000).toISOString();
      time.title = `${fullTime(now, world.reader)}, as ${world.reader.name} reads it`;
    }
    const { next: coming } = world.clock;
    if (coming && now > coming.at + LATE && reloadedFor !== coming.at) { reloadedFor = coming.at; refresh(); }
  }

  on("change", () => {
    const { clock, reader } = store.world;
    bar.hidden = !clock;
    if (!clock) return;
    const words = clock.next ? `${clock.next.what}, ${dueTime(clock.next.at, reader, nowHere())}` : "nothing";
    due.replaceChildren(h("span", { class: "clock-prefix" }, "next: "), words);
    next.title = clock.next ? `Next: ${clock.next.what}, ${fullTime(clock.next.at, reader)}` : "Nothing more is due";
    next.setAttribute("aria-disabled", String(!clock.next));
    tick();
  });
  setInterval(tick, 1000);
}
