"""The card of a case: sent once, edited since, sent anew where somebody has deleted it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.budget import Budget
from bot.cards import Card, Cards
from bot.deciders import Deciders
from bot.ending import Ending
from bot.enqueue import delete_message
from bot.errors import MessageGone, TelegramMoved
from bot.flows.base import Flows
from bot.gathering import Gathering
from bot.outbox import backoff, chance
from bot.pace import Pace
from bot.sight import read_case
from bot.telegram import Messenger
from storage.cases import CaseRow
from storage.messages import MessageRow
from storage.outbox import OutboxRow
from storage.uow import Storage

#: So many tries of a card that is gone follow each other at once.
_AT_ONCE = 3


class Showing:
    """Delivers the rows of cards."""

    def __init__(
        self,
        *,
        storage: Storage,
        flows: Flows,
        cards: Cards,
        messenger: Messenger,
        budget: Budget,
        pace: Pace,
        gathering: Gathering,
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
        self._gathering = gathering
        self._deciders = deciders
        self._ending = ending
        self._clock = clock

    async def card(self, row: OutboxRow) -> None:
        """Show the case as it is now, in the chat where it is."""
        now = self._clock()
        async with self._storage.look() as uow:
            case_row = await uow.deliveries.case_of(row)
            if case_row is None:
                return
            flow, case = read_case(self._flows, case_row)
            shown, digest = await uow.cases.shown_in(case_row.id)
            too_many = uow.cases.cards_too_many(case_row.id)
            alone = flow.waits(case) and not await self._deciders.anybody(uow, flow, now)
            post = 0 if shown is not None else await uow.posts.number_here(case_row)
        if too_many:
            await self._take_away(too_many, now)
        if await self._pace.held(row, edits=shown is not None, now=now):
            return
        card = self._cards.card(flow, case, now)
        if alone:
            nobody = self._cards.common("nobody", roles=sorted(flow.deciders)).text
            card = replace(card, text=f"{card.text}\n{nobody}")
        if row.seen is not None and shown is not None and shown.shown == card.fingerprint:
            # It looked so to the row's own transaction, and an edit that was on its way then may
            # have been noted since (PostgreSQL): the card would stay as it was in between.
            async with self._storage.look() as uow:
                shown = await uow.messages.card(case_row.id)
                post = 0 if shown is not None else await uow.posts.number_here(case_row)
        if shown is None and not await self._gathering.in_digest(row, now):
            if digest is not None:
                await self._show_in_digest(row, digest, now)
            await self._first_card(row, case_row, card, post)
        elif shown is None:
            # It went out in a digest, and its row with it.
            pass
        elif shown.shown == card.fingerprint and shown.chat_id == case_row.chat_id:
            self._budget.unspend(case_row.chat_id)
            await self._ending.done(row)
        else:
            await self._edit(row, shown, card)

    async def _edit(self, row: OutboxRow, shown: MessageRow, card: Card) -> None:
        try:
            await self._messenger.edit(shown.chat_id, shown.message_id, card)
        except (MessageGone, TelegramMoved):
            # That one, and not the one that a press may have put in its place meanwhile. What was
            # in a group that has become a supergroup has stayed there.
            async with self._storage.change() as uow:
                await uow.messages.drop_card(shown)
            raise
        async with self._storage.note() as uow:
            seen = shown._replace(shown=card.fingerprint)
            await uow.deliveries.edited(row, seen, now=self._clock())
        self._ending.count(row)

    async def _show_in_digest(self, row: OutboxRow, digest: int, now: datetime) -> None:
        """Whoever wants a card may not have seen that a digest shows the case, as it was before."""
        async with self._storage.change() as uow:
            await uow.outbox.want_again(
                now=now, lane=row.lane, priority=row.priority, due_at=now, digest=digest
            )

    async def _take_away(self, cards: Sequence[MessageRow], now: datetime) -> None:
        """One card is enough."""
        async with self._storage.change() as uow:
            for card in cards:
                await uow.messages.drop_card(card)
                await delete_message(uow, card.chat_id, card.message_id, now=now)

    async def _first_card(
        self, row: OutboxRow, case_row: CaseRow, card: Card, reply_to: int
    ) -> None:
        message_id = await self._messenger.send(
            case_row.chat_id, card, topic_id=case_row.topic_id, reply_to=reply_to
        )
        sent = MessageRow(
            chat_id=case_row.chat_id,
            message_id=message_id,
            case_id=case_row.id,
            kind="card",
            current=True,
            shown=card.fingerprint,
        )
        async with self._storage.note() as uow:
            is_noted = await uow.deliveries.first_card(row, sent, now=self._clock())
        self._ending.count(row)
        if is_noted:
            return
        async with self._storage.change() as uow:
            # Whoever presses this one comes before us, or sees what we make of it.
            await uow.cases.locked(case_row.id)
            other = await uow.messages.card(case_row.id)
            if other is not None and other.message_id != message_id:
                # A press has shown the card of an earlier life meanwhile: one is enough. (A press
                # on this very card may have been quicker than we, and has noted it.) The one that
                # stays may show less than this one did. Until this one is gone, who presses it must
                # not make it the case's card.
                now = self._clock()
                await uow.messages.note(sent._replace(current=False))
                await delete_message(uow, case_row.chat_id, message_id, now=now)
                await uow.outbox.want_again(
                    now=now, lane=row.lane, priority=row.priority, due_at=now, case_id=case_row.id
                )

    async def gone(self, row: OutboxRow, error: str) -> None:
        """The card that was to be edited is not there, or not ours: it is sent anew."""
        if row.case_id is None:
            await self._ending.dead(row, error)
            return
        async with self._storage.change() as uow:
            # Once more at once, and not for ever.
            again = timedelta() if row.attempts < _AT_ONCE else backoff(row.attempts, chance())
            await uow.outbox.later(row, due_at=self._clock() + again, error=error)
        self._ending.count(row, "later")
