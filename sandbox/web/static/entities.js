// Text with entities, as the Bot API gives it, into DOM nodes. Offsets are UTF-16 units, which are
// JavaScript's own string indices.

import { h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { leadOf, outward } from "./links.js";

const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
};
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

/**
 * @param {string} text
 * @param {object[]} entities
 * @param {string} crmWebUrl leads of this host open in the panel
 */
export function rich(text, entities = [], crmWebUrl = "") {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return span(text, 0, text.length, sorted, crmWebUrl);
}

function span(text, start, end, entities, crm) {
  const nodes = [];
  let at = start;
  let index = 0;
  while (index < entities.length) {
    const entity = entities[index];
    const from = Math.max(entity.offset, at);
    const to = Math.min(entity.offset + entity.length, end);
    const inside = [];
    index += 1;
    while (index < entities.length && entities[index].offset < to) inside.push(entities[index++]);
    if (from >= to) continue;
    if (from > at) nodes.push(...withEmoji(text.slice(at, from)));
    nodes.push(element(entity, text.slice(from, to), span(text, from, to, inside, crm), crm));
    // A block ends its line by itself: the line break after it would show as an empty line.
    at = BLOCKS.has(entity.type) && text[to] === "\n" ? to + 1 : to;
  }
  if (at < end) nodes.push(...withEmoji(text.slice(at, end)));
  return nodes;
}

function element(entity, words, children, crm) {
  switch (entity.type) {
    case "url":
    case "text_link":
      return link(entity.url ?? words, children, crm);
    case "email":
      return link(`mailto:${words}`, children, crm);
    case "phone_number":
      return link(`tel:${words.replaceAll(/[^\d+]/g, "")}`, children, crm);
    case "mention":
    case "text_mention":
    case "hashtag":
    case "cashtag":
      return h("span", { class: "mention" }, children);
    case "bot_command":
      return h(
        "button",
        { type: "button", class: "command", dataset: { act: "command", words } },
        children,
      );
    case "spoiler":
      return h(
        "span",
        {
          class: "spoiler",
          role: "button",
          tabindex: "0",
          "aria-label": "Скрытый текст, нажмите, чтобы показать",
          dataset: { act: "reveal" },
        },
        h("span", { class: "spoiler-words" }, children),
      );
    case "pre":
      return h("pre", { class: "pre" }, h("code", {}, children));
    case "blockquote":
      return h("blockquote", {}, children);
    case "expandable_blockquote":
      return expandable(children);
    case "date_time":
      return moment(entity, words, children);
    default:
      return TAGS[entity.type] ? h(TAGS[entity.type], {}, children) : h("span", {}, children);
  }
}

function link(href, children, crm) {
  const lead = leadOf(href, crm);
  const target = lead?.url ?? outward(href);
  if (!target) return h("span", { class: "mention" }, children);
  return h(
    "a",
    { href: target, target: "_blank", rel: "noreferrer noopener", dataset: { act: "link" } },
    children,
  );
}

function expandable(children) {
  return h(
    "blockquote",
    { class: "expandable" },
    h("div", { class: "expandable-text" }, children),
    h(
      "button",
      {
        type: "button",
        class: "expander",
        "aria-expanded": "false",
        "aria-label": "Развернуть цитату",
        dataset: { act: "expand" },
      },
    ),
  );
}

/** date_time shows the moment in the reader's own zone; the format's letters: r, w, d/D, t/T. */
function moment(entity, words, children) {
  const format = entity.date_time_format ?? "";
  if (!format || !entity.unix_time) return h("time", {}, children);
  const when = new Date(entity.unix_time * 1000);
  const ago = format.includes("r");
  return h(
    "time",
    { datetime: when.toISOString(), title: words, dataset: ago ? { ago: "" } : {} },
    ago ? relative(when) : absolute(when, format),
  );
}

/** «2 минуты назад» must grow older while it is looked at. */
export function refreshMoments(root) {
  for (const node of root.querySelectorAll("time[data-ago]")) {
    node.textContent = relative(new Date(node.dateTime));
  }
}

function absolute(when, format) {
  const options = {};
  if (format.includes("w")) options.weekday = "long";
  if (/d/i.test(format)) {
    const long = format.includes("D");
    options.day = long ? "numeric" : "2-digit";
    options.month = long ? "long" : "2-digit";
    options.year = long ? "numeric" : "2-digit";
  }
  if (/t/i.test(format)) Object.assign(options, { hour: "2-digit", minute: "2-digit" });
  if (format.includes("T")) options.second = "2-digit";
  return new Intl.DateTimeFormat("ru", options).format(when);
}

const STEPS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

function relative(when) {
  const seconds = Math.round((when - Date.now()) / 1000);
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? STEPS.at(-1);
  const words = new Intl.RelativeTimeFormat("ru", { numeric: "auto" });
  return words.format(Math.round(seconds / size), unit);
}
