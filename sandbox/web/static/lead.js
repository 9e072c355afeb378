// The lead's card at the right: the CRM's own page in a frame; on a phone a sheet over all.

import { h, iconButton } from "./dom.js";

export class LeadPanel {
  #panel = document.querySelector("#lead");
  #before = null;
  #onOpen;

  /** @param {() => void} onOpen called each time a card is opened */
  constructor(onOpen) {
    this.#onOpen = onOpen;
    this.#panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
  }

  get isOpen() {
    return !this.#panel.hidden;
  }

  /** @param {{key: string, url: string}} lead */
  open(lead) {
    if (!this.isOpen) this.#before = document.activeElement;
    const frame = h("iframe", {
      class: "lead-frame",
      title: `Карточка лида ${lead.key}`,
      referrerpolicy: "no-referrer",
      src: lead.url,
    });
    const close = iconButton("close", "Закрыть карточку", () => this.close());
    const reload = iconButton("reload", "Обновить карточку", () => {
      frame.src = lead.url;
    });
    const outside = iconButton("external", "Открыть в новой вкладке", () =>
      window.open(lead.url, "_blank", "noopener"),
    );
    this.#panel.replaceChildren(
      h(
        "header",
        { class: "bar" },
        close,
        h(
          "div",
          { class: "bar-words" },
          h("h2", {}, "Карточка лида"),
          h("span", {}, lead.key),
        ),
        reload,
        outside,
      ),
      frame,
    );
    this.#panel.hidden = false;
    document.body.classList.add("with-lead");
    close.focus({ preventScroll: true });
    this.#onOpen();
  }

  close() {
    if (!this.isOpen) return;
    this.#panel.hidden = true;
    this.#panel.replaceChildren();
    document.body.classList.remove("with-lead");
    this.#before?.focus?.({ preventScroll: true });
  }
}
