"""Lock the case, decide, save everything in one transaction.

This is the only way by which a case changes: what people write (`bot.desk`) and press
(`bot.pressing`), what the CRM answered or the clock brought (`bot.facts`). They begin the
transaction; nothing is confirmed to anybody before it has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog

from bot import codec
from bot.deciders import Deciders
from bot.enqueue import COSMETIC, DECISION, NEW_CARD, Enqueue
from bot.flows.base import Flow, Flows, IllegalAction, NotAllowed, Step
from bot.flows.copies import replace
from bot.flows.effects import Act, Effect, Join, Open
from bot.flows.records import (
    Action,
    Actor,
    Case,
    Fact,
    Happened,
    Person,
    Post,
    Request,
)
from bot.metrics import Metrics
from bot.sight import Sight
from storage.cases import CaseRow
from storage.chats import BindingRow
from storage.history import HistoryRow
from storage.uow import UnitOfWork

log = structlog.get_logger(__name__)


class Perform:
    """The one way to change a case."""

    def __init__(
        self,
        *,
        flows: Flows,
        enqueue: Enqueue,
        deciders: Deciders,
        sight: Sight,
        metrics: Metrics,
    ) -> None:
        self._flows = flows
        self._enqueue = enqueue
        self._deciders = deciders
        self._sight = sight
        self._metrics = metrics

    # --- one case -------------------------------------------------------------------------------

    async def happened(self, uow: UnitOfWork, row: CaseRow, action: Action, now: datetime) -> None:
        """A fact about a case; one that its state has no rule for changes nothing.

        The chat is locked, the row freshly read.
        """
        flow, case = self._sight.read(row)
        action = await self._sight.or_same_lead(uow, row, flow, case, action)
        action = await self._sight.with_poster(uow, row, flow, action)
        action = replace(action, around=await self._sight.around(uow, row, flow, now))
        try:
            step = flow.decide(case, action, now)
        except IllegalAction:
            log.warning("fact_without_rule", case=row.id, state=row.state, fact=action.name)
            return
        await self.save(uow, row, flow, step, action, now)

    async def fold(self, uow: UnitOfWork, case_id: int, into: int, now: datetime) -> bool:
        """Two open cases about the same come into one chat: this one goes into the other.

        Both chats are locked. False: the case cannot; it is as it was.
        """
        row = await uow.cases.locked(case_id)
        if row is not None and row.closed_at is None:
            same = Action(name=Fact.SAME_LEAD, what=Happened(case=into))
            await self.happened(uow, row, same, now)
        seen = uow.cases.seen(case_id)
        return seen is None or seen.case.closed_at is not None

    async def join(
        self,
        uow: UnitOfWork,
        case_id: int,
        by: Person,
        post: int,
        now: datetime,
        *,
        said: Post | str = "",
        ref: str = "",
        source: CaseRow | None = None,
    ) -> None:
        """Somebody's post goes into a case that is open already, or wants to hear of a closed one.

        `said`: the post, or only its words; `ref`: what it calls the lead. `source`: the case that
        the post has of its own.
        """
        text, whole = (said, None) if isinstance(said, str) else (said.text, said)
        what = Happened(post=post, ref=ref, said=whole, case=0 if source is None else source.id)
        action = Action(name=Fact.JOINED, by=Actor(person=by), text=text, what=what)
        row = await uow.cases.locked(case_id)
        if row is None:
            return
        await self.happened(uow, row, action, now)
        # A group that became a supergroup has left its posts behind: the card names who asks.
        is_here = source is None or source.chat_id == row.chat_id
        if is_here and row.closed_at is None and by.id != row.poster_id:
            await self._enqueue.say(
                uow,
                row.chat_id,
                "joined",
                now=now,
                topic_id=row.topic_id,
                reply_to=post,
                once=f"joined:{row.chat_id}:{post}:{case_id}",
            )

    async def save(
        self,
        uow: UnitOfWork,
        row: CaseRow,
        flow: Flow[Any],
        step: Step[Any],
        action: Action,
        now: datetime,
    ) -> None:
        """Save a step with all that it wants done. The chat is locked, the row freshly read.

        Raises:
            NotAllowed: it opens the case again, and the lead is being asked about elsewhere.
                Nothing was written.
        """
        after = step.case
        was_open, is_open = row.closed_at is None, flow.is_open(after)
        moves = after.state != row.state
        reopened = is_open and not was_open
        by = None if action.by is None else action.by.person
        if reopened and by is not None and await self._goes_to_sibling(uow, row, step, by, now):
            return
        if action.by is None and after == self._sight.read(row)[1] and not step.effects:
            # A CRM that is down says so at every try: that is no news.
            return
        if not is_open and moves:
            # What a closed state waits for itself (a conflict) holds while the state does.
            await uow.deadlines.drop_all(row.id)
        if action.what.lead is not None and action.what.lead.number:
            await uow.cases.number(action.what.lead.number, action.what.lead.id)
        if after.lead not in {row.lead, ""}:
            await self._enqueue.read_as(uow, row, after.lead)
        saved = await uow.cases.save(
            row,
            state=after.state,
            lead=after.lead,
            data=codec.dump(after.data),
            round_=row.round + 1 if reopened else row.round,
            closed_at=None if is_open else (row.closed_at or now),
            then=HistoryRow(
                case_id=row.id,
                at=now,
                actor_id=None if by is None else by.id,
                actor_name="" if by is None else by.name,
                action=action.name,
                round=row.round,
                from_state=row.state,
                to_state=after.state,
                # Which one of several was pressed is part of what was done.
                text=(action.text or action.chosen)[:600],
                answer="" if step.rule is None else step.rule.answer,
                press=action.press or None,
            ),
        )
        case = replace(after, round=saved.round)
        await self._enqueue.effects(uow, saved, flow, case, step.effects, now)
        decision = "" if step.rule is None else step.rule.decision
        if moves or saved.data != row.data:
            moved = NEW_CARD if moves else COSMETIC
            await self._enqueue.card(
                uow,
                saved,
                now=now,
                priority=DECISION if decision else moved,
                silent=after.state in flow.silent,
                own=_asks(flow, case) and after.state not in flow.digestible,
            )
        if decision:
            self._metrics.decided(flow.name, decision, (now - row.posted_at).total_seconds())
        await self._to_others(uow, row, step.effects, action, now)

    async def _goes_to_sibling(
        self, uow: UnitOfWork, row: CaseRow, step: Step[Any], by: Person, now: datetime
    ) -> bool:
        """Whether somebody was quicker to ask anew, and hears of him now: a lead has one open case.

        Raises:
            NotAllowed: he is none of those who asked.
        """
        sibling = await self._sight.open_sibling(uow, row)
        if sibling is None:
            return False
        flow = self._sight.read(row)[0]
        if by.id not in {person.id for person, _ in flow.askers(step.case)}:
            raise NotAllowed("asked_anew")
        await self.join(uow, sibling.id, by, row.message_id, now)
        return True

    # --- what it does to others -----------------------------------------------------------------

    async def _to_others(
        self,
        uow: UnitOfWork,
        row: CaseRow,
        effects: Sequence[Effect],
        action: Action,
        now: datetime,
    ) -> None:
        """What a decision does to other cases. Those of its own chat are locked with it."""
        for effect in effects:
            match effect:
                case Join():
                    by = Person(id=effect.by, name=effect.name)
                    await self.join(
                        uow, effect.case, by, effect.post, now, said=effect.text, source=row
                    )
                case Act():
                    await self._act(uow, effect, row, action.by, now)
                case Open():
                    poster = Person(id=row.poster_id, name=row.poster_name)
                    await self._open_elsewhere(uow, effect, row, poster, now)
                case _:
                    pass

    async def _act(
        self, uow: UnitOfWork, act: Act, source: CaseRow, by: Actor | None, now: datetime
    ) -> None:
        # The chat is locked; its lead, which another chat may be deciding about, is not yet.
        row = await uow.cases.locked(act.case)
        if row is None or (row.chat_id, row.flow) != (source.chat_id, source.flow):
            return
        flow, case = self._sight.read(row)
        action = Action(
            name=act.action,
            by=by,
            text=act.text,
            what=Happened(case=source.id),
            around=await self._sight.around(uow, row, flow, now),
        )
        try:
            step = flow.decide(case, action, now)
            await self.save(uow, row, flow, step, action, now)
        except (IllegalAction, NotAllowed):
            log.info("act_without_rule", case=row.id, state=row.state, action=act.action)

    async def _open_elsewhere(
        self, uow: UnitOfWork, effect: Open, source: CaseRow, by: Person, now: datetime
    ) -> None:
        flow = self._flows.get(effect.flow)
        binding = await self._binding_of(uow, effect.flow)
        locked = None
        while binding is not None and binding.chat_id != locked:
            # Behind the lock it may be another: the group has become a supergroup meanwhile.
            locked = binding.chat_id
            await uow.cases.lock_chat(locked)
            binding = await self._binding_of(uow, effect.flow)
        if flow is None or binding is None:
            log.warning("no_chat_to_open_in", flow=effect.flow, case=source.id)
            return
        post = Post(
            chat_id=binding.chat_id,
            topic_id=binding.topic_id,
            # There is no post in that chat; the other one's number keeps a repeat harmless.
            message_id=-source.id,
            by=by,
            sent_at=now,
            text=effect.text,
        )
        requests = flow.requests(post)
        await uow.cases.lock_leads(request.lead for request in requests)
        for request in requests:
            where = (post.chat_id, post.message_id, request.ref)
            if await uow.posts.case_of(*where) is None:
                await self.open(uow, flow, request, post, now)

    async def _binding_of(self, uow: UnitOfWork, flow: str) -> BindingRow | None:
        return next((one for one in await uow.chats.bindings() if one.flow == flow), None)

    # --- a new case -----------------------------------------------------------------------------

    async def open(
        self, uow: UnitOfWork, flow: Flow[Any], request: Request, post: Post, now: datetime
    ) -> None:
        """A post asks for something new: a case opens, or an open one takes it in. Chat locked."""
        sibling, last = await self._sight.of_the_same(uow, flow, request, post)
        if sibling is not None:
            await self._take_in(uow, sibling.id, request, post, now)
            return
        if request.joins:
            return
        around = await self._sight.around(uow, post, flow, now)
        own = flow.goes_on_with(request, post, around)
        if own:
            await self._take_in(uow, own, request, post, now)
            return
        step = flow.open(request, post, last, around, now)
        is_open = flow.is_open(step.case)
        row = await uow.cases.open(
            flow=flow.name,
            chat_id=post.chat_id,
            topic_id=post.topic_id,
            message_id=post.message_id,
            ref=request.lead,
            lead=step.case.lead,
            about=request.about,
            state=step.case.state,
            data=codec.dump(step.case.data),
            poster_id=post.by.id,
            poster_name=post.by.name,
            posted_at=post.sent_at,
            opened_at=now,
            closed_at=None if is_open else now,
            post_ref=request.ref,
            then=HistoryRow(
                case_id=0,
                at=now,
                actor_id=post.by.id,
                actor_name=post.by.name,
                action="open",
                round=1,
                from_state="",
                to_state=step.case.state,
                text=post.text[:600],
                answer="",
            ),
        )
        case = replace(step.case, id=row.id, round=row.round)
        await self._enqueue.effects(uow, row, flow, case, step.effects, now, is_new=True)
        silent = row.state in flow.silent
        await self._enqueue.card(uow, row, now=now, priority=NEW_CARD, silent=silent)
        if flow.waits(case):
            await self._warn_if_nobody(uow, row, flow, now)
        by = Actor(person=post.by)
        await self._to_others(uow, row, step.effects, Action(name="open", by=by), now)
        self._metrics.opened(flow.name)

    async def _take_in(
        self, uow: UnitOfWork, case_id: int, request: Request, post: Post, now: datetime
    ) -> None:
        """An open case takes it in."""
        await uow.posts.take(post.chat_id, post.message_id, request.ref, case_id)
        await self.join(uow, case_id, post.by, post.message_id, now, said=post, ref=request.lead)

    async def _warn_if_nobody(
        self, uow: UnitOfWork, row: CaseRow, flow: Flow[Any], now: datetime
    ) -> None:
        """With nobody to decide the card says so, and the owner is told: once an hour will do."""
        if await self._deciders.anybody(uow, flow, now):
            return
        chat = await uow.chats.chat(row.chat_id)
        await self._enqueue.warn_owners(
            uow,
            "owner_nobody",
            now=now,
            about=f"nobody:{row.chat_id}",
            title="" if chat is None else chat.title,
            roles=sorted(flow.deciders),
        )


def _asks(flow: Flow[Any], case: Case[Any]) -> bool:
    """Whether the case has buttons for which somebody must see a card."""
    return any(not button.spare for row in flow.buttons(case) for button in row)
