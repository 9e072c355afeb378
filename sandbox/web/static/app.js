// The page's wiring: views, the live line, the address (#as=<person>&chat=<id>), and the deeds.

import { api } from "./api.js";
import { pressKey } from "./bubbles.js";
import { Composer } from "./composer.js";
import { h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { refreshMoments } from "./entities.js";
import { decides, Guide } from "./guide.js";
import { InlineResults } from "./inline.js";
import { LeadPanel } from "./lead.js";
import { botLinkOf, leadOf, leadsIn, messageLinkOf, outward } from "./links.js";
import { listen } from "./live.js";
import { alertBox, menuAt, toast } from "./overlay.js";
import { People } from "./people.js";
import { Sidebar } from "./sidebar.js";
import { fullName, Store } from "./store.js";
import { Thread } from "./thread.js";

const PRESS_WAIT_SECONDS = 25;
const REFRESH_MOMENTS_MS = 15_000;
const STATUSES = { creator: "владелец группы", administrator: "админ группы" };

const store = new Store();
const lead = new LeadPanel(() => guide.looked());
const openLead = (one) => lead.open(one);
const people = new People(store, become);
const sidebar = new Sidebar(store, openChat, () => people.toggle());
// Before the composer: Enter chooses what the bot offers, and only then sends words.
new InlineResults(store, {
  ask: (query, wait) => api.ask({ from: store.me, chat: store.chatId, query, wait }),
  choose: async (queryId, result) => {
    const chatId = store.chatId;
    store.put(chatId, await api.choose(queryId, { chat: chatId, result }));
  },
});
const composer = new Composer(store, {
  send,
  edit: ({ chat, message_id }, text) => api.edit(chat.id, message_id, { from: store.me, text }),
  start: () => api.start(store.me).then(() => store.reloadWorld()),
  unblock: async () => {
    await api.unblock(store.me);
    await api.start(store.me);
    await store.reloadWorld();
  },
});
// After the composer: its hint about ready posts goes when somebody writes.
const guide = new Guide(store, { become, openLead });
const thread = new Thread(store, {
  back: () => go({ chat: null }),
  choosePerson: () => people.toggle(),
  headMenu,
  chooseTopic: (topicId) => {
    store.topicId = topicId;
    store.changed();
  },
  messageMenu,
  reply: (message) => composer.reply(message),
  press,
  link: follow,
  command: (words) => composer.paste(words),
});

// ---- where I am: the address bar keeps it, so Back and reload work, and each tab has its person

const narrow = () => matchMedia("(max-width: 760px)").matches;

function place() {
  const params = new URLSearchParams(location.hash.slice(1));
  return { as: Number(params.get("as")) || null, chat: Number(params.get("chat")) || null };
}

function go(change, { replace = false } = {}) {
  const { as, chat } = { as: store.me, chat: store.chatId, ...change };
  const params = new URLSearchParams({ as, ...(chat ? { chat } : {}) });
  history[replace ? "replaceState" : "pushState"](null, "", `#${params}`);
  arrive();
}

/** Make the store agree with the address; fill in what the address leaves open. */
function arrive() {
  if (!store.ready || !store.world.people.length) return;
  const wanted = place();
  const person = store.person(wanted.as) ?? store.withRole("оператор") ?? store.world.people[0];
  const chats = store.chatsOf(person.id);
  const moved = store.world.chats.find((chat) => chat.id === wanted.chat)?.migrated_to;
  const chat = chats.find((one) => one.id === (moved ?? wanted.chat));
  if (store.chatId !== (chat?.id ?? null)) store.topicId = 0;
  store.me = person.id;
  store.chatId = chat?.id ?? null;
  store.changed();
}

function become(personId) {
  const keeps = store.chatsOf(personId).some((chat) => chat.id === store.chatId);
  const first = narrow() ? null : store.chatsOf(personId)[0];
  const next = keeps ? store.chatId : (first?.id ?? null);
  go({ as: personId, chat: next }, { replace: true });
  composer.focus();
}

function openChat(chatId) {
  go({ chat: chatId }, { replace: store.chatId !== null });
  composer.focus();
}

/** At the first visit on a wide screen a chat is open already: that of the first ready post, in
 *  whichever chat somebody has written last. */
function firstChat() {
  if (store.chatId || narrow()) return;
  const groups = store.chatsOf(store.me).filter((chat) => chat.type !== "private");
  const titles = store.config.suggestions.map((one) => one.chat_title);
  const title = titles.find((one) => groups.some((chat) => chat.title === one));
  const group = groups.find((chat) => chat.title === title) ?? groups[0];
  if (group) go({ chat: group.id }, { replace: true });
}

// ---- deeds

async function send(posts) {
  const chatId = store.chatId;
  for (const post of posts) {
    const message = await api.send(chatId, { from: store.me, ...post });
    store.put(chatId, message);
    store.reading.mark(store.me, chatId, message.message_id);
    guide.posted(leadsIn(message, store.config.crm_web_url)[0], chatId, message.message_id);
  }
}

async function press(message, row, col) {
  const button = message.reply_markup.inline_keyboard[row][col];
  if (button.copy_text) {
    await navigator.clipboard.writeText(button.copy_text.text);
    toast("Скопировано");
    return;
  }
  if (button.url) {
    openLink(button.url);
    return;
  }
  if (!button.callback_data) return;
  const chatId = store.chatId;
  const key = pressKey(chatId, message.message_id, row, col);
  if (store.presses.has(key)) return;
  store.presses.add(key);
  store.changed();
  try {
    const answer = await api.press(chatId, message.message_id, {
      from: store.me,
      data: button.callback_data,
      wait: PRESS_WAIT_SECONDS,
    });
    if (answer.answered && decides(button)) guide.decided();
    showAnswer(answer);
  } catch (error) {
    toast(error.message);
  } finally {
    store.presses.delete(key);
    store.changed();
  }
}

function showAnswer({ answered, text, show_alert, url }) {
  if (!answered) toast("Бот не ответил на нажатие");
  else if (url) openLink(url);
  else if (text && show_alert) alertBox(fullName(store.bot), withEmoji(text));
  else if (text) toast(text);
}

/** A click on a link; with Ctrl, Shift or the middle button the browser does its usual thing. */
function follow(event, href) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  const ours = leadOf(href, store.config.crm_web_url) ?? messageLinkOf(href) ?? botLinkOf(href);
  if (ours) {
    event.preventDefault();
    openLink(href);
  }
}

function openLink(href) {
  const one = leadOf(href, store.config.crm_web_url);
  const bot = botLinkOf(href);
  const place = messageLinkOf(href);
  if (one) lead.open(one);
  else if (place) openMessage(place);
  else if (bot && bot.bot.toLowerCase() === store.bot?.username?.toLowerCase()) openChat(store.me);
  else if (outward(href)) window.open(outward(href), "_blank", "noopener");
}

function openMessage({ chatId, messageId }) {
  if (!store.chatsOf(store.me).some((chat) => chat.id === chatId)) {
    toast("Этого чата у вас нет");
    return;
  }
  openChat(chatId);
  store.settled().then(() => thread.jumpTo(messageId));
}

function messageMenu(message, point) {
  const mine = message.from?.id === store.me;
  const text = message.text ?? message.caption;
  const run = (deed) => () => deed().catch((error) => toast(error.message));
  const items = [{ icon: "reply", label: "Ответить", run: () => composer.reply(message) }];
  if (text) {
    const copy = () => navigator.clipboard.writeText(text).then(() => toast("Скопировано"));
    items.push({ icon: "copy", label: "Копировать текст", run: run(copy) });
    items.push({ icon: "forward", label: "Переслать", run: () => forwardMenu(message, point) });
  }
  if (mine && message.text) {
    items.push({ icon: "edit", label: "Изменить", run: () => composer.edit(message) });
  }
  if (mine) {
    const remove = () => api.remove(store.chatId, message.message_id);
    items.push({ icon: "trash", label: "Удалить", danger: true, run: run(remove) });
  }
  menuAt(point, items);
}

function forwardMenu(message, point) {
  const name = message.from ? fullName(message.from) : message.sender_chat?.title;
  const forward = async (chat) => {
    const post = { from: store.me, text: message.text ?? message.caption };
    const entities = message.entities ?? message.caption_entities;
    await api.send(chat.id, { ...post, entities, forward: { from_name: name } });
    openChat(chat.id);
  };
  const items = store.chatsOf(store.me).map((chat) => ({
    icon: "forward",
    label: chat.title,
    run: () => forward(chat).catch((error) => toast(error.message)),
  }));
  menuAt(point, items);
}

function headMenu(point) {
  const { chat, myself } = store;
  if (chat.type !== "private") {
    menuAt(point, [{ icon: "people", label: "Участники", run: () => showMembers(chat) }]);
  } else if (myself.started && !myself.blocked) {
    const block = () =>
      api
        .block(store.me)
        .then(() => store.reloadWorld())
        .catch((error) => toast(error.message));
    menuAt(point, [{ icon: "block", label: "Остановить бота", danger: true, run: block }]);
  }
}

function showMembers(chat) {
  const rows = chat.members
    .filter((member) => store.membership(chat, member.user_id))
    .map((member) => {
      const bot = store.world.bots.find((one) => one.id === member.user_id);
      const person = store.person(member.user_id) ?? bot ?? { first_name: "Участник" };
      const about = bot ? "бот" : person.about;
      const words = [about, STATUSES[member.status], `id ${member.user_id}`].filter(Boolean);
      return h("li", {}, h("b", {}, fullName(person)), h("span", {}, words.join(" · ")));
    });
  alertBox(chat.title, h("ul", { class: "members" }, rows));
}

// ---- the live line

const EVENTS = {
  message: (event) => store.put(event.chat_id, event.message),
  edit: (event) => store.put(event.chat_id, event.message),
  delete: (event) => store.remove(event.chat_id, event.message.message_id),
  world: () => store.reloadWorld().then(arrive),
};

listen({
  onOpen: async () => {
    await store.load();
    arrive();
    firstChat();
  },
  onEvent: (event) => EVENTS[event.kind]?.(event),
  onState: (online) => {
    store.online = online;
    store.changed();
  },
});

store.onChange(() => {
  document.querySelector("#offline").hidden = store.online;
  document.body.classList.toggle("loading", !store.ready);
});
addEventListener("hashchange", arrive);
addEventListener("popstate", arrive);
addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "k") {
    event.preventDefault();
    sidebar.focus();
  } else if (event.key === "Escape" && lead.isOpen) {
    lead.close();
  }
});
setInterval(() => refreshMoments(document), REFRESH_MOMENTS_MS);
