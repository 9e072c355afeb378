"""A Telegram message, read for what a flow may need: its leads, phones and words."""

from __future__ import annotations

from collections.abc import Callable

from aiogram.types import Message

from bot.flows.records import Person, Post
from bot.phones import read_phones
from bot.telegram import (
    answered,
    edited_at,
    is_reply,
    media_of,
    name_of,
    sent_at,
    topic_of,
    urls_of,
    words_of,
)
from crm_api.links import find_leads, foreign_hosts
from crm_api.port import LeadRef


class Reader:
    """Knows which links are leads. Nothing is fetched."""

    def __init__(
        self, hosts: frozenset[str], lead_in_path: Callable[[str], LeadRef | None]
    ) -> None:
        self._hosts = hosts
        self._lead_in_path = lead_in_path

    def post(self, message: Message) -> Post | None:
        """The message as a post; None where no person stands behind it."""
        if message.from_user is None or message.sender_chat is not None:
            return None
        return self._read(message, message.from_user.id, name_of(message.from_user))

    def unsigned(self, message: Message) -> Post:
        """The same of a message in the name of a group or of a channel: by nobody."""
        return self._read(message, 0, "")

    def _read(self, message: Message, by: int, name: str) -> Post:
        text = words_of(message)
        urls = urls_of(message)
        leads = find_leads(text, urls, hosts=self._hosts, lead_in_path=self._lead_in_path)
        foreign = foreign_hosts(text, urls, hosts=self._hosts, lead_in_path=self._lead_in_path)
        phones = read_phones(text)
        return Post(
            chat_id=message.chat.id,
            topic_id=topic_of(message),
            message_id=message.message_id,
            by=Person(id=by, name=name),
            sent_at=sent_at(message),
            text=text,
            leads=tuple(lead.text for lead in leads),
            foreign=tuple(host for host in foreign if host),
            phones=phones.found,
            odd_phones=phones.odd,
            media=media_of(message),
            album=message.media_group_id or "",
            is_reply=is_reply(message),
            answers=answered(message) is not None,
            edited_at=edited_at(message),
        )
