// The line below the messages: write, reply, edit, attach, start the bot, ready posts.

import { h, icon, iconButton, reconcile } from "./dom.js";
import { menuAt, toast } from "./overlay.js";
import { authorOf, excerpt, MEDIA } from "./words.js";

const ATTACHMENTS = ["photo", "album", "video", "document", "voice"];
const ATTACHMENT_WORDS = { ...MEDIA, album: "Альбом из трёх фотографий" };
const ALBUM_SIZE = 3;
/** Posts not sent yet come first, so all of them get their turn. */
const MOST_CHIPS = 4;

export class Composer {
  #store;
  #acts;
  #form = document.querySelector("#composer");
  #box = document.querySelector("#write");
  #above = document.querySelector("#above-composer");
  #chips = document.querySelector("#suggestions");
  #gate = document.querySelector("#gate");
  #place = null;
  #drafts = new Map();
  /** {kind: "reply" | "edit", message} */
  #about = null;
  #attached = null;
  #asChat = false;

  /** @param {{send, edit, start, unblock}} acts each returns a promise */
  constructor(store, acts) {
    this.#store = store;
    this.#acts = acts;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#box.addEventListener("input", () => {
      this.#fit();
      if (this.#writing !== store.writing) store.changed();
    });
    this.#box.addEventListener("keydown", (event) => this.#key(event));
    document.querySelector("#attach").addEventListener("click", () => this.#attachMenu());
    store.onChange(() => this.#draw());
  }

  /** Somebody who writes, answers or attaches needs no ready posts. */
  get #writing() {
    return Boolean(this.#box.value || this.#about || this.#attached);
  }

  focus() {
    if (matchMedia("(hover: hover)").matches) this.#box.focus({ preventScroll: true });
  }

  reply(message) {
    this.#about = { kind: "reply", message };
    this.#attached = null;
    this.#store.changed();
    this.#box.focus({ preventScroll: true });
  }

  edit(message) {
    this.#about = { kind: "edit", message };
    this.paste(message.text ?? message.caption ?? "");
  }

  paste(text) {
    this.#box.value = text;
    this.#fit();
    this.#store.changed();
    this.#box.focus({ preventScroll: true });
  }

  #key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "Escape" && (this.#about || this.#attached)) {
      event.stopPropagation();
      this.#clearAbove();
    } else if (event.key === "ArrowUp" && !this.#box.value) {
      const mine = (one) => one.from?.id === this.#store.me && one.text && !one.sender_chat;
      const last = this.#store.list(this.#store.chatId).findLast(mine);
      if (last) {
        event.preventDefault();
        this.edit(last);
      }
    }
  }

  async #submit() {
    const text = this.#box.value.trim();
    if (!text && !this.#attached) return;
    const about = this.#about;
    const attached = this.#attached;
    if (about?.kind === "edit") {
      await this.#try(() => this.#acts.edit(about.message, text));
      return;
    }
    const post = {};
    if (about) post.reply_to = about.message.message_id;
    if (this.#store.topicId) post.thread_id = this.#store.topicId;
    if (this.#asChat) post.as_chat = this.#store.chatId;
    await this.#try(() => this.#acts.send(posts(text, attached, post)));
  }

  /** The words stay in the box until the sandbox has taken them. */
  async #try(deed) {
    const text = this.#box.value;
    this.#box.value = "";
    try {
      await deed();
      this.#clearAbove();
    } catch (error) {
      this.#box.value = text;
      toast(error.message);
    }
    this.#fit();
  }

  #clearAbove() {
    if (this.#about?.kind === "edit") this.#box.value = "";
    this.#about = null;
    this.#attached = null;
    this.#fit();
    this.#store.changed();
  }

  #fit() {
    this.#box.style.height = "auto";
    const needed = this.#box.scrollHeight;
    if (needed) this.#box.style.height = `${needed}px`;
    this.#form.classList.toggle("filled", Boolean(this.#box.value.trim() || this.#attached));
  }

  #attachMenu() {
    const { chat, me } = this.#store;
    const items = ATTACHMENTS.map((kind) => ({
      icon: kind,
      label: ATTACHMENT_WORDS[kind],
      run: () => {
        this.#attached = kind;
        this.#fit();
        this.#store.changed();
        this.#box.focus();
      },
    }));
    const status = this.#store.membership(chat, me)?.status;
    if (["administrator", "creator"].includes(status)) {
      items.push({
        icon: "mask",
        label: this.#asChat ? "Писать от своего имени" : "Писать от имени группы",
        run: () => {
          this.#asChat = !this.#asChat;
          this.#store.changed();
        },
      });
    }
    const box = document.querySelector("#attach").getBoundingClientRect();
    menuAt({ x: box.left, y: box.top - items.length * 40 - 24 }, items);
  }

  #draw() {
    const { chat, me } = this.#store;
    const place = chat && `${me}:${chat.id}`;
    const gate = chat?.type === "private" ? this.#gateFor(this.#store.myself) : null;
    this.#form.hidden = !chat || Boolean(gate);
    if (place !== this.#place) this.#move(place);
    this.#store.writing = this.#writing;
    reconcile(this.#gate, gate ? [gate] : []);
    reconcile(this.#above, chat && !gate ? this.#aboveRows() : []);
    reconcile(this.#chips, chat && !gate ? this.#chipRows(chat) : []);
    this.#box.placeholder = this.#asChat ? "Сообщение от имени группы" : "Сообщение";
  }

  /** Each person has a draft of their own in each chat. */
  #move(place) {
    if (this.#place && this.#about?.kind !== "edit") this.#drafts.set(this.#place, this.#box.value);
    this.#place = place;
    this.#about = null;
    this.#attached = null;
    this.#asChat = false;
    this.#box.value = this.#drafts.get(place) ?? "";
    this.#fit();
  }

  /** In the private chat a person who has not started the bot has one big button instead. */
  #gateFor(person) {
    if (person.started && !person.blocked) return null;
    const words = person.blocked ? "Перезапустить" : "Запустить";
    const act = person.blocked ? this.#acts.unblock : this.#acts.start;
    const run = () => act().catch((error) => toast(error.message));
    const make = () => h("button", { type: "button", class: "gate", onclick: run }, words);
    return { key: "gate", sig: words, make };
  }

  #aboveRows() {
    const rows = [];
    if (this.#about) {
      const { kind, message } = this.#about;
      const title = kind === "edit" ? "Изменение" : authorOf(message).name;
      rows.push(this.#aboveRow(kind === "edit" ? "edit" : "reply", title, excerpt(message)));
    }
    if (this.#attached) {
      const hint = "Заглушка вместо файла; подпись напишите ниже";
      rows.push(this.#aboveRow(this.#attached, ATTACHMENT_WORDS[this.#attached], hint));
    }
    return rows;
  }

  #aboveRow(picture, title, words) {
    const make = () =>
      h(
        "div",
        { class: "above" },
        icon(picture),
        h("div", { class: "above-words" }, h("b", {}, title), h("span", {}, words)),
        iconButton("close", "Отменить", () => this.#clearAbove(), "small"),
      );
    return { key: picture, sig: title + words, make };
  }

  #chipRows(chat) {
    const isOperator = this.#store.myself?.about?.toLowerCase().startsWith("оператор");
    if (!isOperator || this.#store.writing) return [];
    const posted = new Set(this.#store.list(chat.id).map((one) => one.text));
    return this.#store.config.suggestions
      .filter((one) => one.chat_title === chat.title)
      .sort((one, other) => posted.has(one.text) - posted.has(other.text))
      .slice(0, MOST_CHIPS)
      .map((one) => ({
        key: one.text,
        sig: one.label + posted.has(one.text),
        make: () => this.#chip(one, posted.has(one.text)),
      }));
  }

  #chip({ label, text }, used) {
    const send = () => {
      this.#chips.scrollLeft = 0;
      this.#acts.send([{ text }]).catch((error) => toast(error.message));
    };
    return h(
      "div",
      { class: `chip ${used ? "used" : ""}`, role: "group", "aria-label": label, title: text },
      h(
        "button",
        {
          type: "button",
          class: "chip-paste",
          "aria-label": `Вставить: ${label}`,
          onclick: () => this.paste(text),
        },
        label,
      ),
      iconButton("send", `Отправить: ${label}`, send, "chip-send"),
    );
  }
}

/** One post, or an album's several: the caption stands on the first. */
function posts(text, attached, common) {
  if (!attached) return [{ ...common, text }];
  const caption = text ? { caption: text } : {};
  if (attached !== "album") return [{ ...common, ...caption, media: attached }];
  const group = `album-${Date.now()}`;
  return Array.from({ length: ALBUM_SIZE }, (_, at) => ({
    ...common,
    ...(at === 0 ? caption : {}),
    media: "photo",
    media_group_id: group,
  }));
}
