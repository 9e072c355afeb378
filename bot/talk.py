"""Messages that name no lead: nearly all are people's talk, and a few are meant for the bot.

The bot answers no talk: what is taken must be clear by itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.flows.asking import has_words
from bot.flows.base import Flow
from bot.flows.records import Case, Post, Role
from bot.hints import Hints
from bot.sight import Sight
from storage.uow import UnitOfWork

#: A post that is found later is of a call that is over.
_CALL = timedelta(minutes=15)


class Talk:
    """Takes what is meant; whoever calls has locked the chat."""

    def __init__(self, *, sight: Sight, hints: Hints) -> None:
        self._sight = sight
        self._hints = hints

    async def with_words(self, uow: UnitOfWork, flow: Flow[Any], post: Post) -> Post:
        """A bare link, with what its writer asked a moment before it."""
        is_bare = flow.words_first and len(post.leads) == 1 and not has_words(post.text)
        if not is_bare or post.edited:
            return post
        asked = await self._hints.asked_before(uow, post)
        return replace(post, text=f"{post.text} {asked}") if asked else post

    async def take(self, uow: UnitOfWork, flow: Flow[Any], post: Post, now: datetime) -> None:
        """A message that asks for nothing as it stands."""
        if post.answers or post.edited:
            return
        if flow.lacks_lead(post) and now - post.sent_at < _CALL:
            await self._ask_for_lead(uow, flow, post, now)

    async def _ask_for_lead(
        self, uow: UnitOfWork, flow: Flow[Any], post: Post, now: datetime
    ) -> None:
        actor = await self._sight.actor(uow, post.by, flow)
        # Who decides here speaks with operators; who has asked already only asks how it stands.
        if actor.roles & (flow.deciders | {Role.OWNER}) or await self._asks_in(
            uow, flow, post, now
        ):
            return
        await self._hints.which_lead(uow, post, now)

    async def _asks_in(
        self, uow: UnitOfWork, flow: Flow[Any], post: Post, now: datetime
    ) -> list[Case[Any]]:
        """The chat's open cases that he has asked in, the oldest first."""
        rows = await uow.cases.around(post.chat_id, post.topic_id, flow.name, since=now)
        cases = [self._sight.read(row)[1] for row in rows if row.closed_at is None]
        return [
            case
            for case in cases
            if any(person.id == post.by.id for person, _ in flow.askers(case))
        ]
