// How far each person has read each chat. Kept in this browser, as the sandbox has no such thing.

const KEY = "workchats.reading";

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export class Reading {
  #seen = stored();

  /**
   * Take the chats' last ids. What stood there before this browser first came counts as read by
   * all; a mark beyond the last id is from a world that was reset since, and falls away.
   */
  begin(lastIds) {
    for (const [chatId, last] of lastIds) {
      const marks = (this.#seen[chatId] ??= { all: last });
      for (const who of Object.keys(marks)) {
        if (marks[who] > last) marks[who] = who === "all" ? 0 : last;
      }
    }
    this.#save();
  }

  seen(personId, chatId) {
    const marks = this.#seen[chatId] ?? {};
    return Math.max(marks[personId] ?? 0, marks.all ?? 0);
  }

  mark(personId, chatId, messageId) {
    if (messageId <= this.seen(personId, chatId)) return false;
    (this.#seen[chatId] ??= { all: 0 })[personId] = messageId;
    this.#save();
    return true;
  }

  #save() {
    localStorage.setItem(KEY, JSON.stringify(this.#seen));
  }
}
