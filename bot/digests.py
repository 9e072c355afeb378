"""Digest cards: how a burst is told when a group's budget runs short.

Telegram gives a group 20 operations a minute. A card for each of sixty posts would make the last
operator wait three minutes; a digest tells up to fifteen of them at once.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.budget import Budget
from bot.cards import OWN_CARD, Card, Cards, Key, Press
from bot.deciders import Deciders
from bot.flows.base import Flow, Flows
from bot.flows.records import Case, Role
from bot.sight import read_case
from bot.telegram import link_to_message
from storage.cases import CaseRow
from storage.digests import DigestPlace
from storage.outbox import OutboxRow
from storage.uow import UnitOfWork

#: More would be a wall. Only a rush of two hundred a minute fills one.
MOST = 15
#: Characters of one message; and buttons to whole cards in one row, at most.
_LONGEST, _WAYS = 4096, 6
_TAG = re.compile(r"<[^>]*>")
#: Fewer have room for cards of their own.
_FEWEST = 2
#: Operations that a case with a card of its own needs yet: the card, its outcome.
_OPERATIONS_OF_A_CARD = 2
#: Kept for decisions and answers.
_RESERVE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A case in a digest. `own_card`: it has a card of its own by now, decided there."""

    place: int
    flow: Flow[Any]
    case: Case[Any]
    post_link: str
    own_card: bool


def may_be_needed(budget: Budget, chat_id: int, now: datetime) -> bool:
    """Whether the chat's budget is so short that it is worth counting who waits."""
    return is_needed(budget, chat_id, MOST, now)


def is_needed(budget: Budget, chat_id: int, waiting: int, now: datetime) -> bool:
    """Whether so many waiting cases should go out as one digest."""
    if waiting < _FEWEST:
        return False
    return budget.left(chat_id, now) < waiting * _OPERATIONS_OF_A_CARD + _RESERVE


async def waiting(
    uow: UnitOfWork, flows: Flows, row: OutboxRow, now: datetime
) -> list[tuple[OutboxRow, Entry]]:
    """The cases of the row's chat and topic that wait for their first card, the oldest first."""
    found: list[tuple[OutboxRow, Entry]] = []
    for other in await uow.lanes.first_cards(row, now=now, limit=MOST):
        case_row = None if other.case_id is None else await uow.cases.get(other.case_id)
        if case_row is None:
            continue
        flow, case = read_case(flows, case_row)
        if case.state in flow.digestible and flow.is_open(case):
            link = await _post_link(uow, case_row)
            entry = Entry(
                place=len(found) + 1, flow=flow, case=case, post_link=link, own_card=False
            )
            found.append((other, entry))
    return found


async def _post_link(uow: UnitOfWork, row: CaseRow) -> str:
    """A group that became a supergroup has left its posts behind: there is nothing to open."""
    return link_to_message(row.chat_id, await uow.posts.number_here(row), row.topic_id)


async def outcomes(
    uow: UnitOfWork, flows: Flows, cards: Cards, row: OutboxRow, now: datetime
) -> tuple[list[OutboxRow], Card]:
    """What the row's group is to be told now of cases that are decided, in one message.

    Each outcome begins with whom it is for, so that Telegram calls him as a reply would; of several
    cases each has its number, which a reply may name.
    """
    found: list[OutboxRow] = []
    said: list[tuple[str, str]] = []
    own = None if row.case_id is None else await uow.cases.get(row.case_id)
    for other in await uow.lanes.tellings(row, now=now, limit=MOST):
        case_row = None if other.case_id is None else await uow.cases.get(other.case_id)
        if case_row is None or own is None or case_row.topic_id != own.topic_id:
            continue
        flow, case = read_case(flows, case_row)
        asked = {post: person for person, post in flow.askers(case)}
        person = asked.get(int(other.payload["reply_to"]))
        if person is None or flow.is_open(case):
            # A question wants a reply of its own.
            continue
        notice = cards.notice(flow, case, str(other.payload["what"]), now).text
        called = cards.common("called", id=person.id, name=person.name).text
        found.append(other)
        said.append((called, notice))
    told = told_by(found)
    numbers = [f"{told.index(one.case_id or 0) + 1}. " if len(told) > 1 else "" for one in found]
    blocks = [
        f"{number}{called}\n{notice}"
        for number, (called, notice) in zip(numbers, said, strict=True)
    ]
    return found, Card(text=fitted("", blocks))


def told_by(rows: Sequence[OutboxRow]) -> list[int]:
    """The cases of these rows, each once, in the order of their numbers."""
    return list(dict.fromkeys(row.case_id for row in rows if row.case_id is not None))


async def entries(uow: UnitOfWork, flows: Flows, places: Sequence[DigestPlace]) -> list[Entry]:
    """The cases of a digest as they are now."""
    found = []
    for place in places:
        case_row = await uow.cases.get(place.case_id)
        if case_row is None:
            continue
        flow, case = read_case(flows, case_row)
        link = await _post_link(uow, case_row)
        own = await uow.messages.card(place.case_id) is not None
        found.append(Entry(place=place.place, flow=flow, case=case, post_link=link, own_card=own))
    return found


async def lacking(
    uow: UnitOfWork, deciders: Deciders, entries_: Sequence[Entry], now: datetime
) -> frozenset[Role]:
    """The roles of which nobody is on duty, though a case waits for them here; else none."""
    missing: frozenset[Role] = frozenset()
    for flow in {one.flow for one in entries_ if one.flow.waits(one.case) and not one.own_card}:
        if not await deciders.anybody(uow, flow, now):
            missing |= flow.deciders
    return missing


def render(
    cards: Cards, entries_: Sequence[Entry], now: datetime, nobody: Collection[Role] = ()
) -> Card:
    """One message: what to decide, a row of buttons for each case, and the way to whole cards.

    While one case is open no row goes, so that none moves under a finger that is about to press.
    `nobody`: as of `lacking`; operators must not wait in vain.
    """
    briefs = [
        cards.brief(entry.flow, entry.case, now, entry.place, entry.post_link, entry.own_card)
        for entry in entries_
    ]
    waits = [entry.flow.is_open(entry.case) and not entry.own_card for entry in entries_]
    head = cards.common("digest", count=sum(waits)).text
    if nobody:
        head = f"{head}\n{cards.common('nobody', roles=sorted(nobody)).text}"
    rows = [
        _decisions(cards, entry) if open_ else _spare(cards, entry)
        for entry, open_ in zip(entries_, waits, strict=True)
    ]
    if any(waits):
        rows = [row or (_key(entry, "✓"),) for entry, row in zip(entries_, rows, strict=True)]
        ways = [
            _key(entry, "…" if open_ else "✓") for entry, open_ in zip(entries_, waits, strict=True)
        ]
        width = -(-len(ways) // -(-len(ways) // _WAYS))
        rows += [tuple(ways[start : start + width]) for start in range(0, len(ways), width)]
    return Card(text=fitted(head, briefs), buttons=tuple(row for row in rows if row))


def fitted(head: str, briefs: Sequence[str]) -> str:
    """All of it in one message: where there is no room, the longest say less.

    A line of a brief is HTML of its own, and its first ones say the most.
    """
    lines = [brief.split("\n") for brief in briefs]
    while True:
        parts = [head, *("\n".join(brief) for brief in lines)]
        text = "\n\n".join(part for part in parts if part)
        long = [brief for brief in lines if len(brief) > 1]
        if _length(text) <= _LONGEST or not long:
            return text
        max(long, key=lambda brief: _length("\n".join(brief))).pop()


def _length(text: str) -> int:
    """As Telegram counts: without tags, in UTF-16."""
    return len(html.unescape(_TAG.sub("", text)).encode("utf-16-le")) // 2


def _spare(cards: Cards, entry: Entry) -> tuple[Key, ...]:
    """What can still be done here about a case that was decided here."""
    buttons = [button for row in entry.flow.buttons(entry.case) for button in row]
    spare = not entry.own_card and bool(buttons) and all(button.spare for button in buttons)
    return _decisions(cards, entry) if spare else ()


def _decisions(cards: Cards, entry: Entry) -> tuple[Key, ...]:
    first = cards.keys(entry.flow, entry.case)[:1]
    return tuple(
        Key(text=f"{entry.place} {key.text}", data=key.data, style=key.style)
        for row in first
        for key in row
    )


def _key(entry: Entry, sign: str) -> Key:
    press = Press(case=entry.case.id, round=entry.case.round, action=OWN_CARD)
    return Key(text=f"{entry.place} {sign}", data=str(press))
