// «Кто я»: on a wide screen a rail of people at the left edge, on a phone a sheet behind the face.

import { avatar, h, reconcile } from "./dom.js";
import { fullName } from "./store.js";

export class People {
  #store;
  #list = document.querySelector("#people");
  #become;

  /** @param {(personId: number) => void} become called when a person is chosen */
  constructor(store, become) {
    this.#store = store;
    this.#become = become;
    this.#list.addEventListener("click", (event) => {
      const choice = event.target.closest("[data-person]");
      if (choice) this.#choose(Number(choice.dataset.person));
    });
    this.#list.addEventListener("keydown", (event) => this.#move(event));
    document.addEventListener("pointerdown", (event) => {
      if (!event.target.closest("#people, #me, .me-small")) this.close();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    store.onChange(() => this.#draw());
  }

  get isOpen() {
    return document.body.classList.contains("choosing-person");
  }

  toggle() {
    const open = document.body.classList.toggle("choosing-person");
    for (const opener of document.querySelectorAll("#me, .me-small")) {
      opener.setAttribute("aria-expanded", open);
    }
    if (open) this.#list.querySelector("[aria-checked=true]")?.focus();
  }

  close() {
    if (this.isOpen) this.toggle();
  }

  #choose(personId) {
    this.close();
    this.#become(personId);
  }

  /** Arrows walk through the people, as in any group of radio buttons; Enter chooses. */
  #move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...this.#list.querySelectorAll("[data-person]")];
    all.at((all.indexOf(document.activeElement) + step) % all.length).focus();
  }

  #draw() {
    const { world, me } = this.#store;
    const rows = world.people.map((person) => {
      const mine = person.id === me;
      const unread = mine ? 0 : this.#store.unreadOf(person.id);
      return {
        key: String(person.id),
        sig: JSON.stringify([person, mine, unread]),
        make: () => choice(person, mine, unread),
      };
    });
    reconcile(this.#list, rows);
  }
}

function choice(person, mine, unread) {
  const name = fullName(person);
  return h(
    "button",
    {
      type: "button",
      role: "radio",
      class: "person",
      "aria-checked": String(mine),
      "aria-label": `${name}, ${person.about || "без роли"}${unread ? `, новых: ${unread}` : ""}`,
      tabindex: mine ? "0" : "-1",
      title: `${name} — ${person.about || "без роли"}`,
      dataset: { person: person.id },
    },
    h(
      "span",
      { class: "person-face" },
      avatar(person.id, name),
      unread > 0 && h("span", { class: "badge" }, unread > 99 ? "99+" : unread),
    ),
    h(
      "span",
      { class: "person-words" },
      h(
        "span",
        { class: "person-name" },
        person.first_name,
        h("span", { class: "surname" }, ` ${person.last_name ?? ""}`),
      ),
      h("span", { class: "person-role" }, person.about ?? ""),
    ),
  );
}
