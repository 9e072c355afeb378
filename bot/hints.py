"""Hints: how it is done right, said in the chat as an answer to a slip."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.enqueue import Enqueue
from bot.flows.records import Post
from storage.uow import UnitOfWork

#: Whoever asks in words often pastes the link right behind them: then he needs no hint.
_LINK_FOLLOWS = timedelta(seconds=5)
_MINUTE = timedelta(minutes=1)


class Hints:
    """Says them; the words are those of `bot/templates/common.j2`.

    `example_link`: how one of our CRM looks; to no lead.
    """

    def __init__(self, enqueue: Enqueue, *, example_link: str) -> None:
        self._enqueue = enqueue
        self._example_link = example_link

    async def say(
        self,
        uow: UnitOfWork,
        post: Post,
        what: str,
        now: datetime,
        *,
        each_time: bool = False,
        **words: Any,
    ) -> None:
        """`each_time`: at each slip, since somebody would wait in vain; else once to a person."""
        whom = post.message_id if each_time else post.by.id
        await self._say(uow, post, what, now, once=_said(what, post, whom), words=words)

    async def was_said(self, uow: UnitOfWork, post: Post, what: str) -> bool:
        """Whether the post has had that answer already, of those that are said each time."""
        return await uow.outbox.is_there(_said(what, post, post.message_id))

    async def foreign_link(self, uow: UnitOfWork, post: Post, now: datetime) -> None:
        """His link leads elsewhere than into our CRM."""
        hosts = list(post.foreign)
        await self.say(uow, post, "foreign_link", now, hosts=hosts, example=self._example_link)

    async def which_lead(
        self, uow: UnitOfWork, post: Post, now: datetime, *, near: str = "", lacks: int = 0
    ) -> None:
        """Ask for the link, once a minute; what was asked is kept for it.

        `near`, `lacks`: what was meant for the lead's key, as in `Keys`.
        """
        await self._say(
            uow,
            post,
            "which_lead",
            now,
            once=_asked_in(post, post.sent_at),
            words={"asked": post.text, "near": near, "lacks": lacks},
            # By our clock, not later: Telegram's may be ahead of it.
            due_at=max(now, min(now, post.sent_at) + _LINK_FOLLOWS),
        )

    async def near_key(
        self, uow: UnitOfWork, post: Post, now: datetime, *, near: str, lacks: int
    ) -> None:
        """Such a key and nothing else, of him who was asked a moment ago: he would wait in vain."""
        asked = [_asked_in(post, post.sent_at - ago) for ago in (timedelta(), _MINUTE)]
        if any([await uow.outbox.is_there(once) for once in asked]):
            await self.say(uow, post, "which_lead", now, each_time=True, near=near, lacks=lacks)

    async def asked_before(self, uow: UnitOfWork, post: Post) -> str:
        """What its writer asked a moment ago, when he was (or would be) asked for the link.

        It is given once, and a hint that has not gone out yet does not go any more.
        """
        keys = (_asked_in(post, post.sent_at), _asked_in(post, post.sent_at - _MINUTE))
        payload = await uow.outbox.take_back(*keys, now=post.sent_at)
        return "" if payload is None else str(payload["words"]["asked"])

    async def _say(
        self,
        uow: UnitOfWork,
        post: Post,
        what: str,
        now: datetime,
        *,
        once: str,
        words: dict[str, Any],
        due_at: datetime | None = None,
    ) -> None:
        await self._enqueue.say(
            uow,
            post.chat_id,
            what,
            now=now,
            topic_id=post.topic_id,
            reply_to=post.message_id,
            once=once,
            words=words,
            due_at=due_at,
        )


def _said(what: str, post: Post, whom: int) -> str:
    return f"hint:{what}:{post.chat_id}:{whom}"


def _asked_in(post: Post, minute: datetime) -> str:
    return f"hint:which_lead:{post.chat_id}:{post.topic_id}:{post.by.id}:{minute:%Y%m%d%H%M}"
