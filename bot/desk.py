"""The front desk: what people write. Posts become cases or join them; replies act.

What they press is the counter's: `bot.pressing`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bot.enqueue import Enqueue, lane_of
from bot.flows.base import Flow, Flows
from bot.flows.copies import replace
from bot.flows.records import Post
from bot.hints import Hints
from bot.perform import Perform
from bot.sight import Sight
from bot.talk import Talk
from storage.cases import CaseRow
from storage.errors import Stale
from storage.posts import REPLY, told_in
from storage.uow import Storage, UnitOfWork

# So long after it was sent a message of ours may be without its note.
_NOTED_WITHIN = timedelta(seconds=10)
# Stands for whatever he might have written.
_SOME_WORDS = "words"


class Desk:
    """Takes what people write. When a call has returned, it is committed."""

    def __init__(
        self,
        *,
        storage: Storage,
        perform: Perform,
        sight: Sight,
        flows: Flows,
        enqueue: Enqueue,
        hints: Hints,
        talk: Talk,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._perform = perform
        self._sight = sight
        self._flows = flows
        self._enqueue = enqueue
        self._hints = hints
        self._talk = talk
        self._clock = clock

    async def post(self, post: Post) -> None:
        """A message in a working chat: each thing that it asks for becomes a case, or joins one."""
        now = self._clock()
        async with self._storage.change(post.chat_id) as uow:
            await self._open(uow, post, now)

    async def _open(self, uow: UnitOfWork, post: Post, now: datetime) -> None:
        """The chat is locked."""
        where = (post.chat_id, post.topic_id, post.message_id)
        name, taken = await uow.posts.flow_and_cases(*where)
        if name is None:
            post, name, taken = await self._gone_along(uow, post)
        flow = self._flows.get(name or "")
        if flow is None:
            return
        if taken:
            post = self._talk.as_taken(post, taken)
        else:
            post = await self._talk.with_words(uow, flow, post)
        requests = flow.requests(post)
        if not requests and not taken and not post.foreign:
            named = await self._talk.take(uow, flow, post, now)
            if named is None:
                return
            post, requests = named, flow.requests(named)
        fresh = [request for request in requests if request.ref not in taken]
        # What an edited post has been taken in by is asked as well.
        asked = requests if post.edited else fresh
        await uow.cases.lock_leads(request.lead for request in asked)
        for request in fresh:
            await self._perform.open(uow, flow, request, post, now)
        for request in requests if post.edited else ():
            if request.ref in taken:
                await self._talk.edited(uow, flow, request, post, taken[request.ref], now)
        if not requests and post.foreign:
            await self._hints.foreign_link(uow, post, now)

    async def _gone_along(
        self, uow: UnitOfWork, post: Post
    ) -> tuple[Post, str | None, dict[str, int]]:
        """A post in a group that became a supergroup, which was heard of first: it is asked there.

        Returns it with what the supergroup runs, and what of it has been taken.
        """
        moved_to = await uow.moved_to(post.chat_id)
        if moved_to is None:
            return post, None, {}
        before = await uow.posts.cases_of(post.chat_id, post.message_id)
        # There that number means another message; one below 0 means none.
        there = replace(post, chat_id=moved_to, message_id=-post.message_id)
        where = (there.chat_id, there.topic_id, there.message_id)
        name, taken = await uow.posts.flow_and_cases(*where)
        return there, name, before | taken

    async def no_such_command(self, post: Post) -> None:
        """It begins with a command that is none of ours: where the bot is at work it says so."""
        if await self._flow_in(post.chat_id, post.topic_id) is None:
            return
        async with self._storage.change() as uow:
            await self._hints.say(uow, post, "people.no_such_command", self._clock())

    async def would_open(self, post: Post) -> bool:
        """Whether the post asks for something in this chat."""
        flow = await self._flow_in(post.chat_id, post.topic_id)
        return flow is not None and bool(flow.requests(post))

    async def board(self, what: str, chat_id: int, topic_id: int, message_id: int) -> bool:
        """A command that shows how the chat stands. Returns whether the chat has such a one."""
        flow = await self._flow_in(chat_id, topic_id)
        if flow is None or what not in flow.boards:
            return False
        now = self._clock()
        async with self._storage.change() as uow:
            await self._enqueue.board(
                uow, chat_id, what, now=now, topic_id=topic_id, reply_to=message_id
            )
        return True

    async def _flow_in(self, chat_id: int, topic_id: int) -> Flow[Any] | None:
        """What this chat and topic runs; None: nothing that we know."""
        async with self._storage.look() as uow:
            return self._flows.get(await uow.chats.flow_of(chat_id, topic_id) or "")

    async def reply(self, post: Post, to_message: int, *, ours_of: datetime | None = None) -> bool:
        """A reply to a card, to a notice or to the operator's own post.

        `ours_of`: when the message was sent that it replies to, if that is one of ours.

        Returns:
            Whether it meant something to the case; else it is a post like any other.

        Raises:
            Stale: what that message is about is just being noted: the reply must come again.
        """
        now = self._clock()
        async with self._storage.change(post.chat_id) as uow:
            case_id, text, is_noted = await self._replied_to(uow, post, to_message, now)
            row = None if case_id is None else await uow.cases.locked(case_id)
            # Asked behind the chat's lock: the same update may be under way beside this one.
            before = await uow.posts.as_reply(post.chat_id, post.message_id)
            if before is not None:
                # The update comes again: a reason must not be written twice, and what was said
                # before a question does not answer it.
                return before == REPLY
            if row is None:
                if not is_noted:
                    await self._may_come_yet(uow, post, ours_of, now)
                    await self._talk.which_of(uow, post, to_message, now)
                # Privately nothing is posted: he was asked which of several he means.
                return is_noted and post.is_private
            is_ours = ours_of is not None or post.is_private
            is_meant = await self._replied(uow, row, post, text, to_message, now, is_ours=is_ours)
            if not is_meant:
                await uow.posts.pass_by(post.chat_id, post.message_id, row.id)
            return is_meant

    async def _replied(
        self,
        uow: UnitOfWork,
        row: CaseRow,
        post: Post,
        text: str,
        to_message: int,
        now: datetime,
        *,
        is_ours: bool,
    ) -> bool:
        """A reply that says `text` about a case, which was just locked."""
        flow, case = self._sight.read(row)
        actor = await self._sight.actor(uow, post.by, flow)
        said = replace(post, text=text)
        if post.leads:
            own = await uow.cases.names_of(row)
            said = replace(said, leads=tuple(lead for lead in post.leads if lead not in own))
        action = flow.reply(case, actor, said, now)
        if action is not None and action.name in flow.to_us and not is_ours:
            action = None
        is_more = action is not None and action.name in flow.following
        if not (is_ours or is_more) and await self._talk.answers_them(uow, post, to_message):
            return False
        if action is None:
            is_mute = post.media and not text.strip()
            words = replace(said, text=_SOME_WORDS)
            wanted = flow.reply(case, actor, words, now) if is_mute else None
            # What nobody waits for, others see in the chat.
            if wanted is not None and wanted.name not in flow.following:
                await self._hints.say(uow, post, "words_only", now, each_time=True)
                return True
            return await self._talk.unheard(uow, flow, (case,), actor, said, now, is_ours=is_ours)
        is_done = await self._talk.act(uow, row, flow, action, post, now)
        if is_done and said.leads and action.name in flow.besides:
            await self._open(uow, said, now)
        return is_done

    async def _may_come_yet(
        self, uow: UnitOfWork, post: Post, ours_of: datetime | None, now: datetime
    ) -> None:
        """People may answer a message of ours before we have noted what it is about."""
        # By a clock that is behind Telegram's it would wait, with all behind it, for too long.
        if ours_of is None or abs(now - ours_of) > _NOTED_WITHIN:
            return
        if await uow.lanes.is_any_unnoted(lane_of(post.chat_id), now=now):
            raise Stale("the message that it replies to is not noted yet")

    async def _replied_to(
        self, uow: UnitOfWork, post: Post, to_message: int, now: datetime
    ) -> tuple[int | None, str, bool]:
        """The case that a reply speaks of, what it says, and whether it answers what is noted."""
        message = await uow.messages.get(post.chat_id, to_message)
        if message is not None:
            return message.case_id, post.text, True
        places = await uow.digests.places(post.chat_id, to_message)
        if places:
            return *await self._talk.of_digest(uow, post, places, now), True
        cases = await uow.posts.cases_of(post.chat_id, to_message)
        told = told_in(cases)
        if told:
            return *await self._talk.of_told(uow, post, told, now), True
        return next(iter(cases.values())) if len(cases) == 1 else None, post.text, False
