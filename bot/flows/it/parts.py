"""Pieces that the deeds of «КЦ IT Вопросы» share: words to people, clocks, the thread, the link."""

from __future__ import annotations

from datetime import datetime

from bot.flows import pieces
from bot.flows.asking import LONGEST
from bot.flows.copies import replace
from bot.flows.effects import (
    Effect,
    SetDeadline,
)
from bot.flows.it.case import (
    OPEN,
    Data,
    Deadline,
    Note,
    Ticket,
    Times,
)
from bot.flows.it.incidents import proposed
from bot.flows.pieces import drop
from bot.flows.records import Action as Act
from bot.flows.records import Change, Person, Post

#: A talkative thread would only make every reading of the chat slower.
_MOST_NOTES = 20


def clocks(since: datetime, now: datetime, times: Times) -> tuple[Effect, ...]:
    """The deadlines of a ticket that comes into the queue; one found late is late at once."""
    return (
        SetDeadline(name=Deadline.REACTION, at=max(since + times.reaction, now)),
        SetDeadline(name=Deadline.SOLUTION, at=max(since + times.solution, now)),
        SetDeadline(name=Deadline.CLOSE, at=since + times.close),
    )


def ask_for_lead(data: Data, now: datetime, times: Times) -> tuple[Data, tuple[Effect, ...]]:
    """The ticket waits for its link, and no clock of the IT people runs."""
    waits = replace(data, similar=(), offered=0, taker=None, taken_at=None, late=False)
    return waits, (
        *drop(Deadline.REACTION, Deadline.SOLUTION, Deadline.CLOSE),
        SetDeadline(name=Deadline.LEAD, at=now + times.lead),
    )


def ref_of(action: Act) -> str:
    """The link's key or number, which the text begins with."""
    return next(iter(action.text.split()), "")[:LONGEST]


def beside_ref(action: Act) -> str:
    """What the text says besides."""
    return " ".join(action.text.split()[1:])


def elsewhere(action: Act, ref: str) -> int:
    """Another open ticket about that lead; 0: none."""
    return next((one.id for one in action.around.cases if one.state in OPEN and one.lead == ref), 0)


def noted(data: Data, by: Person, text: str, said: Post | None, *, works: bool = False) -> Data:
    """One more message of the thread; an album's later pictures say nothing new."""
    media = "" if said is None else said.media
    album = "" if said is None else said.album
    if album and album in data.albums and not text:
        return data
    if not (text or media or works):
        return data
    no = data.notes[-1].no + 1 if data.notes else 1
    note = Note(no=no, by=by, text=text[:LONGEST], media=media, works=works)
    albums = (*data.albums, album) if album and album not in data.albums else data.albums
    return replace(data, notes=(*data.notes, note)[-_MOST_NOTES:], albums=albums)


def comment(data: Data, lead: str, what: str) -> tuple[Data, tuple[Effect, ...]]:
    """A comment in the lead, where one is named and known."""
    if not lead:
        return data, ()
    data, written = pieces.comment(data, what)
    return data, (written,)


def alone(case: Ticket, _action: Act, _now: datetime) -> bool:
    """It is no incident: others do not hang on it."""
    return not case.data.members


def queued(data: Data, case: Ticket, action: Act, now: datetime, times: Times) -> Change[Data]:
    """It comes into the queue now."""
    similar, offered = proposed(case, data.category, action.around, times)
    data = replace(data, since=now, similar=similar, offered=offered)
    return Change(data=data, effects=(*clocks(now, now, times), *drop(Deadline.LEAD)))
