// What the page says about messages, people and times.

import { fullName } from "./store.js";

const MONTHS = new Intl.DateTimeFormat("ru", { day: "numeric", month: "long" });
const DATES = new Intl.DateTimeFormat("ru", { day: "2-digit", month: "2-digit", year: "2-digit" });
const CLOCK = new Intl.DateTimeFormat("ru", { hour: "2-digit", minute: "2-digit" });
const WEEKDAY = new Intl.DateTimeFormat("ru", { weekday: "short" });
const DAY_MS = 86_400_000;

const moment = (unix) => new Date(unix * 1000);
export const clock = (unix) => CLOCK.format(moment(unix));
export const dayOf = (unix) => moment(unix).toDateString();

export function dayWords(unix, now = new Date()) {
  if (dayOf(unix) === now.toDateString()) return "Сегодня";
  if (dayOf(unix) === new Date(now - DAY_MS).toDateString()) return "Вчера";
  const year = moment(unix).getFullYear();
  return MONTHS.format(moment(unix)) + (year === now.getFullYear() ? "" : ` ${year}`);
}

/** The time in the list of chats: the clock today, the weekday this week, else the date. */
export function shortTime(unix, now = new Date()) {
  if (dayOf(unix) === now.toDateString()) return clock(unix);
  return (now - moment(unix) < 6 * DAY_MS ? WEEKDAY : DATES).format(moment(unix));
}

/** Russian plural: plural(3, "участник", "участника", "участников"). */
export function plural(count, one, few, many) {
  const tens = count % 100;
  const ones = count % 10;
  const fits = tens > 10 && tens < 20 ? many : ones === 1 ? one : ones > 1 && ones < 5 ? few : many;
  return `${count} ${fits}`;
}

/** Who a message is from: `{id, name}`; a post in a chat's name is the chat's. */
export function authorOf(message) {
  const chat = message.sender_chat;
  if (chat) return { id: chat.id, name: chat.title ?? "Канал", chat: true };
  const user = message.from ?? { id: 0, first_name: "Канал" };
  return { id: user.id, name: fullName(user), bot: user.is_bot };
}

export const MEDIA = {
  photo: "Фотография",
  video: "Видео",
  document: "Документ",
  voice: "Голосовое сообщение",
};

export const mediaOf = (message) => Object.keys(MEDIA).find((kind) => message[kind]) ?? null;

export function serviceWords(message) {
  const who = authorOf(message).name;
  const names = (users) => users.map(fullName).join(", ");
  if (message.new_chat_members) {
    const alone = message.new_chat_members.length === 1;
    const self = alone && message.new_chat_members[0].id === message.from?.id;
    return self
      ? `${who} теперь в группе`
      : `${who} добавил(а) ${names(message.new_chat_members)}`;
  }
  if (message.left_chat_member) {
    const self = message.left_chat_member.id === message.from?.id;
    const name = fullName(message.left_chat_member);
    return self ? `${name} больше не в группе` : `${who} исключил(а) ${name}`;
  }
  if (message.migrate_to_chat_id || message.migrate_from_chat_id) {
    return "Группа стала супергруппой";
  }
  if (message.group_chat_created || message.supergroup_chat_created) {
    return `${who} создал(а) группу`;
  }
  if (message.channel_chat_created) return "Канал создан";
  if (message.forum_topic_created) return `Тема «${message.forum_topic_created.name}» создана`;
  if (message.forum_topic_closed) return "Тема закрыта";
  if (message.forum_topic_reopened) return "Тема открыта снова";
  if (message.new_chat_title) return `Группа теперь называется «${message.new_chat_title}»`;
  if (message.pinned_message) return `${who} закрепил(а) «${excerpt(message.pinned_message)}»`;
  return null;
}

/** One line of a message, for the list of chats and for quotes. */
export function excerpt(message) {
  const text = message.text ?? message.caption;
  if (text) return text.replaceAll(/\s+/g, " ").slice(0, 140);
  return MEDIA[mediaOf(message)] ?? serviceWords(message) ?? "Сообщение";
}
