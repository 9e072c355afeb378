"""The reminder of somebody who decides: one a minute and group, of all who wait for him there.

It is wanted for one case, and says what is so when it is sent: whoever was answered meanwhile is
not named, and whose own reminder fell into the same minute is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from bot.budget import Budget
from bot.cards import Card, Cards
from bot.deciders import waits_for
from bot.digests import Entry, fitted
from bot.ending import Ending
from bot.enqueue import chat_of_lane
from bot.errors import OtherRelease
from bot.flows.base import Flow, Flows
from bot.flows.records import Actor, Case, Person
from bot.gathering import notice_row
from bot.sight import given_roles, read_case
from bot.telegram import Messenger, link_to_message
from storage.cases import CaseRow
from storage.outbox import OutboxRow
from storage.uow import Storage, UnitOfWork

#: More are counted only: these keep him busy for longer than the minute until the next one.
MOST = 10


class Calling:
    """Delivers it."""

    def __init__(
        self,
        *,
        storage: Storage,
        flows: Flows,
        cards: Cards,
        messenger: Messenger,
        budget: Budget,
        ending: Ending,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._flows = flows
        self._cards = cards
        self._messenger = messenger
        self._budget = budget
        self._ending = ending
        self._clock = clock

    async def call(self, row: OutboxRow) -> None:
        """Tell him who waits for him in the group of the row's case; nobody does: say nothing."""
        now, person = self._clock(), chat_of_lane(row.lane)
        async with self._storage.look() as uow:
            here = await uow.deliveries.case_of(row)
            if here is None:
                return
            count, shown = await self._waiting(uow, here, person, now)
            same = await _the_same(uow, row, here.chat_id, now)
        if not shown:
            self._budget.unspend(person)
            await self._ending.done(row)
            return
        if count == 1:
            only, what = shown[0], str(row.payload["what"])
            told = self._cards.notice(only.flow, only.case, what, now, only.post_link)
        else:
            told = render(self._cards, shown, count, now)
        message_id = await self._messenger.send(person, told)
        async with self._storage.change() as uow:
            if count == 1:
                note = notice_row(person, message_id, shown[0].case.id, told)
                await uow.deliveries.told(row, note, now=self._clock())
            else:
                await uow.posts.tell(person, message_id, [one.case.id for one in shown])
                await uow.outbox.done(row, now=self._clock())
            for one in same:
                await uow.outbox.done(one, now=self._clock())
        for one in (row, *same):
            self._ending.count(one)

    async def _waiting(
        self, uow: UnitOfWork, here: CaseRow, person: int, now: datetime
    ) -> tuple[int, Sequence[Entry]]:
        """How many wait for him in that group, whatever its topics run; and the first of them.

        Their `post_link` leads to what shows the case.
        """
        # Its own must be one that this release can read.
        read_case(self._flows, here)
        urgent = [name for name, flow in self._flows.items() if flow.urgent]
        rows = await uow.open_cases.of_flows(here.chat_id, urgent)
        roles = await given_roles(uow, person)
        actor = Actor(person=Person(id=person, name=""), roles=roles)
        found = list(self._of_his(rows, actor, now))
        shown = [
            Entry(
                place=place, flow=of, case=case, post_link=await _link(uow, row), own_card=False
            )
            for place, (of, case, row) in enumerate(found[:MOST], start=1)
        ]  # fmt: skip
        return len(found), shown

    def _of_his(
        self, rows: Sequence[CaseRow], actor: Actor, now: datetime
    ) -> Iterator[tuple[Flow[Any], Case[Any], CaseRow]]:
        for row in rows:
            try:
                flow, case = read_case(self._flows, row)
            except OtherRelease:
                # It holds up no others.
                continue
            if waits_for(flow, case, actor, now):
                yield flow, case, row


def render(cards: Cards, shown: Sequence[Entry], count: int, now: datetime) -> Card:
    """Each with its number, as in a digest: a reply may name it. `count`: how many wait in all."""
    blocks = []
    for one in shown:
        brief = cards.brief(one.flow, one.case, now, one.place, post_link="", own_card=False)
        first, *rest = brief.split("\n")
        way = cards.common("way_to_card", link=one.post_link).text
        blocks.append("\n".join([f"{first} {way}".rstrip(), *rest]))
    if count > len(shown):
        blocks.append(cards.common("and_more", count=count - len(shown)).text)
    return Card(text=fitted(cards.common("all_wait", count=count).text, blocks))


async def _the_same(
    uow: UnitOfWork, row: OutboxRow, chat_id: int, now: datetime
) -> Sequence[OutboxRow]:
    """His other reminders of that group, where they had to wait: they would say it once more."""
    found = []
    for other in await uow.lanes.tellings(row, now=now, limit=MOST):
        if other.id == row.id or not other.payload.get("names_all"):
            continue
        case_row = await uow.deliveries.case_of(other)
        if case_row is not None and case_row.chat_id == chat_id:
            found.append(other)
    return found


async def _link(uow: UnitOfWork, row: CaseRow) -> str:
    """To what shows the case; before anything does, to its post."""
    card, digest = await uow.cases.shown_in(row.id)
    if card is not None:
        return link_to_message(card.chat_id, card.message_id, row.topic_id)
    message = digest or await uow.posts.number_here(row)
    return link_to_message(row.chat_id, message, row.topic_id)
