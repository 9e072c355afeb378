"""Telegram in small: the world, its clock, its limits, and what it tells the bot and the page."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from sandbox.telegram import render
from sandbox.telegram.clock import Clock, Signal
from sandbox.telegram.delivery import Polling, Updates
from sandbox.telegram.events import Events
from sandbox.telegram.faults import Faults
from sandbox.telegram.files import Files
from sandbox.telegram.limits import FloodLimits
from sandbox.telegram.model import Bot, Chat, Json, Message, World
from sandbox.telegram.texts import found

LOG_KEPT = 10_000
#: Service messages that a bot gets though it caused them itself.
_TOLD_TO_ITS_AUTHOR = {"pinned_message", "left_chat_member"}


class Telegram:
    """The engine behind the Bot API and the control API; it does no I/O of its own.

    `strict` refuses parameters that the sandbox does not know, so that a typo is noticed;
    otherwise they are only noted in the log.
    """

    def __init__(
        self,
        token: str,
        world: World,
        *,
        clock: Clock | None = None,
        strict: bool = True,
        files: Files | None = None,
    ) -> None:
        self.token = token
        self.world = world
        self.strict = strict
        self.clock = clock or Clock()
        self.clock.offset += world.clock_offset
        self.updates = Updates(world, self.clock)
        self.polling = Polling(world, self.updates)
        self.limits = FloodLimits(self.clock, on=world.limits_on)
        self.faults = Faults()
        self.files = files or Files()
        self.events = Events(world)
        self.answers = Signal()
        self.log: deque[Json] = deque(maxlen=LOG_KEPT)
        #: Called after each change, for whoever writes the world to a file.
        self.on_change: Callable[[], None] = lambda: None
        self.stopping = False

    def touch(self) -> None:
        """Say that the world has changed."""
        self.on_change()

    def stop(self) -> None:
        """Send everybody home who waits for something."""
        self.stopping = True
        self.polling.shut()
        self.events.signal.fire()
        self.answers.fire()

    def find_user(self, user_id: int) -> Json | None:
        """Give the JSON of a user that the bot could know, or None."""
        known = user_id == self.world.bot.id or user_id in self.world.people
        return render.user(self.world, user_id) if known else None

    def render(self, chat: Chat, message: Message) -> Json:
        """Give a message as the Bot API does."""
        return render.message(self.world, chat, message)

    def shown(self, chat: Chat, message: Message) -> Json:
        """Give a message as the control API does: with what only the page cares for."""
        return self.render(chat, message) | {
            "deleted": message.deleted,
            "reactions": message.reactions,
        }

    def add(self, chat: Chat, message: Message) -> Message:
        """Put a new message into a chat and show it to the page."""
        chat.last_message_id = message.message_id
        chat.messages[message.message_id] = message
        self.show("message", chat, message)
        return message

    def show(self, kind: str, chat: Chat, message: Message) -> None:
        """Tell the page of a new, edited or deleted message."""
        self.events.emit(kind, chat_id=chat.id, message=self.shown(chat, message))

    def service(self, chat: Chat, author_id: int | None, content: Json) -> Message:
        """Put Telegram's own note of an event into a chat, and tell the bot if it is there."""
        record = Message(chat.last_message_id + 1, self.clock.date(), author_id, content)
        self.add(chat, record)
        self.tell_bot(chat, record)
        return record

    def tell_bot(self, chat: Chat, message: Message, *, edited: bool = False) -> None:
        """Queue an update about a message, if the bot is to see it."""
        if self._bot_sees(chat, message):
            kind = "channel_post" if chat.type == "channel" else "message"
            self.updates.push(f"edited_{kind}" if edited else kind, self.render(chat, message))

    def _bot_sees(self, chat: Chat, message: Message) -> bool:
        bot = self.world.bot
        if message.author_id == bot.id and not _TOLD_TO_ITS_AUTHOR & message.content.keys():
            return False
        if chat.type == "private":
            return not self.world.people[chat.id].blocked
        if not chat.is_present(bot.id):
            return False
        if not self.world.privacy or message.is_service or chat.is_admin(bot.id):
            return True
        return self._is_meant_for_bot(chat, message)

    def _is_meant_for_bot(self, chat: Chat, message: Message) -> bool:
        """Privacy mode: commands, answers to the bot, and posts that name it."""
        answered = chat.living(message.reply_to)
        if answered is not None and answered.author_id == self.world.bot.id:
            return True
        text = message.content.get("text") or message.content.get("caption") or ""
        own_name = f"@{self.world.bot.username}".lower()
        units = text.encode("utf-16-le")
        for entity in found(text):
            start, end = entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2
            word = units[start:end].decode("utf-16-le").lower()
            if entity["type"] == "mention" and word == own_name:
                return True
            if entity["type"] == "bot_command" and ("@" not in word or word.endswith(own_name)):
                return True
        return False


def new_world(token: str, *, username: str, first_name: str, privacy: bool, limits: bool) -> World:
    """Make an empty world around one bot, whose id is the token's first part.

    Raises:
        ValueError: the token has no such part.
    """
    bot_id, _, secret = token.partition(":")
    if not bot_id.isdecimal() or not secret:
        raise ValueError("a token is the bot's numeric id, a colon and a secret")
    return World(Bot(int(bot_id), first_name, username), privacy=privacy, limits_on=limits)
