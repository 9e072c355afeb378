"""Messages that name no lead: nearly all are people's talk, and a few are meant for the bot.

The bot answers no talk: what is taken must be clear by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.flows.asking import AT_ONCE, has_words, is_question, is_withdrawal, sounds_decided
from bot.flows.base import Flow, IllegalAction, NotAllowed
from bot.flows.copies import replace
from bot.flows.records import Action, Actor, Case, Post, Request, Role
from bot.hints import Hints
from bot.perform import Perform
from bot.sight import Sight
from bot.told import NUMBERED, Told
from crm_api.keys import KeyReader, Keys
from storage.cases import CaseRow
from storage.digests import DigestPlace
from storage.posts import REPLY
from storage.uow import UnitOfWork

#: A post that is found later is of a call that is over.
_CALL = timedelta(minutes=15)
#: In place of a lead, of a question under an operator's post.
_ASKED = "asked"
#: Every flow calls it so.
_WITHDRAW = "withdraw"


class Talk:
    """Takes what is meant; whoever calls has locked the chat."""

    def __init__(self, *, perform: Perform, sight: Sight, hints: Hints, keys: KeyReader) -> None:
        self._perform = perform
        self._sight = sight
        self._hints = hints
        self._keys = keys
        self._told = Told(sight=sight, hints=hints)

    async def with_words(self, uow: UnitOfWork, flow: Flow[Any], post: Post) -> Post:
        """A bare link, or a key, with what its writer asked a moment before it."""
        if not flow.words_first:
            return post
        if not post.leads:
            return await self._answered(uow, post)
        is_bare = not has_words(post.text)
        if len(post.leads) != 1 or not (is_bare or post.edited):
            return post
        asked = await self._hints.asked_before(uow, post)
        # Whoever has edited his question has the link in it by now.
        return replace(post, text=f"{post.text} {asked}") if asked and is_bare else post

    async def _answered(self, uow: UnitOfWork, post: Post) -> Post:
        """A key and nothing else, of him who was asked (or would be) which lead he means."""
        keys = self._keys.read(post.text)
        if len(keys.leads) != 1 or has_words(keys.text):
            return post
        asked = await self._hints.asked_before(uow, post)
        return _about(post, replace(keys, text=asked)) if asked else post

    def as_taken(self, post: Post, taken: Mapping[str, int]) -> Post:
        """An edited post that was taken by its bare keys, `taken`, is about them as it was."""
        if post.leads or not post.edited:
            return post
        keys = self._keys.read(post.text)
        return _about(post, keys) if any(lead.text in taken for lead in keys.leads) else post

    async def take(
        self, uow: UnitOfWork, flow: Flow[Any], post: Post, now: datetime
    ) -> Post | None:
        """A message that asks for nothing as it stands.

        Returns:
            It, as a post about its lead, where it asks and names that by the bare key.
        """
        keys = self._keys.read(post.text)
        if keys.near and not has_words(keys.text):
            await self._hints.near_key(uow, post, now, near=keys.near, lacks=keys.lacks)
        if post.answers:
            return None
        if is_withdrawal(post.text, asked=True) and not post.edited:
            await self._withdraw(uow, flow, post, now)
            return None
        words = replace(post, text=keys.text)
        follows = flow.may_follow(post) and not post.edited
        lacks_lead = flow.lacks_lead(words) and now - post.sent_at < _CALL
        if not (follows or lacks_lead):
            return None
        # Who decides here speaks with operators.
        asks = lacks_lead and not _decides(await self._sight.actor(uow, post.by, flow), flow)
        if asks and keys.leads:
            if post.edited:
                # He has mended the key, or added it: he is not asked for it any more.
                await self._hints.asked_before(uow, post)
            return _about(post, keys)
        if post.edited:
            return None
        cases = await self._asked_in(uow, flow, post, now)
        goes_on = follows and await self._goes_on(uow, flow, post, cases, now)
        if asks and not goes_on and not any(_may_mean(post, flow, case) for case in cases):
            await self._hints.which_lead(uow, words, now, near=keys.near, lacks=keys.lacks)
        return None

    async def which_of(self, uow: UnitOfWork, post: Post, to_message: int, now: datetime) -> None:
        """«отмена» as a reply to one's own post about several leads: he must say which."""
        if post.is_reply or not is_withdrawal(post.text):
            return
        if len(await uow.posts.cases_of(post.chat_id, to_message)) > 1:
            await self._hints.say(uow, post, "which_to_withdraw", now, each_time=True)

    async def of_told(
        self, uow: UnitOfWork, post: Post, told: Mapping[int, int], now: datetime
    ) -> tuple[int | None, str]:
        """As `of_digest`, of a reply to outcomes that were told together, each with its number."""
        return await self._told.which(uow, post, told, now)

    async def of_digest(
        self, uow: UnitOfWork, post: Post, places: Sequence[DigestPlace], now: datetime
    ) -> tuple[int | None, str]:
        """The case that a reply to a digest speaks of, and what it says: it names the number.

        His who has one question there needs none; of several he must say which he takes back.
        """
        numbered = NUMBERED.match(post.text)
        for place in places:
            if numbered is not None and place.place == int(numbered[1]):
                return place.case_id, numbered[2]
        there = [
            (place.place, *self._sight.read(row))
            for place in places
            if (row := await uow.cases.get(place.case_id)) is not None
        ]
        his = [
            (number, case)
            for number, flow, case in there
            if case.poster.id == post.by.id and flow.is_open(case)
        ]
        for asked in ("which_number", "number_first"):
            # The update comes again: he was asked which one, and has said it since.
            if await self._hints.was_said(uow, post, asked):
                return None, post.text
        others = [(flow, case) for _, flow, case in there if case.poster.id != post.by.id]
        if len(his) == 1 and not await self._sounds_decided(uow, others, post):
            return his[0][1].id, post.text
        if his and is_withdrawal(post.text, asked=True):
            numbers = [number for number, _ in his]
            await self._hints.say(uow, post, "which_number", now, each_time=True, numbers=numbers)
        elif there:
            await self._unnumbered(uow, [(flow, case) for _, flow, case in there], post, now)
        return None, post.text

    async def _sounds_decided(
        self, uow: UnitOfWork, cases: Sequence[tuple[Flow[Any], Case[Any]]], post: Post
    ) -> bool:
        """Whether it sounds as if he had decided one of these, which he may."""
        if not sounds_decided(post.text):
            return False
        waiting = [flow for flow, case in cases if flow.waits(case)]
        actor = None if not waiting else await self._sight.actor(uow, post.by, waiting[-1])
        return actor is not None and _decides(actor, waiting[-1])

    async def _unnumbered(
        self,
        uow: UnitOfWork,
        there: Sequence[tuple[Flow[Any], Case[Any]]],
        post: Post,
        now: datetime,
    ) -> None:
        """It would mean something to one of them."""
        # Some may be of what the chat ran before.
        flow, flows = there[-1][0], {one.name: one for one, _ in there}
        actors = {name: await self._sight.actor(uow, post.by, one) for name, one in flows.items()}
        for one, case in there:
            action = one.reply(case, actors[one.name], post, now)
            if action is not None and one.may(case, action, now):
                await self._hints.say(uow, post, "number_first", now, each_time=True)
                return
        cases = tuple(case for one, case in there if one is flow)
        await self.unheard(uow, flow, cases, actors[flow.name], post, now, is_ours=True)

    async def unheard(
        self,
        uow: UnitOfWork,
        flow: Flow[Any],
        cases: tuple[Case[Any], ...],
        actor: Actor,
        post: Post,
        now: datetime,
        *,
        is_ours: bool,
    ) -> bool:
        """A reply that means nothing to its case: whoever decides would believe that it did.

        `is_ours`: it answers us. Whom it answers else, Telegram tells him.

        Returns:
            Whether that is all: privately nothing is posted.
        """
        decides = _decides(actor, flow)
        others = [case for case in cases if case.poster.id != actor.person.id]
        if decides and sounds_decided(post.text) and any(map(flow.waits, others)):
            # The operator goes by a word in the chat, and here he would still wait in vain.
            await self._hints.say(uow, post, "press_decides", now, each_time=True)
            return post.is_private
        speaks = (decides or Role.SUPERVISOR in actor.roles) and bool(others)
        if not (speaks and is_question(post.text)) or flow.requests(post):
            return False
        if is_ours:
            await self._hints.say(uow, post, "ask_in_post", now, each_time=True)
        elif flow.following and not await self._is_asked(uow, post, post.message_id):
            await uow.posts.take(post.chat_id, post.message_id, _ASKED, others[0].id)
        return post.is_private

    async def answers_them(self, uow: UnitOfWork, post: Post, to_message: int) -> bool:
        """Whether it answers what somebody who decides has asked under a post, and nothing else.

        It may go on with the post (`Flow.following`): «да» to him is none to us.
        """
        return post.is_reply and await self._is_asked(uow, post, to_message)

    async def _is_asked(self, uow: UnitOfWork, post: Post, message: int) -> bool:
        return await uow.posts.case_of(post.chat_id, message, _ASKED) is not None

    async def edited(
        self, uow: UnitOfWork, flow: Flow[Any], request: Request, post: Post, case_id: int,
        now: datetime,
    ) -> None:  # fmt: skip
        """A post that the case has taken in says something else by now."""
        # The update may come again: somebody may have said other things since.
        row, is_taken = await uow.presses.read(case_id, edit := _edit_of(post), by=post.by.id)
        if row is None or row.flow != flow.name or is_taken:
            return
        actor = await self._sight.actor(uow, post.by, flow)
        action = flow.edited(self._sight.read(row)[1], actor, request, post, now)
        if action is not None:
            await self._do(uow, row, flow, replace(action, press=edit), now)

    async def act(
        self,
        uow: UnitOfWork,
        row: CaseRow,
        flow: Flow[Any],
        action: Action,
        post: Post,
        now: datetime,
    ) -> bool:
        """Do what the message means to the case; whether that is legal. The row was just locked."""
        is_done = await self._do(uow, row, flow, action, now)
        if is_done:
            await uow.posts.take(post.chat_id, post.message_id, REPLY, row.id)
        return is_done

    async def _do(
        self, uow: UnitOfWork, row: CaseRow, flow: Flow[Any], action: Action, now: datetime
    ) -> bool:
        action = replace(action, around=await self._sight.around(uow, row, flow, now))
        try:
            step = flow.decide(self._sight.read(row)[1], action, now)
            await self._perform.save(uow, row, flow, step, action, now)
        except (IllegalAction, NotAllowed):
            return False
        return True

    async def _withdraw(self, uow: UnitOfWork, flow: Flow[Any], post: Post, now: datetime) -> None:
        """«отмена»: the one question that he has open; of several he must say which."""
        actor = await self._sight.actor(uow, post.by, flow)
        his: list[tuple[Case[Any], Action]] = []
        for case in await self._asked_in(uow, flow, post, now):
            if case.poster.id != post.by.id or not _is_behind(post, case):
                continue
            action = flow.reply(case, actor, post, now)
            if action is not None and action.name == _WITHDRAW and flow.may(case, action, now):
                his.append((case, action))
        # The update comes again: he was asked which one, and has said it since.
        if not his or await self._hints.was_said(uow, post, "which_to_withdraw"):
            return
        case, action = his[0]
        row = await uow.cases.locked(case.id)
        # What waits for days is not taken back by a word that may be about anything.
        if len(his) > 1 or case.state in flow.patient or row is None:
            await self._hints.say(uow, post, "which_to_withdraw", now, each_time=True)
            return
        await self.act(uow, row, flow, action, post, now)

    async def _goes_on(
        self,
        uow: UnitOfWork,
        flow: Flow[Any],
        post: Post,
        cases: list[Case[Any]],
        now: datetime,
    ) -> bool:
        """Whether it belongs to the one case that he has asked a moment ago, and adds to it."""
        fresh = [
            case
            for case in cases
            if case.poster.id == post.by.id
            and timedelta() <= post.sent_at - case.posted_at <= AT_ONCE
        ]
        # Of two he may mean the one that was decided since.
        row = await uow.cases.locked(fresh[0].id) if len(fresh) == 1 else None
        if row is None or row.closed_at is not None:
            return False
        actor = await self._sight.actor(uow, post.by, flow)
        action = flow.reply(self._sight.read(row)[1], actor, post, now)
        if action is None or action.name not in flow.following:
            return False
        return await self.act(uow, row, flow, action, post, now)

    async def _asked_in(
        self, uow: UnitOfWork, flow: Flow[Any], post: Post, now: datetime
    ) -> list[Case[Any]]:
        """The chat's cases that he has asked in and that were open as he wrote, the oldest first.

        The update may come again when they are decided.
        """
        since = max(post.sent_at, now - _CALL)
        rows = await uow.cases.around(post.chat_id, post.topic_id, flow.name, since=since)
        cases = [self._sight.read(row)[1] for row in rows]
        return [
            case
            for case in cases
            if any(person.id == post.by.id for person, _ in flow.askers(case))
        ]


def _about(post: Post, keys: Keys) -> Post:
    """The post as if its keys had been links."""
    return replace(post, text=keys.text, leads=tuple(lead.text for lead in keys.leads))


def _may_mean(post: Post, flow: Flow[Any], case: Case[Any]) -> bool:
    """Whether words without a lead may be about that case of their writer's.

    What waits for days is meant by words at once behind it; later a client has called anew.
    """
    return case.state not in flow.patient or post.sent_at - case.posted_at <= AT_ONCE


def _is_behind(post: Post, case: Case[Any]) -> bool:
    """Whether the post was written after the case's own; Telegram tells the time in seconds."""
    return (case.posted_at, case.post) < (post.sent_at, post.message_id)


def _edit_of(post: Post) -> str:
    """What tells an edit of the post from others, also from one in the same second."""
    said = hashlib.blake2s(post.text.encode(), digest_size=8).hexdigest()
    at = 0 if post.edited_at is None else int(post.edited_at.timestamp())
    return f"edit:{post.message_id}:{at}:{said}"


def _decides(actor: Actor, flow: Flow[Any]) -> bool:
    """Whether he may decide in that chat; an owner may in all."""
    return bool(actor.roles & (flow.deciders | {Role.OWNER}))
