// A soft hint over the composer that leads a newcomer through the whole job once:
// post as an operator → decide as an admin → look at the lead's card.

import { h, icon, iconButton, reconcile } from "./dom.js";
import { fullName } from "./store.js";

const KEY = "workchats.guide";
const DECISIONS = new Set(["success", "danger"]);

/** A press on such a button decides (Разрешить, Запретить), others ask or withdraw. */
export const decides = (button) => DECISIONS.has(button.style);

const asksForDecision = (message) =>
  message.reply_markup?.inline_keyboard?.flat().some(decides) ?? false;

export class Guide {
  #store;
  #shelf = document.querySelector("#guide");
  #do;
  /** post → decide → look → done, or off once dismissed */
  #step;
  /** what the operator posted last: `{lead, chatId, messageId}` */
  #post = null;

  /** @param {{become: (id: number) => void, openLead: (lead: object) => void}} actions */
  constructor(store, actions) {
    this.#store = store;
    this.#do = actions;
    this.#step = localStorage.getItem(KEY) === "off" ? "off" : "post";
    store.onChange(() => this.#draw());
  }

  posted(lead, chatId, messageId) {
    if (!lead || !this.#isHere) return;
    this.#post = { lead, chatId, messageId };
    if (this.#step === "post" && this.#am("оператор")) this.#go("decide");
  }

  /** A decision was answered; an operator's press only brings a refusal. */
  decided() {
    if (this.#step === "decide" && this.#isHere && !this.#am("оператор")) this.#go("look");
  }

  looked() {
    if (this.#step === "look") this.#go("done");
  }

  #go(step) {
    this.#step = step;
    if (step === "off") localStorage.setItem(KEY, "off");
    this.#store.changed();
  }

  #am(role) {
    return this.#store.withRole(role)?.id === this.#store.me;
  }

  /** The chat that it leads through: the first that has ready posts. */
  get #isHere() {
    const { chat, config } = this.#store;
    return chat?.title === config.suggestions[0]?.chat_title;
  }

  /** What to say now: `{words, button?}`, or null. */
  #hint() {
    const operator = this.#switchTo("оператор", "Стать оператором");
    switch (this.#step) {
      case "post":
        if (!this.#am("оператор")) {
          return { words: "Начните с оператора: он выкладывает лид в чат", button: operator };
        }
        return this.#postsOffered()
          ? { words: "Клиент на линии, у лида горит «Дубль». Отправьте готовый пост:" }
          : null;
      case "decide":
        return this.#toDecide();
      case "look":
        return {
          words: "Решено. Посмотрите, что записано в CRM",
          button: {
            label: "Открыть карточку лида",
            run: () => this.#do.openLead(this.#post.lead),
          },
        };
      case "done":
        return {
          words: "Готово! Комментарий с именем админа — в карточке, оператор уже знает ответ",
          button: this.#am("оператор") ? null : operator,
          last: true,
        };
      default:
        return null;
    }
  }

  #postsOffered() {
    return !this.#store.writing && this.#isHere;
  }

  #toDecide() {
    const { chatId, messageId } = this.#post;
    const answers = this.#store
      .list(chatId)
      .filter((one) => one.message_id > messageId && one.from?.is_bot);
    if (!answers.length) return { words: "Бот читает лид в CRM…" };
    if (!answers.some(asksForDecision)) {
      return this.#am("оператор") ? { words: "Здесь решать нечего: отправьте другой пост" } : null;
    }
    if (this.#am("админ")) {
      return { words: "Решите одним нажатием на карточке: «Разрешить» или «Запретить»" };
    }
    return {
      words: "Бот ответил карточкой. Теперь станьте админом и решите",
      button: this.#switchTo("админ", "Стать админом"),
    };
  }

  #switchTo(role, label) {
    const person = this.#store.withRole(role);
    const run = () => this.#do.become(person.id);
    return person && { label: `${label}: ${person.first_name}`, run };
  }

  #draw() {
    const hint = this.#store.ready && this.#isHere ? this.#hint() : null;
    const rows = hint
      ? [
          {
            key: "hint",
            sig: JSON.stringify([hint.words, hint.button?.label]),
            make: () => this.#bar(hint),
          },
        ]
      : [];
    reconcile(this.#shelf, rows);
  }

  #bar({ words, button, last }) {
    const run = () => {
      if (last) this.#go("off");
      button.run();
    };
    return h(
      "div",
      { class: "hint" },
      icon("bulb"),
      h("span", { class: "hint-words" }, words),
      button && h("button", { type: "button", class: "pill", onclick: run }, button.label),
      iconButton("close", "Больше не подсказывать", () => this.#go("off"), "small"),
    );
  }
}
