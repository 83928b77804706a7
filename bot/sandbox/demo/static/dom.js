// Small helpers to build elements. Text is always inserted as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  hash: "M6.5 2.5 5 13.5M11 2.5 9.5 13.5M2.5 6h11M2 10h11",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  menu: "M2.5 4h11M2.5 8h11M2.5 12h11",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  back: "M9.5 3 4.5 8l5 5",
  down: "M4 6l4 4 4-4",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  eye: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z",
  warning: "M8 2 1.5 13.5h13zM8 6.5v3.2M8 11.6h.01",
  check: "M3 8.5l3.2 3.2L13 5",
  send: "M2.5 2.5 14 8 2.5 13.5l2-5.5zM4.5 8H9",
  reply: "M2.5 3.5h11v7.5H8L4.5 13.5V11h-2z",
  image: "M2 3h12v10H2zM2 11l3.5-3.5 3 3L11 8l3 3M10.5 6h.01",
  people: "M6 7.5a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6zM1.8 13c.3-2.4 2-3.8 4.2-3.8s3.9 1.4 4.2 3.8M10.5 3.2a2.2 2.2 0 0 1 0 4.1M12 9.6c1.3.5 2 1.6 2.2 3.4",
  link: "M6.5 9.5l3-3M7.5 4.5l1-1a2.8 2.8 0 0 1 4 4l-1 1M8.5 11.5l-1 1a2.8 2.8 0 0 1-4-4l1-1",
  clock: "M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM8 4.5V8l2.3 1.6",
  again: "M13 8a5 5 0 1 1-1.6-3.7M13 2.2v2.6h-2.6",
  tour: "M3.5 14V2.5M3.5 3h8.5l-2 2.7 2 2.8H3.5",
  bolt: "M9 1.8 3.5 9H8l-1 5.2L12.5 7H8z",
  help: "M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM6.3 6.3A1.8 1.8 0 0 1 8 5c1 0 1.8.7 1.8 1.6 0 1.2-1.8 1.4-1.8 2.6M8 11.3h.01",
};

export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "data") for (const [key, held] of Object.entries(value)) { if (held !== null && held !== undefined) node.dataset[key] = held; }
  else if (name === "value") node.value = value;
  else node.setAttribute(name, value === true ? "" : value);
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

let made = 0;
export const newId = (prefix) => `${prefix}-${++made}`;

export function initials(name) {
  const words = name.split(/[\s&.-]+/).filter(Boolean);
  return ((words[0]?.[0] ?? "?") + (words.length > 1 ? words.at(-1)[0] : "")).toUpperCase();
}

// The CSS class of a colour; neighbours in a list get different colours.
export const hue = (place) => `hue-${place % 8}`;

// Makes `wanted` the children, in this order; children already in place are not moved.
export function arrange(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.childNodes]) if (!keep.has(child)) child.remove();
  wanted.forEach((child, place) => {
    if (parent.childNodes[place] !== child) parent.insertBefore(child, parent.childNodes[place] ?? null);
  });
}
