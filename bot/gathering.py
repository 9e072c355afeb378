"""What a group whose minute is short hears in one message: cases in a digest, outcomes together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from bot import digests
from bot.budget import Budget
from bot.cards import Card, Cards
from bot.deciders import Deciders
from bot.ending import Ending
from bot.enqueue import NEW_CARD, chat_of_lane
from bot.flows.base import Flows
from bot.pace import GATHER, Pace
from bot.telegram import Messenger
from storage.messages import MessageRow
from storage.outbox import OutboxRow
from storage.uow import Storage, UnitOfWork

#: Fewer outcomes go out as replies of their own.
_TOGETHER = 2


class Gathering:
    """Sends it, and keeps digests as their cases are."""

    def __init__(
        self,
        *,
        storage: Storage,
        flows: Flows,
        cards: Cards,
        messenger: Messenger,
        budget: Budget,
        pace: Pace,
        deciders: Deciders,
        ending: Ending,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._flows = flows
        self._cards = cards
        self._messenger = messenger
        self._budget = budget
        self._pace = pace
        self._deciders = deciders
        self._ending = ending
        self._clock = clock

    async def in_digest(self, row: OutboxRow, now: datetime) -> bool:
        """Send one digest over all who wait, if the chat's budget has no room for cards."""
        chat_id = chat_of_lane(row.lane)
        if not digests.may_be_needed(self._budget, chat_id, now):
            return False
        async with self._storage.look() as uow:
            waiting = await digests.waiting(uow, self._flows, row, now)
        if row.id not in {other.id for other, _ in waiting}:
            return False
        if not digests.is_needed(self._budget, chat_id, len(waiting), now):
            return False
        entries = [entry for _, entry in waiting]
        async with self._storage.look() as uow:
            case_row = await uow.cases.get(entries[0].case.id)
            nobody = await digests.lacking(uow, self._deciders, entries, now)
        digest = digests.render(self._cards, entries, now, nobody)
        topic_id = 0 if case_row is None else case_row.topic_id
        message_id = await self._messenger.send(chat_id, digest, topic_id=topic_id)
        async with self._storage.change(chat_id) as uow:
            is_left = await uow.moved_to(chat_id) is not None
            if is_left:
                # Its cases went along, and are wanted anew there: this message is left behind.
                await uow.outbox.later(row, due_at=self._clock(), error="moved")
            else:
                case_ids = [entry.case.id for entry in entries]
                await uow.messages.unnote(chat_id, message_id)
                await uow.digests.add(chat_id, message_id, case_ids, shown=digest.fingerprint)
                for other, _ in waiting:
                    if not await uow.outbox.done(other, now=self._clock()):
                        # Something happened to that case meanwhile: the digest must tell.
                        await self._digest_again(uow, other, message_id)
        if is_left:
            self._ending.count(row, "later")
        else:
            self._count(other for other, _ in waiting)
        return True

    def _count(self, rows: Iterable[OutboxRow]) -> None:
        """One message has delivered them all."""
        for row in rows:
            self._ending.count(row)

    async def _digest_again(self, uow: UnitOfWork, other: OutboxRow, message_id: int) -> None:
        now = self._clock()
        if other.case_id is None or await uow.messages.card(other.case_id) is None:
            # Else a press has made a card of an earlier life the case's: that must tell, too.
            await uow.outbox.drop(other, now=now)
        await uow.outbox.want_again(
            now=now, lane=other.lane, priority=NEW_CARD, due_at=now, digest=message_id
        )

    async def digest(self, row: OutboxRow) -> None:
        """Show the digest that the row names as its cases are now."""
        chat_id, message_id = chat_of_lane(row.lane), int(row.payload["message"])
        now = self._clock()
        async with self._storage.look() as uow:
            places = await uow.digests.places(chat_id, message_id)
            entries = await digests.entries(uow, self._flows, places)
            shown = await uow.digests.shown(chat_id, message_id)
            nobody = await digests.lacking(uow, self._deciders, entries, now)
        if await self._pace.held(row, edits=True, now=now):
            return
        digest = digests.render(self._cards, entries, now, nobody)
        if not entries or digest.fingerprint == shown:
            self._budget.unspend(chat_id)
            await self._ending.done(row)
            return
        await self._messenger.edit(chat_id, message_id, digest)
        async with self._storage.change() as uow:
            await uow.digests.note_shown(chat_id, message_id, digest.fingerprint)
            await uow.outbox.done(row, now=self._clock())
        self._ending.count(row)

    async def digest_gone(self, row: OutboxRow) -> None:
        """Somebody deleted a digest: whoever still waits gets a card of his own.

        Nothing is left to be done about it: it must not be kept for a /retry that names a case.
        """
        chat_id, message_id = chat_of_lane(row.lane), int(row.payload["message"])
        now = self._clock()
        async with self._storage.change(chat_id) as uow:
            places = await uow.digests.places(chat_id, message_id)
            entries = await digests.entries(uow, self._flows, places)
            await uow.digests.forget(chat_id, message_id)
            await uow.outbox.done(row, now=now)
            for entry in entries:
                if entry.flow.is_open(entry.case) and not entry.own_card:
                    await uow.outbox.want_again(
                        now=now, lane=row.lane, priority=NEW_CARD, due_at=now, case_id=entry.case.id
                    )
        self._ending.count(row)

    async def told_together(self, row: OutboxRow, now: datetime) -> bool:
        """Whether the outcome waits for others of its group, or has been told together with them.

        Only a group whose minute is short gathers; whoever has started the bot is told privately.
        """
        chat_id = chat_of_lane(row.lane)
        if self._budget.turn(chat_id, now, since=row.created_at, paces=GATHER) is None:
            return False
        if await self._pace.held(row, edits=False, now=now):
            return True
        async with self._storage.look() as uow:
            rows, told = await digests.outcomes(uow, self._flows, self._cards, row, now)
            case_row = None if row.case_id is None else await uow.cases.get(row.case_id)
        if case_row is None or len(rows) < _TOGETHER or row.id not in {one.id for one in rows}:
            return False
        message_id = await self._messenger.send(chat_id, told, topic_id=case_row.topic_id)
        cases = digests.told_by(rows)
        async with self._storage.change() as uow:
            if len(cases) == 1:
                await uow.messages.note(notice_row(chat_id, message_id, cases[0], told))
            else:
                await uow.posts.tell(chat_id, message_id, cases)
            for one in rows:
                await uow.outbox.done(one, now=self._clock())
        self._count(rows)
        return True


def notice_row(chat_id: int, message_id: int, case_id: int, told: Card) -> MessageRow:
    """The note of a message that tells what comes of a case."""
    return MessageRow(
        chat_id=chat_id,
        message_id=message_id,
        case_id=case_id,
        kind="notice",
        current=True,
        shown=told.fingerprint,
    )
