"""Lock the case, decide, save everything in one transaction.

This is the only way by which a case changes: presses, replies, posts, what the CRM answered, what
the clock brought. Whoever calls may confirm to Telegram when the call has returned, and not before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from bot import codec
from bot.bell import Bell
from bot.cards import OWN_CARD, Cards, Press
from bot.enqueue import COSMETIC, DECISION, NEW_CARD, Enqueue
from bot.flows.base import (
    Action,
    Actor,
    Case,
    Fact,
    Flow,
    Flows,
    Happened,
    IllegalAction,
    NotAllowed,
    Person,
    Post,
    Request,
    Role,
    Step,
)
from bot.flows.effects import Join
from bot.metrics import Metrics
from storage.cases import CaseRow, HistoryRow
from storage.deadlines import DeadlineRow
from storage.outbox import OutboxRow
from storage.uow import Storage, UnitOfWork

log = structlog.get_logger(__name__)

# «2 первый заказ в пути», as a reply to a digest.
_NUMBERED = re.compile(r"\W*(\d{1,2})\b[\s.,:)-]*(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The answer to a press. An alert must be closed by hand: it is for refusals."""

    text: str
    alert: bool = False


class Perform:
    """The one door to the cases."""

    def __init__(
        self,
        *,
        storage: Storage,
        flows: Flows,
        cards: Cards,
        enqueue: Enqueue,
        owners: frozenset[int],
        clock: Callable[[], datetime],
        bell: Bell,
        metrics: Metrics,
    ) -> None:
        self._storage = storage
        self._flows = flows
        self._cards = cards
        self._enqueue = enqueue
        self._owners = owners
        self._clock = clock
        self._bell = bell
        self._metrics = metrics

    # --- people ---------------------------------------------------------------------------------

    async def post(self, post: Post) -> None:
        """A message in a working chat: each thing that it asks for becomes a case, or joins one."""
        now = self._clock()
        async with self._storage.change() as uow:
            await uow.cases.lock_chat(post.chat_id)
            name = await uow.people.flow_of(post.chat_id, post.topic_id)
            flow = self._flows.get(name or "")
            if flow is None:
                return
            requests = flow.requests(post)
            for request in requests:
                await self._open(uow, flow, request, post, now)
            if not requests and post.foreign:
                await self._enqueue.say(
                    uow,
                    post.chat_id,
                    "foreign_link",
                    now=now,
                    topic_id=post.topic_id,
                    reply_to=post.message_id,
                    once=f"foreign:{post.chat_id}:{post.message_id}",
                    words={"hosts": list(post.foreign), "example": self._enqueue.example_link},
                )
        self._bell.ring()

    async def reply(self, post: Post, to_message: int) -> bool:
        """A reply to a card, to a notice or to the operator's own post.

        Returns:
            Whether it meant something to the case; else it is a post like any other.
        """
        now = self._clock()
        async with self._storage.change() as uow:
            case_id, text = await self._replied_to(uow, post, to_message)
            row = None if case_id is None else await self._locked(uow, case_id)
            if row is None:
                return False
            flow, case = self._read(row)
            actor = await self._actor(uow, post.by)
            action = flow.reply(case, actor, text)
            if action is None:
                return False
            try:
                step = flow.decide(case, action, now)
            except (IllegalAction, NotAllowed):
                return False
            await self._save(uow, row, flow, step, action, now)
        self._bell.ring()
        return True

    async def _replied_to(
        self, uow: UnitOfWork, post: Post, to_message: int
    ) -> tuple[int | None, str]:
        """The case that a reply speaks of, and what it says; in a digest it names the number."""
        message = await uow.cases.message(post.chat_id, to_message)
        if message is not None:
            return message.case_id, post.text
        places = await uow.digests.places(post.chat_id, to_message)
        if places:
            numbered = _NUMBERED.match(post.text)
            for place in places:
                if numbered is not None and place.place == int(numbered[1]):
                    return place.case_id, numbered[2]
            return None, post.text
        return await uow.cases.any_of_post(post.chat_id, to_message), post.text

    async def press(self, press: Press, chat_id: int, message_id: int, by: Person) -> Said:
        """A press on a button. Checked here: who, in which chat, whether the state allows it."""
        now = self._clock()
        async with self._storage.change() as uow:
            row = await self._locked(uow, press.case)
            if row is None:
                return Said(text=self._cards.common_plain("no_such_button"), alert=True)
            if row.chat_id != chat_id:
                return Said(text=self._cards.common_plain("foreign_chat"), alert=True)
            await self._remove_stray(uow, row, message_id, now)
            flow, case = self._read(row)
            if press.action == OWN_CARD and not flow.is_open(case):
                return Said(text=self._cards.late(flow, case), alert=True)
            if press.action == OWN_CARD:
                await self._enqueue.card(uow, row, now=now, priority=NEW_CARD)
                self._bell.ring()
                return Said(text=self._cards.common_plain("own_card"))
            action = Action(name=press.action, by=await self._actor(uow, by))
            try:
                step = self._pressed(flow, case, press, action, now)
            except NotAllowed as refusal:
                return Said(text=self._cards.common_plain(refusal.why), alert=True)
            except IllegalAction:
                return await self._too_late(uow, flow, case, press, by)
            await self._save(uow, row, flow, step, action, now)
            answer = "" if step.rule is None else step.rule.answer
            said = Said(text=self._cards.answer(flow, step.case, answer))
        self._bell.ring()
        return said

    async def _remove_stray(
        self, uow: UnitOfWork, row: CaseRow, message_id: int, now: datetime
    ) -> None:
        """A crash between sending and noting leaves a second card: it works, and goes when met."""
        card = await uow.cases.card(row.id)
        place = await uow.digests.of_case(row.id)
        known = {one.message_id for one in (card, place) if one is not None}
        if known and message_id not in known:
            await self._enqueue.delete(uow, row.chat_id, message_id, now=now)

    def _pressed(
        self, flow: Flow[Any], case: Case[Any], press: Press, action: Action, now: datetime
    ) -> Step[Any]:
        shown = {button.action.value for row in flow.buttons(case) for button in row}
        if press.round != case.round or press.action not in shown:
            # Not on the card as it is now: an old button, or data that somebody made up.
            raise IllegalAction(case.state, press.action)
        return flow.decide(case, action, now)

    async def _too_late(
        self, uow: UnitOfWork, flow: Flow[Any], case: Case[Any], press: Press, by: Person
    ) -> Said:
        """The same person's second tap gets the same good answer; others hear how it stands."""
        given = await uow.cases.answer_given(press.case, by.id, press.action, press.round)
        if given is not None:
            return Said(text=self._cards.answer(flow, case, given))
        if press.round != case.round:
            return Said(text=self._cards.common_plain("old_card"), alert=True)
        return Said(text=self._cards.late(flow, case), alert=True)

    # --- the world ------------------------------------------------------------------------------

    async def answered(
        self, row: OutboxRow, action: Action, *, due_at: datetime | None = None, dead: bool = False
    ) -> None:
        """What the CRM answered to a row of the outbox, saved together with the row's own end.

        Args:
            row: the row that was leased.
            action: a `Fact`.
            due_at: the row is to be tried again then.
            dead: trying again is of no use.
        """
        now = self._clock()
        async with self._storage.change() as uow:
            if due_at is not None:
                await uow.outbox.later(row, due_at=due_at, error=action.what.say or "down")
            elif dead:
                await uow.outbox.dead(row, now=now, error=action.what.say)
            elif not await uow.outbox.done(row, now=now):
                # Somebody else took it up after our lease ran out, and has told the case.
                return
            if row.case_id is not None:
                await self._happened(uow, row.case_id, action, now)
                if await uow.outbox.settle_by(row.case_id, patience=self._enqueue.patience) is None:
                    await uow.outbox.hurry(row.case_id, now=now)
        self._bell.ring()

    async def time_up(self, deadline: DeadlineRow) -> None:
        """A deadline has come."""
        now = self._clock()
        async with self._storage.change() as uow:
            row = await self._locked(uow, deadline.case_id)
            if row is None or not await uow.deadlines.finish(deadline.id):
                return
            what = Happened(deadline=deadline.name)
            await self._happened(uow, deadline.case_id, Action(name=Fact.TIME_UP, what=what), now)
        self._bell.ring()

    async def _happened(self, uow: UnitOfWork, case_id: int, action: Action, now: datetime) -> None:
        row = await self._locked(uow, case_id)
        if row is None:
            return
        flow, case = self._read(row)
        action = await self._or_same_lead(uow, row, flow, case, action)
        try:
            step = flow.decide(case, action, now)
        except IllegalAction:
            log.warning("fact_without_rule", case=case_id, state=row.state, fact=action.name)
            return
        await self._save(uow, row, flow, step, action, now)

    async def _or_same_lead(
        self, uow: UnitOfWork, row: CaseRow, flow: Flow[Any], case: Case[Any], action: Action
    ) -> Action:
        """A key and a numeric id may name one lead, as reading shows. One case goes on."""
        lead = action.what.lead
        if action.name != Fact.LEAD_READ or lead is None or not flow.is_open(case):
            return action
        other = await uow.cases.latest_of_lead(
            row.chat_id, row.topic_id, row.flow, lead.id, is_open=True, but=row.id
        )
        if other is None:
            return action
        return Action(name=Fact.SAME_LEAD, what=Happened(case=other.id))

    # --- one transaction ------------------------------------------------------------------------

    async def _locked(self, uow: UnitOfWork, case_id: int) -> CaseRow | None:
        row = await uow.cases.get(case_id)
        if row is None:
            return None
        await uow.cases.lock_chat(row.chat_id)
        # Read again: somebody may have decided while we waited for the lock.
        return await uow.cases.get(case_id)

    def _read(self, row: CaseRow) -> tuple[Flow[Any], Case[Any]]:
        return read_case(self._flows, row)

    async def _actor(self, uow: UnitOfWork, person: Person) -> Actor:
        roles = {Role(role) for role in await uow.people.roles(person.id)}
        if person.id in self._owners:
            roles.add(Role.OWNER)
        return Actor(person=person, roles=frozenset(roles))

    async def _open(
        self, uow: UnitOfWork, flow: Flow[Any], request: Request, post: Post, now: datetime
    ) -> None:
        if await uow.cases.of_post(post.chat_id, post.message_id, request.ref) is not None:
            return
        last = None
        if request.lead:
            where = (post.chat_id, post.topic_id, flow.name, request.lead)
            sibling = await uow.cases.latest_of_lead(*where, is_open=True)
            if sibling is not None:
                await uow.cases.take_post(post.chat_id, post.message_id, request.ref, sibling.id)
                await self._join(uow, sibling.id, post.by, post.message_id, now)
                return
            earlier = await uow.cases.latest_of_lead(*where, is_open=False)
            last = None if earlier is None else self._read(earlier)[1]
        step = flow.open(request, post, last, now)
        is_open = flow.is_open(step.case)
        row = await uow.cases.add(
            flow=flow.name,
            chat_id=post.chat_id,
            topic_id=post.topic_id,
            message_id=post.message_id,
            ref=request.lead,
            lead=step.case.lead,
            state=step.case.state,
            data=codec.dump(step.case.data),
            poster_id=post.by.id,
            poster_name=post.by.name,
            posted_at=post.sent_at,
            opened_at=now,
            closed_at=None if is_open else now,
        )
        await uow.cases.take_post(post.chat_id, post.message_id, request.ref, row.id)
        await uow.cases.remember(
            HistoryRow(
                case_id=row.id,
                at=now,
                actor_id=post.by.id,
                actor_name=post.by.name,
                action="open",
                round=row.round,
                from_state="",
                to_state=row.state,
                text=post.text[:600],
                answer="",
            )
        )
        flow, case = self._read(row)
        await self._enqueue.effects(uow, row, flow, case, step.effects, now)
        await self._enqueue.card(uow, row, now=now, priority=NEW_CARD)
        if is_open:
            await self._warn_if_nobody(uow, row, flow, now)
        self._metrics.opened(flow.name)

    async def _warn_if_nobody(
        self, uow: UnitOfWork, row: CaseRow, flow: Flow[Any], now: datetime
    ) -> None:
        """With nobody to decide the card says so, and the owner is told: once an hour will do."""
        for role in flow.deciders:
            if await uow.people.having(role):
                return
        chat = await uow.people.chat(row.chat_id)
        await self._enqueue.tell_owners(
            uow,
            "owner_nobody",
            now=now,
            title="" if chat is None else chat.title,
            once=f"nobody:{row.chat_id}:{now:%Y%m%d%H}",
        )

    async def _join(
        self, uow: UnitOfWork, case_id: int, by: Person, post: int, now: datetime
    ) -> None:
        action = Action(name=Fact.JOINED, by=Actor(person=by), what=Happened(post=post))
        row = await uow.cases.get(case_id)
        await self._happened(uow, case_id, action, now)
        if row is not None and by.id != row.poster_id:
            await self._enqueue.say(
                uow,
                row.chat_id,
                "joined",
                now=now,
                topic_id=row.topic_id,
                reply_to=post,
                once=f"joined:{row.chat_id}:{post}:{case_id}",
            )

    async def _open_sibling(self, uow: UnitOfWork, row: CaseRow) -> CaseRow | None:
        if not row.lead:
            return None
        return await uow.cases.latest_of_lead(
            row.chat_id, row.topic_id, row.flow, row.lead, is_open=True, but=row.id
        )

    async def _save(
        self,
        uow: UnitOfWork,
        row: CaseRow,
        flow: Flow[Any],
        step: Step[Any],
        action: Action,
        now: datetime,
    ) -> None:
        after = step.case
        was_open, is_open = row.closed_at is None, flow.is_open(after)
        reopened = is_open and not was_open
        if reopened and action.by is not None:
            sibling = await self._open_sibling(uow, row)
            if sibling is not None:
                # Somebody was quicker to ask anew: one lead has one open case.
                await self._join(uow, sibling.id, action.by.person, row.message_id, now)
                return
        saved = await uow.cases.save(
            row,
            state=after.state,
            lead=after.lead,
            data=codec.dump(after.data),
            round=row.round + 1 if reopened else row.round,
            closed_at=None if is_open else (row.closed_at or now),
        )
        by = None if action.by is None else action.by.person
        await uow.cases.remember(
            HistoryRow(
                case_id=row.id,
                at=now,
                actor_id=None if by is None else by.id,
                actor_name="" if by is None else by.name,
                action=action.name,
                round=row.round,
                from_state=row.state,
                to_state=saved.state,
                text=action.text[:600],
                answer="" if step.rule is None else step.rule.answer,
            )
        )
        if not is_open:
            await uow.deadlines.drop(row.id)
        _, case = self._read(saved)
        joins = [effect for effect in step.effects if isinstance(effect, Join)]
        await self._enqueue.effects(uow, saved, flow, case, step.effects, now)
        decision = "" if step.rule is None else step.rule.decision
        if saved.state != row.state or saved.data != row.data:
            moved = NEW_CARD if saved.state != row.state else COSMETIC
            await self._enqueue.card(
                uow,
                saved,
                now=now,
                priority=DECISION if decision else moved,
                silent=after.state in flow.silent,
                own=is_open and after.state not in flow.digestible,
            )
        if decision:
            self._metrics.decided(flow.name, decision, (now - row.posted_at).total_seconds())
        for join in joins:
            await self._join(uow, join.case, Person(id=join.by, name=join.name), join.post, now)


def read_case(flows: Flows, row: CaseRow) -> tuple[Flow[Any], Case[Any]]:
    """The case of a row, and its flow.

    Raises:
        KeyError: no flow of that name is known (any more).
    """
    flow = flows[row.flow]
    case: Case[Any] = Case(
        id=row.id,
        state=flow.states(row.state),
        round=row.round,
        lead=row.lead,
        poster=Person(id=row.poster_id, name=row.poster_name),
        post=row.message_id,
        posted_at=row.posted_at,
        data=codec.load(flow.data_type, row.data),
    )
    return flow, case


def by_name(flows: Sequence[Flow[Any]]) -> Flows:
    """The flows by the word of /bind."""
    return {flow.name: flow for flow in flows}
