// The gallery: an index, filters, and each exhibit drawn as Slack would, when it comes near.

import { showBlocks } from "./blocks.js";
import { h, icon } from "./dom.js";
import { mrkdwn, plain } from "./mrkdwn.js";
import { Place } from "./place.js";
import { store } from "./store.js";

const { world, exhibits } = JSON.parse(document.getElementById("gallery-data").textContent);
store.world = world;

const byId = (id) => document.getElementById(id);
const unique = (values) => [...new Set(values)].filter(Boolean);

// --- filters: they stand in the address, so that a selection can be linked ---------------------------

const FILTERS = ["part", "title", "state", "audience", "size", "words"];
let wanted = readHash();

function readHash() {
  const given = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries(FILTERS.map((name) => [name, given.get(name) ?? ""]));
}

const hashOf = (filters) => `#${new URLSearchParams(Object.entries(filters).filter(([, value]) => value))}`;

function want(change) {
  wanted = { ...wanted, ...change };
  history.replaceState(null, "", hashOf(wanted));
  show();
}

window.addEventListener("hashchange", () => {
  if (hashOf(readHash()) === hashOf(wanted)) return;
  wanted = readHash();
  show();
  scrollTo(0, 0);
});

function fits(exhibit, filters) {
  const words = filters.words.toLowerCase();
  return FILTERS.slice(0, -1).every((name) => !filters[name] || exhibit[name] === filters[name])
    && (!words || exhibit.searched.includes(words));
}

for (const exhibit of exhibits) exhibit.searched = JSON.stringify(exhibit).toLowerCase();

// What a menu offers: all that is left by the other filters, so that no choice leads to nothing.
function offered(name) {
  return unique(exhibits.filter((each) => fits(each, { ...wanted, [name]: "" })).map((each) => each[name]));
}

function menu(name, label, all) {
  const options = unique([...offered(name), wanted[name]]);
  const select = h("select", { class: "field", onchange: (event) => want({ [name]: event.target.value }) },
    h("option", { value: "" }, all), options.map((value) => h("option", { value }, value)));
  select.value = wanted[name];
  return h("label", { class: "filter" }, h("span", {}, label), select);
}

function drawFilters() {
  const form = byId("filters");
  const held = document.activeElement?.closest("#filters") ? [...form.elements].indexOf(document.activeElement) : -1;
  const search = h("input", { class: "field", type: "search", value: wanted.words, placeholder: "In any text or payload" });
  search.addEventListener("input", () => want({ words: search.value }));
  const clear = h("button", { type: "button", class: "button", onclick: () => want(Object.fromEntries(FILTERS.map((name) => [name, ""]))) }, "Show all");
  clear.disabled = !FILTERS.some((name) => wanted[name]);
  form.replaceChildren(
    h("label", { class: "filter filter-words" }, h("span", {}, "Search"), search),
    menu("part", "Kind", "Every kind"), menu("state", "State", "Every state"), menu("audience", "Reader", "Everybody"), menu("size", "Size", "Every size"), clear);
  if (held >= 0) form.elements[held]?.focus();
  if (held === 0) search.setSelectionRange(wanted.words.length, wanted.words.length);
}

byId("filters").addEventListener("submit", (event) => event.preventDefault());

// --- the index ----------------------------------------------------------------------------------------

function drawIndex() {
  byId("index").replaceChildren(...unique(exhibits.map((each) => each.part)).map((part) => {
    const inside = exhibits.filter((each) => each.part === part);
    const titles = unique(inside.map((each) => each.title));
    return h("section", { class: "sidebar-group" }, entry({ part }, part, inside.length),
      titles.length < 2 ? null : h("ul", {}, titles.map((title) => h("li", {}, entry({ part, title }, title, inside.filter((each) => each.title === title).length)))));
  }));
}

function entry(filters, words, count) {
  const to = { ...Object.fromEntries(FILTERS.map((name) => [name, ""])), ...filters };
  const here = wanted.part === to.part && wanted.title === to.title;
  return h("a", { class: `entry ${filters.title ? "entry-title" : "entry-part"}`, href: hashOf(to), "aria-current": here ? "true" : null, onclick: closeDrawer },
    h("span", { class: "entry-name" }, words), h("span", { class: "entry-count" }, String(count)));
}

const closeDrawer = () => drawer(false);
function drawer(open) {
  document.body.classList.toggle("drawer-open", open);
  byId("drawer-button").setAttribute("aria-expanded", String(open));
}

byId("drawer-button").append(icon("menu"));
byId("drawer-button").addEventListener("click", () => drawer(!document.body.classList.contains("drawer-open")));
document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeDrawer(); });

// --- light or dark, wide or narrow ---------------------------------------------------------------------

const WHEN_DARK = "(prefers-color-scheme: dark)";
const rulesWhenDark = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).filter((rule) => rule.media?.mediaText === WHEN_DARK);

const LOOKS = {
  "": () => WHEN_DARK,
  light: () => "not all",
  dark: () => "all",
};

function setScheme(scheme) {
  document.documentElement.style.colorScheme = scheme || "light dark";
  for (const rule of rulesWhenDark) rule.media.mediaText = LOOKS[scheme]();
}

function choice(label, options, chosen) {
  const buttons = Object.entries(options).map(([value, words]) => h("button", { type: "button", "aria-pressed": String(value === ""), onclick: (event) => {
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button === event.target)));
    chosen(value);
  } }, words));
  return h("div", { class: "choice", role: "group", "aria-label": label }, buttons);
}

byId("appearance").append(
  choice("Width", { "": "Desktop", phone: "Phone" }, (width) => { byId("shown").dataset.width = width; }),
  choice("Colours", { "": "System", light: "Light", dark: "Dark" }, setScheme));

// --- what is shown --------------------------------------------------------------------------------------

const nodes = new Map();
const near = new IntersectionObserver((seen) => {
  for (const { isIntersecting, target } of seen) if (isIntersecting) draw(target);
}, { rootMargin: "1200px" });
const drawAll = () => byId("shown").querySelectorAll(".exhibit").forEach(draw);
window.addEventListener("beforeprint", drawAll);

function draw(node) {
  near.unobserve(node);
  node.drawn?.();
  node.drawn = null;
}

function show() {
  drawFilters();
  drawIndex();
  const found = exhibits.filter((each) => fits(each, wanted));
  byId("found").textContent = found.length === exhibits.length ? `All ${found.length}` : `${found.length} of ${exhibits.length}`;
  const shown = [];
  let last = null;
  for (const exhibit of found) {
    if (exhibit.part !== last) shown.push(h("h2", { class: "part" }, exhibit.part));
    last = exhibit.part;
    if (!nodes.has(exhibit)) nodes.set(exhibit, frame(exhibit));
    shown.push(nodes.get(exhibit));
  }
  byId("shown").replaceChildren(...shown);
  for (const node of byId("shown").querySelectorAll(".exhibit")) if (node.drawn) near.observe(node);
}

// An exhibit: its caption, and a place that is drawn once it comes near.
function frame(exhibit) {
  const picture = h("div", { class: `picture-of picture-of-${exhibit.shape}` });
  const facts = [exhibit.audience && `for ${exhibit.audience}`, exhibit.size !== "usual" && exhibit.size].filter(Boolean);
  const caption = h("header", { class: "caption" },
    h("h3", {}, exhibit.title, exhibit.state ? h("span", { class: "caption-state" }, `: ${exhibit.state}`) : null),
    facts.length ? h("p", { class: "tags" }, facts.map((fact) => h("span", { class: "tag" }, fact))) : null,
    h("p", { class: "figures" }, exhibit.figures.join(" · ")),
    exhibit.text ? h("details", {}, h("summary", {}, "Read aloud"), h("p", { class: "aloud text" }, mrkdwn(exhibit.text, world, { verbatim: true }))) : null,
    h("details", { ontoggle: (event) => { event.target.lastChild.textContent ||= JSON.stringify(exhibit.payload, null, 2); } }, h("summary", {}, "Payload"), h("pre", { class: "code-block payload", tabindex: "0" })));
  const node = h("article", { class: "exhibit", id: exhibit.id, "aria-label": exhibit.name }, caption, picture);
  node.drawn = () => picture.append(SHAPES[exhibit.shape](exhibit));
  return node;
}

function blocksOf(exhibit) {
  const node = h("div", { class: "blocks" });
  showBlocks(node, exhibit.blocks, new Place({ view: exhibit.id }, {}), { errors: exhibit.errors });
  return node;
}

const initial = () => world.app.name[0];

const SHAPES = {
  message: (exhibit) => h("div", { class: `message${exhibit.private ? " ephemeral" : ""}` },
    h("div", { class: "message-gutter" }, h("span", { class: "avatar avatar-app", "aria-hidden": "true", data: { initials: initial() } })),
    h("div", { class: "message-body" },
      h("div", { class: "message-head" }, exhibit.private ? h("p", { class: "only-you" }, icon("eye"), "Only visible to you") : null, h("span", { class: "author" }, world.app.name), h("span", { class: "app-badge" }, "App")),
      blocksOf(exhibit))),
  modal: (exhibit) => h("div", { class: "dialog dialog-modal", open: true },
    h("form", { onsubmit: (event) => event.preventDefault() },
      h("header", { class: "dialog-head" }, h("span", { class: "dialog-app", "aria-hidden": "true" }, initial()), h("h4", { class: "dialog-title" }, plain(exhibit.payload.title.text))),
      h("div", { class: "dialog-body", tabindex: "0", role: "group", "aria-label": plain(exhibit.payload.title.text) }, blocksOf(exhibit)),
      h("footer", { class: "dialog-foot" },
        exhibit.payload.close ? h("button", { type: "button", class: "button" }, plain(exhibit.payload.close.text)) : null,
        exhibit.payload.submit ? h("button", { type: "submit", class: "button button-primary" }, plain(exhibit.payload.submit.text)) : null))),
  home: (exhibit) => h("div", { class: "home-page" }, blocksOf(exhibit)),
  menu: (exhibit) => (exhibit.payload.options.length
    ? h("ul", { class: "offer" }, exhibit.payload.options.map((option) => h("li", { class: "picker-option" },
      h("span", { class: "picker-text" }, plain(option.text.text)), option.description ? h("span", { class: "picker-about" }, plain(option.description.text)) : null)))
    : h("p", { class: "picker-note" }, "No options at all.")),
};

show();
