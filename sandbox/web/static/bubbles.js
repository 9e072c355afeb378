// Messages into rows of the thread: day marks, service lines, bubbles, albums, buttons.

import { avatar, colourOf, h, icon } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { rich } from "./entities.js";
import {
  authorOf,
  clock,
  dayOf,
  dayWords,
  excerpt,
  MEDIA,
  mediaOf,
  serviceWords,
} from "./words.js";

/** Messages of one author stand together for so long. */
const RUN_SECONDS = 600;

/**
 * The rows of a thread, for `reconcile`.
 *
 * @param {object[]} messages in order
 * @param {{me: number, group: boolean, crm: string, unreadAfter: ?number, presses: Set<string>,
 *          chatId: number, roleOf: (id: number) => string, find: (id: number) => ?object}} view
 */
export function rowsOf(messages, view) {
  const rows = [];
  const units = albums(messages);
  let unreadShown = view.unreadAfter === null;
  units.forEach((unit, at) => {
    const first = unit[0];
    const before = units[at - 1]?.at(-1);
    const after = units[at + 1]?.[0];
    if (!before || dayOf(before.date) !== dayOf(first.date)) rows.push(dayRow(first.date));
    if (!unreadShown && first.message_id > view.unreadAfter) {
      unreadShown = true;
      rows.push(unreadRow());
    }
    const words = serviceWords(first);
    if (words) {
      rows.push(serviceRow(first, words));
      return;
    }
    const joined = { first: !sameRun(before, first), last: !sameRun(unit.at(-1), after) };
    rows.push(bubbleRow(unit, joined, view));
  });
  return rows;
}

/** Messages of one album become one unit. */
function albums(messages) {
  const units = [];
  for (const message of messages) {
    const group = message.media_group_id;
    if (group && units.at(-1)?.[0].media_group_id === group) units.at(-1).push(message);
    else units.push([message]);
  }
  return units;
}

function sameRun(one, other) {
  if (!one || !other || serviceWords(one) || serviceWords(other)) return false;
  return (
    authorOf(one).id === authorOf(other).id &&
    other.date - one.date < RUN_SECONDS &&
    dayOf(one.date) === dayOf(other.date)
  );
}

function dayRow(unix) {
  const words = dayWords(unix);
  return {
    key: `day-${dayOf(unix)}`,
    sig: words,
    make: () => h("div", { class: "day" }, h("span", {}, words)),
  };
}

function unreadRow() {
  const make = () => h("div", { class: "unread-mark" }, h("span", {}, "Непрочитанные сообщения"));
  return { key: "unread", sig: "", make };
}

function serviceRow(message, words) {
  const make = () =>
    h("div", { class: "service", dataset: { mid: message.message_id } }, h("span", {}, words));
  return { key: `m${message.message_id}`, sig: words, make };
}

function bubbleRow(unit, joined, view) {
  const waiting = [...view.presses].filter((press) =>
    press.startsWith(`${view.chatId}:${unit[0].message_id}:`),
  );
  const target = unit[0].reply_to_message;
  // In a forum each post of a topic answers the message that made the topic: no quote for that.
  const replied = target?.forum_topic_created ? null : target;
  // A quote shows the message as it is now, so that an edited one does not stay quoted as it was.
  const quoted = replied ? (view.find(replied.message_id) ?? replied) : null;
  const quote = quoted && excerpt(quoted);
  const sig = JSON.stringify([unit, joined, waiting, view.me, view.group, quote]);
  const make = () => bubble(unit, joined, view, waiting, quoted);
  return { key: `m${unit[0].message_id}`, sig, make };
}

function bubble(unit, joined, view, waiting, quoted) {
  const message = unit[0];
  const author = authorOf(message);
  const own = message.from?.id === view.me && !message.sender_chat;
  const named = view.group && !own;
  const classes = ["row", own && "own", joined.first && "first", joined.last && "last"];
  const spoken = unit.find((one) => one.text ?? one.caption) ?? message;
  const words = spoken.text ?? spoken.caption ?? "";
  const entities = spoken.entities ?? spoken.caption_entities;
  const kind = mediaOf(message);
  const pictured = kind === "photo" || kind === "video";
  const keyboard = message.reply_markup?.inline_keyboard;
  return h(
    "article",
    {
      class: classes.filter(Boolean).join(" "),
      "aria-label": `${own ? "Вы" : author.name}, ${clock(message.date)}`,
      dataset: { mid: message.message_id },
    },
    named && h("div", { class: "row-avatar" }, joined.last && faceOf(author)),
    h(
      "div",
      { class: "stack" },
      h(
        "div",
        { class: `bubble${keyboard ? " with-keyboard" : ""}` },
        named && joined.first && nameLine(author, message, view),
        message.forward_origin && forwardLine(message.forward_origin),
        message.via_bot && h("div", { class: "forward" }, "через ", h("b", {}, `@${message.via_bot.username}`)),
        quoted && quoteBlock(quoted, message.quote?.text),
        kind && media(unit),
        h(
          "div",
          { class: `text${words ? "" : " bare"}${pictured ? " pictured" : ""}` },
          rich(words, entities, view.crm),
          stamp(unit, own),
        ),
        menuButton(),
      ),
      keyboard && keyboardBlock(keyboard, waiting, message, view),
    ),
  );
}

const faceOf = (author) => avatar(author.id, author.name, author.bot ? "bot" : "");

function nameLine(author, message, view) {
  const role = author.bot ? "бот" : author.chat ? message.author_signature : view.roleOf(author.id);
  return h(
    "div",
    { class: "name" },
    h("span", { class: `${colourOf(author.id)} author` }, author.name),
    role && h("span", { class: "role" }, role),
  );
}

function forwardLine(origin) {
  const user = origin.sender_user;
  const name =
    (user && [user.first_name, user.last_name].filter(Boolean).join(" ")) ||
    origin.sender_user_name ||
    (origin.sender_chat ?? origin.chat)?.title ||
    "скрытого автора";
  return h("div", { class: "forward" }, "Переслано от ", h("b", {}, name));
}

function quoteBlock(quoted, part) {
  const author = authorOf(quoted);
  return h(
    "button",
    {
      type: "button",
      class: `quote ${colourOf(author.id)}`,
      "aria-label": `Ответ на сообщение: ${author.name}`,
      dataset: { act: "jump", to: quoted.message_id, focus: "quote" },
    },
    h("b", {}, author.name),
    h("span", {}, withEmoji(part ?? excerpt(quoted))),
  );
}

function media(unit) {
  const tiles = unit.map((one) => {
    const kind = mediaOf(one);
    // What people attach is made up; what the bot sends is a real file.
    if (kind === "document" && one.from?.is_bot) return fileTile(one.document);
    const flat = kind === "document" || kind === "voice";
    return h(
      "div",
      {
        class: `tile ${flat ? "flat" : ""}`,
        role: "img",
        "aria-label": MEDIA[kind],
      },
      icon(kind),
      flat && h("span", {}, one.document?.file_name ?? MEDIA[kind]),
    );
  });
  return h("div", { class: `media tiles-${Math.min(unit.length, 4)}` }, tiles);
}

function fileTile(file) {
  return h(
    "a",
    {
      class: "tile flat",
      href: `/control/files/${encodeURIComponent(file.file_id)}`,
      download: file.file_name,
      "aria-label": `Скачать ${file.file_name}`,
    },
    icon("document"),
    h("span", {}, file.file_name, h("small", {}, sizeOf(file.file_size))),
  );
}

const KB = 1024;

function sizeOf(bytes) {
  if (bytes < KB) return `${bytes} Б`;
  if (bytes < KB * KB) return `${Math.round(bytes / KB)} КБ`;
  return `${(bytes / KB / KB).toFixed(1).replace(".", ",")} МБ`;
}

function stamp(unit, own) {
  const message = unit[0];
  const edited = unit.some((one) => one.edit_date);
  return h(
    "span",
    { class: "stamp" },
    edited && h("span", { class: "edited" }, "изменено "),
    h("time", { datetime: new Date(message.date * 1000).toISOString() }, clock(message.date)),
    own && h("span", { class: "ticks", "aria-label": "доставлено" }, icon("ticks")),
  );
}

function menuButton() {
  return h(
    "button",
    {
      type: "button",
      class: "bubble-menu",
      "aria-label": "Действия с сообщением",
      "aria-haspopup": "menu",
      dataset: { act: "menu", focus: "menu" },
    },
    icon("down"),
  );
}

/** The key under which a press waits, in `Store.presses`. */
export const pressKey = (chatId, messageId, row, col) => `${chatId}:${messageId}:${row}:${col}`;

function keyboardBlock(keyboard, waiting, message, view) {
  const button = (one, row, col) => {
    const busy = waiting.includes(pressKey(view.chatId, message.message_id, row, col));
    return h(
      "button",
      {
        type: "button",
        class: `key ${one.style ?? ""} ${busy ? "busy" : ""}`,
        "aria-busy": String(busy),
        dataset: { act: "press", row, col, focus: one.callback_data ?? `key-${row}-${col}` },
      },
      h("span", {}, withEmoji(one.text)),
      one.url && icon("external"),
      one.copy_text && icon("copy"),
      busy && h("span", { class: "spinner", "aria-hidden": "true" }),
    );
  };
  return h(
    "div",
    { class: "keyboard", role: "group", "aria-label": "Кнопки сообщения" },
    keyboard.map((line, row) =>
      h("div", { class: "key-line" }, line.map((one, col) => button(one, row, col))),
    ),
  );
}
