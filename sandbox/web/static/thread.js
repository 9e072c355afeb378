// The open chat: its head, its topics, its messages, and what can be done with them.

import { rowsOf } from "./bubbles.js";
import { avatar, h, icon, iconButton, reconcile } from "./dom.js";
import { fullName } from "./store.js";
import { plural } from "./words.js";

/** So many messages are drawn at first; scrolling up brings more. */
const PAGE = 80;
const NEAR_BOTTOM_PX = 60;
const NOTHING_YET = {
  key: "nothing",
  sig: "",
  make: () => h("div", { class: "service alone" }, h("span", {}, "Здесь пока нет сообщений")),
};

export class Thread {
  #store;
  #acts;
  #head = document.querySelector("#thread-head");
  #topics = document.querySelector("#topics");
  #scroll = document.querySelector("#scroll");
  #list = document.querySelector("#messages");
  #down = document.querySelector("#to-bottom");
  #shown = null;
  #page = PAGE;
  #unreadAfter = null;
  #atBottom = true;

  /**
   * @param {{back, choosePerson, headMenu, chooseTopic, messageMenu, reply, press, link,
   *          command}} acts what to do when a person does it; each gets the message, if any
   */
  constructor(store, acts) {
    this.#store = store;
    this.#acts = acts;
    this.#scroll.addEventListener("scroll", () => this.#scrolled());
    this.#down.addEventListener("click", () => this.#toBottom("smooth"));
    this.#list.addEventListener("click", (event) => this.#clicked(event));
    this.#list.addEventListener("keydown", (event) => {
      const spoiler = event.target.closest(".spoiler");
      if (spoiler && ["Enter", " "].includes(event.key)) spoiler.classList.add("revealed");
    });
    this.#list.addEventListener("contextmenu", (event) => {
      const message = this.#messageAt(event.target);
      if (!message || event.target.closest("a")) return;
      event.preventDefault();
      this.#acts.messageMenu(message, { x: event.clientX, y: event.clientY });
    });
    this.#list.addEventListener("dblclick", (event) => {
      const message = this.#messageAt(event.target);
      if (message && !event.target.closest("button, a")) this.#acts.reply(message);
    });
    new ResizeObserver(() => this.#atBottom && this.#toBottom()).observe(this.#scroll);
    document.addEventListener("visibilitychange", () => this.#markRead());
    store.onChange(() => this.#draw());
  }

  jumpTo(messageId) {
    const find = () => this.#list.querySelector(`[data-mid="${messageId}"]`);
    if (!find()) {
      this.#page = Infinity;
      this.#drawMessages(this.#store.chat);
    }
    const row = find();
    row?.scrollIntoView({ block: "center", behavior: "smooth" });
    row?.classList.add("flash");
    row?.addEventListener("animationend", () => row.classList.remove("flash"), { once: true });
  }

  #clicked(event) {
    const target = event.target.closest("[data-act]");
    const message = this.#messageAt(event.target);
    if (!target) {
      // On a touch screen a tap on a bubble opens its menu, as in Telegram.
      if (message && event.pointerType === "touch" && event.target.closest(".bubble")) {
        this.#acts.messageMenu(message, { x: event.clientX, y: event.clientY });
      }
      return;
    }
    const { act, row, col, to, words } = target.dataset;
    if (act === "press") this.#acts.press(message, Number(row), Number(col));
    else if (act === "jump") this.jumpTo(Number(to));
    else if (act === "link") this.#acts.link(event, target.href);
    else if (act === "command") this.#acts.command(words);
    else if (act === "reveal") target.classList.add("revealed");
    else if (act === "expand") expand(target);
    else if (act === "menu") {
      const box = target.getBoundingClientRect();
      this.#acts.messageMenu(message, { x: box.left, y: box.bottom });
    }
  }

  #messageAt(node) {
    const row = node.closest("[data-mid]");
    return row && this.#store.message(this.#store.chatId, Number(row.dataset.mid));
  }

  #draw() {
    const { chat, me, topicId } = this.#store;
    document.body.classList.toggle("chat-open", Boolean(chat));
    document.querySelector("#thread").classList.toggle("empty", !chat);
    const place = chat && `${me}:${chat.id}:${topicId}`;
    const opened = place !== this.#shown;
    if (opened) {
      this.#shown = place;
      this.#page = PAGE;
      const unread = chat && this.#store.unread(chat.id);
      this.#unreadAfter = unread ? this.#store.reading.seen(me, chat.id) : null;
      this.#list.replaceChildren();
    }
    if (!chat) return;
    this.#drawHead(chat);
    this.#drawTopics(chat);
    this.#drawMessages(chat);
    if (opened) this.#start();
    else if (this.#atBottom) this.#toBottom();
    this.#markRead();
    this.#drawDown();
  }

  /** A freshly opened chat shows the first unread message, else the last one. */
  #start() {
    const mark = this.#list.querySelector(".unread-mark");
    if (mark) mark.scrollIntoView({ block: "start" });
    else this.#toBottom();
    this.#scrolled();
  }

  #drawHead(chat) {
    const isPrivate = chat.type === "private";
    const id = isPrivate ? this.#store.bot.id : chat.id;
    const live = chat.members?.filter((one) => !["left", "kicked"].includes(one.status));
    const under = isPrivate ? "бот" : plural(live.length, "участник", "участника", "участников");
    const row = {
      key: "head",
      sig: JSON.stringify([id, chat.title, under, this.#store.me]),
      make: () =>
        h(
          "div",
          { class: "bar-inside" },
          iconButton("back", "Назад к чатам", this.#acts.back, "only-narrow"),
          avatar(id, chat.title, isPrivate ? "bot" : ""),
          h("div", { class: "bar-words" }, h("h2", {}, chat.title), h("span", {}, under)),
          this.#meButton(),
          iconButton("more", "Действия с чатом", (event) => {
            const box = event.currentTarget.getBoundingClientRect();
            this.#acts.headMenu({ x: box.right - 220, y: box.bottom });
          }),
        ),
    };
    reconcile(this.#head, [row]);
  }

  /** A phone has no room for the rail of people: who I am stands in the head, one tap away. */
  #meButton() {
    const { myself } = this.#store;
    const name = fullName(myself);
    return h(
      "button",
      {
        type: "button",
        class: "me-small only-narrow",
        "aria-haspopup": "true",
        "aria-label": `Кто я: ${name}, ${myself.about}. Сменить`,
        onclick: this.#acts.choosePerson,
      },
      avatar(myself.id, name),
    );
  }

  #drawTopics(chat) {
    this.#topics.hidden = !chat.is_forum;
    const topics = chat.is_forum ? [{ id: 0, name: "Все" }, ...(chat.topics ?? [])] : [];
    const rows = topics.map(({ id, name }) => {
      const current = id === this.#store.topicId;
      return {
        key: String(id),
        sig: `${name}${current}`,
        make: () =>
          h(
            "button",
            {
              type: "button",
              role: "tab",
              "aria-selected": String(current),
              onclick: () => this.#acts.chooseTopic(id),
            },
            name,
          ),
      };
    });
    reconcile(this.#topics, rows);
  }

  #drawMessages(chat) {
    const { me, topicId, presses, config } = this.#store;
    const inTopic = (one) => !topicId || one.message_thread_id === topicId;
    const all = this.#store.list(chat.id).filter(inTopic);
    const rows = rowsOf(all.slice(-this.#page), {
      me,
      presses,
      chatId: chat.id,
      group: chat.type !== "private",
      crm: config.crm_web_url,
      unreadAfter: this.#unreadAfter,
      roleOf: (id) => this.#store.person(id)?.about ?? "",
      find: (id) => this.#store.message(chat.id, id),
    });
    reconcile(this.#list, rows.length ? rows : [NOTHING_YET]);
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll;
    this.#atBottom = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX;
    if (this.#atBottom) this.#markRead();
    this.#drawDown();
    const { chat } = this.#store;
    if (scrollTop < 40 && chat && this.#store.list(chat.id).length > this.#page) {
      this.#page += PAGE;
      this.#drawMessages(chat);
      this.#scroll.scrollTop = this.#scroll.scrollHeight - scrollHeight + scrollTop;
    }
  }

  #toBottom(behavior = "instant") {
    this.#scroll.scrollTo({ top: this.#scroll.scrollHeight, behavior });
  }

  #drawDown() {
    this.#down.hidden = this.#atBottom;
    const unread = this.#store.chat ? this.#store.unread(this.#store.chatId) : 0;
    this.#down.replaceChildren(
      icon("down"),
      ...(unread ? [h("span", { class: "badge" }, unread)] : []),
    );
  }

  #markRead() {
    const { chat, me, reading } = this.#store;
    if (!chat || !this.#atBottom || document.hidden) return;
    if (reading.mark(me, chat.id, this.#store.lastId(chat.id))) this.#store.changed();
  }
}

function expand(button) {
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", open);
  button.setAttribute("aria-label", open ? "Свернуть цитату" : "Развернуть цитату");
  button.closest(".expandable").classList.toggle("open", open);
}
