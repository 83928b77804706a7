// Draws Block Kit's rich_text block.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { dateNode, link, mention } from "./mrkdwn.js";

export function richText(block, world) {
  return h("div", { class: "text rich" }, lists(block.elements, world));
}

const BLOCK = {
  rich_text_section: (part, world) => h("div", { class: "rich-section" }, line(part, world)),
  rich_text_quote: (part, world) => h("blockquote", { class: "quote" }, line(part, world)),
  rich_text_preformatted: (part, world) => h("pre", { class: "code-block" }, line(part, world)),
};

function lists(parts, world) {
  return parts.map((part) => (part.type === "rich_text_list" ? list(part, world) : BLOCK[part.type]?.(part, world)));
}

function list(part, world) {
  const node = h(part.style === "ordered" ? "ol" : "ul", { class: `rich-list indent-${part.indent ?? 0}`, start: part.offset ? part.offset + 1 : null });
  node.append(...part.elements.map((item) => h("li", {}, line(item, world))));
  return node;
}

const line = (part, world) => part.elements.map((element) => styled(inline(element, world), element.style ?? {}));

function inline(element, world) {
  switch (element.type) {
    case "text": return element.text;
    case "link": return link(element.url, element.text ?? element.url);
    case "emoji": return emoji(element.name) ?? `:${element.name}:`;
    case "user": return mention(element.user_id, world);
    case "channel": return h("span", { class: "mention" }, `#${world.names[element.channel_id] ?? "private-channel"}`);
    case "usergroup": return h("span", { class: "mention" }, "@group");
    case "broadcast": return h("span", { class: "mention mention-me" }, `@${element.range}`);
    case "date": return dateNode(element.timestamp, element.format, element.fallback ?? "", world);
    default: return `[${element.type}]`;
  }
}

const TAGS = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code" };

function styled(node, style) {
  return Object.entries(TAGS).reduce((held, [name, tag]) => (style[name] ? h(tag, { class: name === "code" ? "code" : null }, held) : held), node);
}
