"""Who is in which chat: people and chats made, members coming, going and being promoted."""

from __future__ import annotations

from typing import get_args

from sandbox.telegram import render
from sandbox.telegram.errors import ControlError
from sandbox.telegram.model import (
    PRESENT,
    Chat,
    ChatType,
    Json,
    Member,
    Message,
    Person,
    Status,
    Topic,
)
from sandbox.telegram.telegram import Telegram

_FORUM_BLUE = 7322096


def person_of(tg: Telegram, user_id: int) -> Person:
    """Find a person.

    Raises:
        ControlError: 404.
    """
    try:
        return tg.world.people[user_id]
    except KeyError:
        raise ControlError(f"no person {user_id}", 404) from None


def chat_of(tg: Telegram, chat_id: int) -> Chat:
    """Find a chat; a person's private chat is there as soon as it is asked for.

    Raises:
        ControlError: 404.
    """
    if chat_id in tg.world.people:
        return tg.world.chats.setdefault(chat_id, Chat(chat_id, "private"))
    try:
        return tg.world.chats[chat_id]
    except KeyError:
        raise ControlError(f"no chat {chat_id}", 404) from None


def add_person(tg: Telegram, wanted: Person) -> Person:
    """Make a person, or rename the one who has this id; an id of 0 is chosen here."""
    world = tg.world
    if wanted.id == 0:
        wanted.id = world.next_person_id
        world.next_person_id += 1
    elif wanted.id < 0 or wanted.id == world.bot.id:
        raise ControlError("a person's id is a positive number that is not the bot's")
    known = world.people.get(wanted.id)
    if known is not None:
        wanted.started, wanted.blocked = known.started, known.blocked
    world.people[wanted.id] = wanted
    tg.events.emit("world")
    return wanted


def create_chat(
    tg: Telegram,
    kind: ChatType,
    title: str,
    *,
    creator: int,
    members: list[int],
    is_forum: bool = False,
) -> Chat:
    """Make a group, a supergroup or a channel, as its creator does in the client."""
    if kind not in get_args(ChatType) or kind == "private":
        raise ControlError("type must be group, supergroup or channel")
    if is_forum and kind != "supergroup":
        raise ControlError("only a supergroup can be a forum")
    person_of(tg, creator)
    world = tg.world
    if kind == "group":
        chat_id = -world.next_group_id
        world.next_group_id += 1
    else:
        chat_id = _next_supergroup_id(tg)
    chat = Chat(chat_id, kind, title, is_forum)
    world.chats[chat_id] = chat
    chat.members[creator] = Member(creator, "creator")
    people = [user_id for user_id in members if user_id not in {creator, world.bot.id}]
    for user_id in people:
        person_of(tg, user_id)
        chat.members[user_id] = Member(user_id, "member")
    tg.events.emit("world")
    if world.bot.id in members:
        set_member(tg, chat, Member(world.bot.id, "member"), by=creator)
    return chat


def set_member(tg: Telegram, chat: Chat, wanted: Member, *, by: int) -> Member:
    """Change somebody's place in a chat, with the updates and service messages of Telegram.

    `my_chat_member` tells the bot of itself, `chat_member` (when asked for, and only to an
    administrator) of the others. The message of its own removal is the last that the bot sees.
    """
    if chat.type == "private":
        raise ControlError("a private chat has no members to change")
    if chat.migrated_to is not None:
        raise ControlError(f"the group became the supergroup {chat.migrated_to}")
    if wanted.status not in get_args(Status):
        raise ControlError(f"unknown status {wanted.status}")
    bot_id = tg.world.bot.id
    if wanted.user_id != bot_id:
        person_of(tg, wanted.user_id)
    before = chat.members.get(wanted.user_id) or Member(wanted.user_id, "left")
    if before.status == "creator":
        raise ControlError("the creator's place cannot be changed")
    chat.members[wanted.user_id] = wanted
    tg.events.emit("world")
    _tell_of_member(tg, chat, before, wanted, by=by)
    came = before.status not in PRESENT and wanted.status in PRESENT
    went = before.status in PRESENT and wanted.status not in PRESENT
    user = render.user(tg.world, wanted.user_id)
    if came:
        tg.service(chat, by, {"new_chat_members": [user]})
    elif went:
        note = Message(chat.last_message_id + 1, tg.clock.date(), by, {"left_chat_member": user})
        tg.add(chat, note)
        if wanted.user_id == bot_id:
            tg.updates.push("message", tg.render(chat, note))
        else:
            tg.tell_bot(chat, note)
    return wanted


def add_topic(tg: Telegram, chat: Chat, name: str, *, by: int) -> Topic:
    """Open a topic in a forum."""
    if not chat.is_forum:
        raise ControlError("the chat is not a forum")
    created = {"forum_topic_created": {"name": name, "icon_color": _FORUM_BLUE}}
    topic_id = chat.last_message_id + 1
    if topic_id == 1:
        # Number 1 is the general topic's everywhere.
        topic_id = 2
    topic = Topic(topic_id, name)
    chat.topics.append(topic)
    note = Message(topic_id, tg.clock.date(), by, created, thread_id=topic_id, is_topic=True)
    tg.add(chat, note)
    tg.tell_bot(chat, note)
    tg.events.emit("world")
    return topic


def migrate(tg: Telegram, chat: Chat) -> Chat:
    """Turn a group into a supergroup: a new id, message ids from 1, the old chat shut."""
    if chat.type != "group" or chat.migrated_to is not None:
        raise ControlError("only a living basic group can become a supergroup")
    successor = Chat(_next_supergroup_id(tg), "supergroup", chat.title)
    successor.members = dict(chat.members)
    tg.world.chats[successor.id] = successor
    creator = next(m.user_id for m in chat.members.values() if m.status == "creator")
    tg.service(chat, creator, {"migrate_to_chat_id": successor.id})
    chat.migrated_to = successor.id
    tg.service(successor, creator, {"migrate_from_chat_id": chat.id})
    tg.events.emit("world")
    return successor


def start(tg: Telegram, person: Person) -> None:
    """Let a person press «Start»: unblocks a blocked bot too."""
    if person.blocked:
        unblock(tg, person)
    person.started = True
    chat_of(tg, person.id)
    tg.events.emit("world")


def block(tg: Telegram, person: Person) -> None:
    """Let a person block the bot."""
    if not person.blocked:
        person.blocked = True
        _tell_of_private(tg, person, "member", "kicked")


def unblock(tg: Telegram, person: Person) -> None:
    """Let a person unblock the bot."""
    if person.blocked:
        person.blocked = False
        _tell_of_private(tg, person, "kicked", "member")


def _tell_of_private(tg: Telegram, person: Person, before: Status, after: Status) -> None:
    bot_id = tg.world.bot.id
    chat = chat_of(tg, person.id)
    tg.events.emit("world")
    _tell_of_member(tg, chat, Member(bot_id, before), Member(bot_id, after), by=person.id)


def _tell_of_member(tg: Telegram, chat: Chat, before: Member, after: Member, *, by: int) -> None:
    if before == after:
        return
    is_bot = after.user_id == tg.world.bot.id
    if not is_bot and not chat.is_admin(tg.world.bot.id):
        return
    payload: Json = {
        "chat": render.chat(tg.world, chat),
        "from": render.user(tg.world, by),
        "date": tg.clock.date(),
        "old_chat_member": render.member(tg.world, chat, before),
        "new_chat_member": render.member(tg.world, chat, after),
    }
    tg.updates.push("my_chat_member" if is_bot else "chat_member", payload)


def _next_supergroup_id(tg: Telegram) -> int:
    chat_id = -1_000_000_000_000 - tg.world.next_supergroup_id
    tg.world.next_supergroup_id += 1
    return chat_id
