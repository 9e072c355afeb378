// All that the page knows: the world, the messages, who I am and what I look at.
// Views read it and draw; whatever changes it calls `changed`, which draws once for many changes.

import { api } from "./api.js";
import { Reading } from "./reading.js";

const LIVE = new Set(["creator", "administrator", "member", "restricted"]);

export const fullName = (user) =>
  [user.first_name, user.last_name].filter(Boolean).join(" ") || "Без имени";

export class Store {
  world = { bots: [], people: [], chats: [] };
  /** chat id → (message id → message) */
  messages = new Map();
  config = { crm_web_url: "", suggestions: [] };
  me = null;
  chatId = null;
  /** 0 = all topics of a forum */
  topicId = 0;
  online = true;
  /** something stands in the composer */
  writing = false;
  ready = false;
  /** "chat:message:row:col" of the presses that wait for their answer */
  presses = new Set();
  reading = new Reading();
  #views = [];
  #drawing = false;

  onChange(view) {
    this.#views.push(view);
  }

  changed() {
    if (this.#drawing) return;
    this.#drawing = true;
    queueMicrotask(() => {
      this.#drawing = false;
      for (const view of this.#views) view();
    });
  }

  /** When the views have drawn what has changed until now. */
  settled() {
    return new Promise((resolve) => queueMicrotask(() => queueMicrotask(resolve)));
  }

  /** Load the world and every chat of it: at the start, and again after each break of the line. */
  async load() {
    const [world, config] = await Promise.all([api.world(), api.config()]);
    this.config = config;
    const privates = world.people.filter((person) => person.started).map((person) => person.id);
    const groups = world.chats.filter((chat) => !chat.migrated_to).map((chat) => chat.id);
    const ids = [...groups, ...privates];
    const lists = await Promise.all(ids.map((id) => api.messages(id)));
    this.world = world;
    this.messages = new Map(
      ids.map((id, at) => [id, new Map(lists[at].map((one) => [one.message_id, one]))]),
    );
    this.reading.begin(ids.map((id) => [id, this.lastId(id)]));
    this.ready = true;
    this.changed();
  }

  async reloadWorld() {
    this.world = await api.world();
    const known = this.world.chats.filter(
      (chat) => !chat.migrated_to && !this.messages.has(chat.id),
    );
    for (const chat of known) {
      const list = await api.messages(chat.id);
      for (const message of list) this.put(chat.id, message);
    }
    this.changed();
  }

  put(chatId, message) {
    if (!this.messages.has(chatId)) this.messages.set(chatId, new Map());
    this.messages.get(chatId).set(message.message_id, message);
    this.changed();
  }

  remove(chatId, messageId) {
    this.messages.get(chatId)?.delete(messageId);
    this.changed();
  }

  get bot() {
    return this.world.bots[0] ?? null;
  }

  get myself() {
    return this.person(this.me);
  }

  person(id) {
    return this.world.people.find((person) => person.id === id) ?? null;
  }

  /** The messages of a chat that are still there, in order. */
  list(chatId) {
    return [...(this.messages.get(chatId)?.values() ?? [])]
      .filter((message) => !message.deleted)
      .sort((one, other) => one.message_id - other.message_id);
  }

  message(chatId, messageId) {
    return this.messages.get(chatId)?.get(messageId) ?? null;
  }

  lastId(chatId) {
    return Math.max(0, ...(this.messages.get(chatId)?.keys() ?? []));
  }

  /** The chats that a person has, latest first; the private chat with the bot is always one. */
  chatsOf(personId) {
    const groups = this.world.chats.filter(
      (chat) => !chat.migrated_to && this.membership(chat, personId),
    );
    const chats = [...groups];
    if (this.bot && this.person(personId)) {
      chats.push({ id: personId, type: "private", title: fullName(this.bot) });
    }
    const latest = (chat) => this.list(chat.id).at(-1)?.date ?? 0;
    return chats.sort((one, other) => latest(other) - latest(one));
  }

  membership(chat, personId) {
    const member = chat.members?.find((one) => one.user_id === personId);
    return member && LIVE.has(member.status) ? member : null;
  }

  get chat() {
    return this.chatsOf(this.me).find((chat) => chat.id === this.chatId) ?? null;
  }

  unread(chatId, personId = this.me) {
    const seen = this.reading.seen(personId, chatId);
    return this.list(chatId).filter(
      (one) => one.message_id > seen && one.from?.id !== personId,
    ).length;
  }

  unreadOf(personId) {
    return this.chatsOf(personId).reduce(
      (sum, chat) => sum + this.unread(chat.id, personId),
      0,
    );
  }

  /** The first person whose role word begins so («админ»), me if I am one. */
  withRole(word) {
    const fits = (person) => person?.about?.toLowerCase().startsWith(word);
    return fits(this.myself) ? this.myself : (this.world.people.find(fits) ?? null);
  }
}
