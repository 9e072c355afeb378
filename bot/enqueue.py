"""Turns what a decision wants done into rows, inside the decision's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot import codec
from bot.cards import Cards
from bot.flows import writes
from bot.flows.base import Flow
from bot.flows.effects import (
    Act,
    Audience,
    DropDeadline,
    Effect,
    FindOrders,
    Join,
    Open,
    PinRefusal,
    ReadLead,
    SetDeadline,
    SetDisposition,
    SetManager,
    Tell,
    WriteComment,
)
from bot.flows.records import Case, Person
from bot.sight import as_in_crm
from storage.cases import CaseRow
from storage.outbox import OutboxRow
from storage.people import PersonRow
from storage.uow import UnitOfWork

#: What goes first when a chat's budget is short: decisions, then those who wait for one, then new
#: cards, then whatever only looks nicer.
DECISION, PING, NEW_CARD, COSMETIC = 1, 2, 3, 5
#: Who is called, and waits for nothing.
_CALLS = frozenset({Audience.DECIDERS, Audience.ROLE, Audience.OWNERS})


class Enqueue:
    """Writes rows; knows lanes, priorities and who is told where.

    Args:
        cards: renders CRM comments, whose words are fixed now.
        owners: numeric ids of the bot's owners.
        tag: this installation's part of the tags.
    """

    #: How long a card and an outcome wait for the CRM, so that one message can tell both.
    patience = timedelta(seconds=1)

    def __init__(self, cards: Cards, owners: frozenset[int], tag: str) -> None:
        self._cards = cards
        self._owners = owners
        self._tag = tag

    async def effects(
        self,
        uow: UnitOfWork,
        row: CaseRow,
        flow: Flow[Any],
        case: Case[Any],
        effects: Sequence[Effect],
        now: datetime,
        *,
        is_new: bool = False,
    ) -> None:
        """Write a row for each effect. The CRM's come first: what waits for them must see them."""
        deadlines = {one.name: one.at for one in effects if isinstance(one, SetDeadline)}
        await uow.deadlines.set(row.id, deadlines, is_new=is_new)
        for effect in sorted(effects, key=lambda effect: isinstance(effect, Tell)):
            match effect:
                case ReadLead():
                    await self._crm(uow, row, effect, f"lead:{effect.ref}", codec.dump(effect), now)
                case FindOrders():
                    await self._crm(uow, row, effect, f"phone:{row.id}", codec.dump(effect), now)
                case WriteComment():
                    tag = writes.tag(row.id, effect.no, self._tag)
                    named = await as_in_crm(uow, case)
                    text = writes.untagged(self._cards.comment(flow, named, effect.what, now))
                    payload = {**codec.dump(effect), "lead": row.lead, "text": text, "tag": tag}
                    await self._crm(uow, row, effect, f"lead:{row.lead}", payload, now)
                case SetDisposition() | PinRefusal() | SetManager():
                    payload = {**codec.dump(effect), "lead": row.lead}
                    await self._crm(uow, row, effect, f"lead:{row.lead}", payload, now)
                case Tell():
                    await self._tell(uow, row, flow, case, effect, now)
                case DropDeadline():
                    await uow.deadlines.drop(row.id, effect.name)
                case SetDeadline() | Join() | Act() | Open():
                    # The first are set above, all at once; the others change another case, which
                    # `perform` does, under the same lock.
                    pass

    async def read_as(self, uow: UnitOfWork, row: CaseRow, lead: str) -> None:
        """The case's lead turns out to be called that: what goes on is in the order of that one.

        Its lock and its lane were those of the name that people wrote: take the lead's own, and
        move what waits.
        """
        await uow.cases.lock_lead(lead)
        if row.lead:
            await uow.lanes.move(f"lead:{row.lead}", f"lead:{lead}")

    async def _crm(
        self, uow: UnitOfWork, row: CaseRow, effect: Effect, lane: str, payload: dict[str, Any],
        now: datetime,
    ) -> None:  # fmt: skip
        await uow.outbox.add(
            now=now, destination="crm", lane=lane, kind=effect.kind, payload=payload, case_id=row.id
        )

    async def card(
        self,
        uow: UnitOfWork,
        row: CaseRow,
        *,
        now: datetime,
        priority: int,
        silent: bool = False,
        own: bool = True,
    ) -> None:
        """What shows the case must show it as it is now.

        Args:
            uow: the transaction.
            row: the case.
            now: the time.
            priority: one of this module's.
            silent: mend what is there, send nothing new.
            own: a place in a digest is not enough any more.
        """
        lane, due_at = lane_of(row.chat_id), await self._settled(uow, row.id, now)
        card, digest = await uow.cases.shown_in(row.id)
        needs_none = silent or (digest is not None and not own)
        if card is None and needs_none and not await uow.outbox.once_more(row.id):
            # There is none on its way; one that has just arrived is noted now. And a digest may be
            # forgotten that was found deleted while we waited for the chat's lock (PostgreSQL).
            uow.cases.look_again(row.id)
            card, digest = await uow.cases.shown_in(row.id)
            needs_none = silent or (digest is not None and not own)
        if card is not None or not needs_none:
            await uow.outbox.want_again(
                now=now, lane=lane, priority=priority, due_at=due_at, case_id=row.id
            )
        if digest is not None:
            # Last: it tells whose card is there by now.
            await uow.outbox.want_again(
                now=now, lane=lane, priority=priority, due_at=due_at, digest=digest
            )

    async def _settled(self, uow: UnitOfWork, case_id: int, now: datetime) -> datetime:
        until = await uow.outbox.settle_by(case_id, patience=self.patience)
        return now if until is None else max(now, until)

    async def _tell(
        self,
        uow: UnitOfWork,
        row: CaseRow,
        flow: Flow[Any],
        case: Case[Any],
        tell: Tell,
        now: datetime,
    ) -> None:
        due_at = await self._settled(uow, row.id, now) if tell.settled else now
        priority = PING if tell.to in {Audience.DECIDERS, Audience.ROLE} else DECISION
        of_role = await self._of_role(uow, tell.role) if tell.role else []
        people = await self._recipients(uow, row, flow, case, tell, of_role)
        hears = bool(of_role) and not tell.owners_know
        for person_id, in_private, reply_to in people:
            once, at = None, due_at
            if tell.calls:
                once, at = await self._called_once(uow, row, person_id, now)
            await uow.outbox.add(
                now=now,
                destination="telegram",
                lane=lane_of(person_id if in_private else row.chat_id),
                kind="tell",
                payload={
                    "what": tell.what,
                    # In private there is nothing to reply to; kept for the way back to the group.
                    "reply_to": reply_to,
                    # The owners are told in their stead.
                    **({"nobody": tell.role} if tell.role and not of_role else {}),
                    # It calls people to the case, and none of them waits for it; if it reaches
                    # nobody of the role, the owners are told in their stead.
                    **({"calls": True} if tell.to in _CALLS else {}),
                    **({"role": tell.role} if tell.to == Audience.ROLE and hears else {}),
                    # It names whoever waits for him by then.
                    **({"names_all": True} if tell.calls else {}),
                },
                case_id=row.id,
                priority=priority,
                due_at=at,
                once=once,
            )

    async def _called_once(
        self, uow: UnitOfWork, row: CaseRow, person_id: int, now: datetime
    ) -> tuple[str, datetime]:
        """The key of his reminder of that minute, which names all who wait; and when it goes out.

        One that is gone cannot name a case that has been opened since: that is the next one's.
        """
        key = f"call:{row.chat_id}:{person_id}:"
        once = f"{key}{now:%Y%m%d%H%M}"
        if not await uow.outbox.is_gone(once, before=row.opened_at):
            return once, now
        next_one = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        return f"{key}{next_one:%Y%m%d%H%M}", next_one

    async def _recipients(
        self,
        uow: UnitOfWork,
        row: CaseRow,
        flow: Flow[Any],
        case: Case[Any],
        tell: Tell,
        of_role: Sequence[int],
    ) -> list[tuple[int, bool, int]]:
        """(person, privately, else as a reply to which message of the case's chat).

        `of_role`: who of `Tell.role` is there.
        """
        match tell.to:
            case Audience.ASKERS:
                return [
                    (person.id, await _reachable(uow, person.id), post)
                    for person, post in _first_posts(flow.askers(case))
                ]
            case Audience.PERSON:
                card = await uow.messages.card(row.id)
                reply_to = row.message_id if card is None else card.message_id
                return [(tell.person, await _reachable(uow, tell.person), reply_to)]
            case Audience.DECIDERS:
                found: dict[int, PersonRow] = {}
                for role in flow.deciders:
                    found |= {one.user_id: one for one in await uow.people.having(role)}
                return [
                    (one.user_id, True, 0)
                    for one in await uow.people.on_duty(found.values())
                    if one.reachable and one.user_id != row.poster_id
                ]
            case Audience.ROLE:
                told = set(of_role) - self._owners if tell.owners_know else of_role or self._owners
                return [(person, True, 0) for person in sorted(told)]
            case Audience.CRM_USER:
                return [
                    (one.user_id, True, 0)
                    for one in await uow.people.of_crm(tell.name)
                    if one.reachable
                ]
            case Audience.OWNERS:
                return [(owner, True, 0) for owner in sorted(self._owners)]

    async def _of_role(self, uow: UnitOfWork, role: str) -> list[int]:
        """Those on duty who hold it and have started the bot."""
        holders = await uow.people.on_duty(await uow.people.having(role))
        return [one.user_id for one in holders if one.reachable]

    async def pass_on(self, uow: UnitOfWork, row: OutboxRow, now: datetime) -> bool:
        """A private tell has not reached its person: whoever else must hear of it does.

        An outcome goes to the group where he asked. A call goes to the owners, if nobody is left of
        the role that it was for; otherwise others have heard it, or the card tells it.

        False: it was for him alone.
        """
        if row.kind != "tell" or row.case_id is None:
            return False
        payload, role = row.payload, row.payload.get("role")
        owners = [one for one in sorted(self._owners) if lane_of(one) != row.lane]
        case_row = await uow.cases.get(row.case_id) if payload["reply_to"] else None
        if case_row is not None:
            lanes = [lane_of(case_row.chat_id)]
        elif not payload.get("calls"):
            return False
        elif not role:
            is_owner = "nobody" in payload or row.priority != PING
            # Each owner was told: with the last of them it must not get lost.
            return not is_owner or any([await _reachable(uow, one) for one in owners])
        elif await self._of_role(uow, role):
            return True
        else:
            lanes = [lane_of(one) for one in owners]
            payload = {"what": payload["what"], "reply_to": 0, "nobody": role, "calls": True}
        for lane in lanes:
            await uow.outbox.add(
                now=now,
                destination="telegram",
                lane=lane,
                kind="tell",
                payload=payload,
                case_id=row.case_id,
                priority=row.priority,
            )
        return bool(lanes)

    async def say(
        self,
        uow: UnitOfWork,
        chat_id: int,
        what: str,
        *,
        now: datetime,
        words: dict[str, Any] | None = None,
        topic_id: int = 0,
        reply_to: int = 0,
        once: str | None = None,
        due_at: datetime | None = None,
    ) -> None:
        """A message that belongs to no case; `once` makes a repeated update harmless."""
        await uow.outbox.add(
            now=now,
            destination="telegram",
            lane=lane_of(chat_id),
            kind="say",
            payload={
                "what": what,
                "words": words or {},
                "chat": chat_id,
                "topic": topic_id,
                # Below 0: what was posted in another chat. Here it is no message.
                "reply_to": max(reply_to, 0),
            },
            priority=NEW_CARD,
            once=once,
            due_at=due_at,
        )

    async def board(
        self,
        uow: UnitOfWork,
        chat_id: int,
        what: str,
        *,
        now: datetime,
        topic_id: int,
        reply_to: int,
    ) -> None:
        """How the chat stands, as a reply; it is looked up when it is sent."""
        await uow.outbox.add(
            now=now,
            destination="telegram",
            lane=lane_of(chat_id),
            kind="board",
            payload={"what": what, "chat": chat_id, "topic": topic_id, "reply_to": reply_to},
            priority=NEW_CARD,
            once=f"board:{chat_id}:{reply_to}",
        )

    async def tell_owners(
        self, uow: UnitOfWork, what: str, *, now: datetime, once: str | None = None, **words: Any
    ) -> None:
        """Tell every owner privately."""
        for owner in sorted(self._owners):
            key = None if once is None else f"{once}:{owner}"
            await self.say(uow, owner, what, now=now, words=words, once=key)

    async def warn_owners(
        self, uow: UnitOfWork, what: str, *, now: datetime, about: str, **words: Any
    ) -> None:
        """Tell every owner, once an hour about the same: enough for a trouble that lasts."""
        await self.tell_owners(uow, what, now=now, once=f"{about}:{now:%Y%m%d%H}", **words)

    async def leave(
        self, uow: UnitOfWork, chat_id: int, *, now: datetime, unbound: bool = False
    ) -> None:
        """Leave a group, unless an owner wants it by then. `unbound`: for it runs nothing."""
        # Since when: the row may be revived, and is younger then.
        payload = {"chat": chat_id} | ({"unbound": True} if unbound else {"since": now.isoformat()})
        await uow.outbox.add(
            now=now, destination="telegram", lane=lane_of(chat_id), kind="leave",
            payload=payload, priority=NEW_CARD,
        )  # fmt: skip


async def delete_message(uow: UnitOfWork, chat_id: int, message_id: int, *, now: datetime) -> None:
    """Take a message of ours away."""
    await uow.outbox.add(
        now=now,
        destination="telegram",
        lane=lane_of(chat_id),
        kind="delete",
        payload={"chat": chat_id, "message": message_id},
        priority=COSMETIC,
        once=f"delete:{chat_id}:{message_id}",
    )


def lane_of(chat_id: int) -> str:
    """The lane of a chat: its messages go out one at a time."""
    return f"chat:{chat_id}"


def chat_of_lane(lane: str) -> int:
    """The chat of such a lane."""
    return int(lane.removeprefix("chat:"))


def _first_posts(askers: Iterable[tuple[Person, int]]) -> list[tuple[Person, int]]:
    """Everybody once, with his first post."""
    found: dict[int, tuple[Person, int]] = {}
    for person, post in askers:
        found.setdefault(person.id, (person, post))
    return list(found.values())


async def _reachable(uow: UnitOfWork, person_id: int) -> bool:
    person = await uow.people.person(person_id)
    return person is not None and person.reachable
