// The chats of the person that I am: title, last message, time, unread badge.

import { avatar, h, icon, reconcile } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { fullName } from "./store.js";
import { authorOf, excerpt, serviceWords, shortTime } from "./words.js";

export class Sidebar {
  #store;
  #list = document.querySelector("#chats");
  #head = document.querySelector("#sidebar-head");

  /**
   * @param {(chatId: number) => void} open
   * @param {() => void} choosePerson opens «Кто я» on a narrow screen
   */
  constructor(store, open, choosePerson) {
    this.#store = store;
    this.#list.addEventListener("click", (event) => {
      const item = event.target.closest("[data-chat]");
      if (item) open(Number(item.dataset.chat));
    });
    this.#list.addEventListener("keydown", (event) => this.#move(event));
    this.#head.addEventListener("click", (event) => {
      if (event.target.closest("#me")) choosePerson();
    });
    store.onChange(() => this.#draw());
  }

  focus() {
    (this.#list.querySelector("[aria-current]") ?? this.#list.querySelector("button"))?.focus();
  }

  #move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...this.#list.querySelectorAll("[data-chat]")];
    all.at((all.indexOf(document.activeElement) + step) % all.length)?.focus();
  }

  #draw() {
    const { myself, chatId } = this.#store;
    if (myself) this.#drawHead(myself);
    const rows = this.#store.chatsOf(this.#store.me).map((chat) => {
      const last = this.#store.list(chat.id).at(-1);
      const unread = this.#store.unread(chat.id);
      const current = chat.id === chatId;
      return {
        key: String(chat.id),
        sig: JSON.stringify([chat.title, chat.is_forum, last, unread, current, myself]),
        make: () => this.#item(chat, last, unread, current),
      };
    });
    reconcile(this.#list, rows);
  }

  #drawHead(person) {
    const name = fullName(person);
    const others = this.#store.world.people.some(
      (one) => one.id !== person.id && this.#store.unreadOf(one.id) > 0,
    );
    const row = {
      key: "me",
      sig: JSON.stringify([person, others]),
      make: () =>
        h(
          "button",
          {
            id: "me",
            type: "button",
            "aria-haspopup": "true",
            "aria-expanded": "false",
            "aria-label": `Кто я: ${name}, ${person.about ?? ""}. Сменить`,
          },
          avatar(person.id, name),
          h(
            "span",
            { class: "me-words" },
            h("b", {}, name),
            h("span", {}, `Вы — ${person.about || "без роли"}`),
          ),
          others && h("span", { class: "dot", title: "У других есть новые сообщения" }),
          icon("down"),
        ),
    };
    reconcile(this.#head, [row]);
  }

  #item(chat, last, unread, current) {
    const isPrivate = chat.type === "private";
    return h(
      "button",
      {
        type: "button",
        class: "chat-item",
        "aria-current": current ? "true" : null,
        "aria-label": `${chat.title}${unread ? `, непрочитанных: ${unread}` : ""}`,
        dataset: { chat: chat.id },
      },
      avatar(isPrivate ? this.#store.bot.id : chat.id, chat.title, isPrivate ? "bot" : ""),
      h(
        "span",
        { class: "chat-words" },
        h(
          "span",
          { class: "chat-line" },
          h("span", { class: "chat-title" }, chat.title),
          last && h("time", { class: "chat-time" }, shortTime(last.date)),
        ),
        h(
          "span",
          { class: "chat-line" },
          h("span", { class: "chat-last" }, this.#preview(chat, last)),
          unread > 0 && h("span", { class: "badge" }, unread),
        ),
      ),
    );
  }

  #preview(chat, last) {
    if (!last) return "Нажмите, чтобы начать";
    const service = serviceWords(last);
    if (service || chat.type === "private") return withEmoji(service ?? excerpt(last));
    const own = last.from?.id === this.#store.me && !last.sender_chat;
    const name = own ? "Вы" : authorOf(last).name;
    return [h("span", { class: "chat-author" }, `${name}: `), withEmoji(excerpt(last))];
  }
}
