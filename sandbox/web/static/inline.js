// Inline queries: «@bot words» in the composer asks the bot, what it offers stands above the line,
// and a click (or Enter, for the first) sends that in one's own name.

import { h, reconcile } from "./dom.js";
import { toast } from "./overlay.js";

const TYPING_MS = 200;
const ANSWER_SECONDS = 10;

export class InlineResults {
  #store;
  #acts;
  #box = document.querySelector("#write");
  #shelf = document.querySelector("#inline");
  /** What the shelf answers: the words and where they are typed; null while nobody asks the bot. */
  #asked = null;
  #answer = { query_id: null, results: [] };
  #timer = null;

  /** @param {{ask: (query: string) => Promise<object>, choose: (queryId: string, id: string) => Promise}} acts */
  constructor(store, acts) {
    this.#store = store;
    this.#acts = acts;
    this.#box.addEventListener("input", () => this.#look());
    // Before the composer, which would send the words.
    this.#box.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    store.onChange(() => this.#look());
  }

  /** The words after «@bot », or null: what is written asks nobody. */
  get #query() {
    const [name, words] = /^@(\w+)\s(.*)$/s.exec(this.#box.value)?.slice(1) ?? [];
    return name?.toLowerCase() === this.#store.bot?.username?.toLowerCase() ? words?.trim() : null;
  }

  #look() {
    const query = this.#query ?? null;
    const asked = query === null ? null : `${this.#store.me}:${this.#store.chatId}:${query}`;
    if (asked === this.#asked) return;
    this.#asked = asked;
    clearTimeout(this.#timer);
    if (asked === null) this.#show({ query_id: null, results: [] });
    else this.#timer = setTimeout(() => this.#ask(query, asked), TYPING_MS);
  }

  async #ask(query, asked) {
    try {
      const answer = await this.#acts.ask(query, ANSWER_SECONDS);
      if (asked === this.#asked) this.#show(answer);
    } catch (error) {
      toast(error.message);
    }
  }

  #show(answer) {
    this.#answer = answer;
    const rows = answer.results.map((one) => ({
      key: one.id,
      sig: answer.query_id + one.title,
      make: () => this.#row(one),
    }));
    if (answer.answered && !rows.length) rows.push(nothing());
    reconcile(this.#shelf, rows);
    this.#shelf.scrollTop = 0;
  }

  #row({ id, title, description }) {
    return h(
      "button",
      { type: "button", class: "inline-result", onclick: () => this.#choose(id) },
      h("b", {}, title),
      description && h("span", {}, description),
    );
  }

  #key(event) {
    const first = this.#answer.results[0];
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !first) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#choose(first.id);
  }

  #choose(id) {
    const { query_id: queryId } = this.#answer;
    this.#box.value = "";
    this.#box.dispatchEvent(new Event("input"));
    this.#box.focus({ preventScroll: true });
    this.#acts.choose(queryId, id).catch((error) => toast(error.message));
  }
}

function nothing() {
  return { key: "nothing", sig: "", make: () => h("p", {}, "Бот ничего не нашёл") };
}
