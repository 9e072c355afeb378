"""A Telegram message, read for what a flow may need: its leads, phones and words."""

from __future__ import annotations

from collections.abc import Callable

from aiogram.types import Message

from bot.flows.base import Person, Post
from bot.phones import find_phones
from bot.telegram import name_of, sent_at, topic_of, urls_of, words_of
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
        text = words_of(message)
        urls = urls_of(message)
        leads = find_leads(text, urls, hosts=self._hosts, lead_in_path=self._lead_in_path)
        foreign = foreign_hosts(text, urls, hosts=self._hosts, lead_in_path=self._lead_in_path)
        return Post(
            chat_id=message.chat.id,
            topic_id=topic_of(message),
            message_id=message.message_id,
            by=Person(id=message.from_user.id, name=name_of(message.from_user)),
            sent_at=sent_at(message),
            text=text,
            leads=tuple(lead.text for lead in leads),
            foreign=tuple(host for host in foreign if host),
            phones=find_phones(text),
        )

    def asks_something(self, message: Message) -> bool:
        """Whether somebody would expect an answer to it, whoever wrote it."""
        text = words_of(message)
        leads = find_leads(
            text, urls_of(message), hosts=self._hosts, lead_in_path=self._lead_in_path
        )
        return bool(leads or find_phones(text))
