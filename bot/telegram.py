"""Between us and aiogram: what a message says, how a card is shown, answers to presses."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from aiogram import Bot
from aiogram.enums import ParseMode
from aiogram.exceptions import TelegramAPIError
from aiogram.types import (
    ChatMemberAdministrator,
    ChatMemberMember,
    ChatMemberOwner,
    ChatMemberRestricted,
    FSInputFile,
    InlineQueryResultArticle,
    InlineQueryResultUnion,
    InputTextMessageContent,
    Message,
    User,
)

from bot import calls, errors
from bot.cards import Card
from bot.flows.records import Person
from bot.telegram_errors import named, said_in_vain

log = structlog.get_logger(__name__)

#: Seconds that a file may take to reach Telegram: 50 MB on a slow line.
_UPLOAD = 80
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def name_of(user: User) -> str:
    """The name that people know, without the signs that turn a line's direction round."""
    return _DIRECTIONS.sub("", user.full_name).strip() or str(user.id)


def person_of(user: User) -> Person:
    """Telegram's user as we know people."""
    return Person(id=user.id, name=name_of(user))


def topic_of(message: Message) -> int:
    """The forum topic of a message; 0 where there is none."""
    return message.message_thread_id or 0 if message.is_topic_message else 0


def words_of(message: Message) -> str:
    """Text or caption."""
    return message.text or message.caption or ""


def urls_of(message: Message) -> tuple[str, ...]:
    """Addresses that hide behind words (text links)."""
    entities = message.entities or message.caption_entities or []
    return tuple(entity.url for entity in entities if entity.type == "text_link" and entity.url)


#: What a message may carry. A GIF is a document too, for old clients: it must come first.
_MEDIA = ("animation", "photo", "video", "video_note", "voice", "audio", "document")


def media_of(message: Message) -> str:
    """What it carries, by Telegram's own word; "" for none, and for a sticker."""
    return next((kind for kind in _MEDIA if getattr(message, kind)), "")


def answered(message: Message) -> Message | None:
    """The message that it answers; in a topic every one "replies" to the topic's beginning."""
    replied = message.reply_to_message
    return None if replied is None or replied.forum_topic_created is not None else replied


def is_reply(message: Message) -> bool:
    """Whether it answers somebody else's message; who answers himself goes on."""
    replied = answered(message)
    return replied is not None and _speaker(replied) != _speaker(message)


def _speaker(message: Message) -> int:
    if message.sender_chat is not None:
        return message.sender_chat.id
    return 0 if message.from_user is None else message.from_user.id


def sent_at(message: Message) -> datetime:
    """When it was sent, aware UTC."""
    return message.date.astimezone(UTC)


def edited_at(message: Message) -> datetime | None:
    """When it was edited last, aware UTC; None: never."""
    at = message.edit_date
    return None if at is None else datetime.fromtimestamp(at, UTC)


class Messenger:
    """Sends, edits and deletes; raises `errors.TelegramError`s and nothing of aiogram's."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(self, chat_id: int, card: Card, *, topic_id: int = 0, reply_to: int = 0) -> int:
        """Send a message; a post to reply to that was deleted meanwhile is done without.

        Returns:
            The id of the message.
        """
        call = calls.send_message(chat_id, card, topic_id=topic_id, reply_to=reply_to)
        with named():
            sent = await self._bot(call)
        return sent.message_id

    async def send_document(self, chat_id: int, path: Path, caption: Card) -> int:
        """Send a file under its own name.

        Returns:
            The id of the message.
        """
        with named():
            message = await self._bot.send_document(
                chat_id, FSInputFile(path), caption=caption.text, request_timeout=_UPLOAD
            )
        return message.message_id

    async def edit(self, chat_id: int, message_id: int, card: Card) -> None:
        """Make a message of ours say something else; saying the same again is well."""
        with named(), said_in_vain("message is not modified"):
            await self._bot(calls.edit_message_text(chat_id, message_id, card))

    async def delete(self, chat_id: int, message_id: int) -> None:
        """Take a message of ours away; one that is gone already is as it should be."""
        with named(), said_in_vain("message to delete not found"):
            await self._bot.delete_message(chat_id, message_id)

    async def is_member(self, chat_id: int, user_id: int) -> bool:
        """Whether somebody is in a group now; False too where Telegram does not tell the bot."""
        try:
            with named():
                found = await self._bot.get_chat_member(chat_id, user_id)
        except (errors.TelegramRefused, errors.TelegramUnreachable, errors.TelegramMoved):
            return False
        if isinstance(found, ChatMemberRestricted):
            return found.is_member
        return isinstance(found, ChatMemberMember | ChatMemberAdministrator | ChatMemberOwner)

    async def leave(self, chat_id: int) -> None:
        """Leave a group."""
        with named():
            await self._bot.leave_chat(chat_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A result of an inline query: what the list shows, and the HTML that is sent if it is taken.

    Attributes:
        id: 64 bytes at most.
    """

    id: str
    title: str
    description: str
    text: str


class Answers:
    """Answers to presses and to inline queries: free of the budget, outside the loop's way.

    Those to presses go out after the commit.
    """

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._under_way: set[asyncio.Task[None]] = set()

    def give(self, query_id: str, text: str, *, alert: bool = False) -> None:
        """Answer a press soon. One too old to be answered is no fault: the card tells the rest."""
        self._soon(self._give(query_id, text, alert=alert))

    def offer(self, query_id: str, offers: Iterable[Offer]) -> None:
        """Answer an inline query soon; the same words get the same offers, whoever types them."""
        self._soon(self._offer(query_id, [_article(one) for one in offers]))

    def _soon(self, answer: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(answer)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _offer(self, query_id: str, articles: list[InlineQueryResultUnion]) -> None:
        try:
            await self._bot.answer_inline_query(query_id, articles, cache_time=300)
        except TelegramAPIError as error:
            log.info("inline_query_not_answered", why=type(error).__name__)

    async def _give(self, query_id: str, text: str, *, alert: bool) -> None:
        try:
            await self._bot(calls.answer_callback_query(query_id, text[:200], alert=alert))
        except TelegramAPIError as error:
            log.info("press_not_answered", why=type(error).__name__)

    async def drain(self) -> None:
        """Give the answers that are under way a moment to go out."""
        if self._under_way:
            _, left = await asyncio.wait(self._under_way, timeout=1)
            for task in left:
                task.cancel()


def _article(offer: Offer) -> InlineQueryResultUnion:
    return InlineQueryResultArticle(
        id=offer.id,
        title=offer.title,
        description=offer.description,
        input_message_content=InputTextMessageContent(
            message_text=offer.text, parse_mode=ParseMode.HTML
        ),
    )


def link_to_message(chat_id: int, message_id: int, topic_id: int = 0) -> str:
    """Where a message can be opened.

    "" in a basic group, which has no such links, and for a case that no message opened.
    """
    text = str(chat_id)
    if not text.startswith("-100") or message_id <= 0:
        return ""
    topic = f"{topic_id}/" if topic_id else ""
    return f"https://t.me/c/{text[4:]}/{topic}{message_id}"
