"""What may be around a pause of «Проект Белкин»."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.flows.base import Flow
from bot.flows.pauses.case import Data, Kind, Part, State, Wish
from bot.flows.records import Around, Case, Person
from tests.flows.world import NOW, plain


def pauses(_flow: Flow[Any]) -> tuple[Around, ...]:
    """All places taken, and somebody queues; a place just came free; the lunch was eaten."""
    poster, minutes = plain().poster, timedelta(minutes=1)
    lunch = Part(kind=Kind.LUNCH, since=NOW - 90 * minutes, until=NOW - 60 * minutes)
    eaten: Case[Data] = Case(
        id=501, state=State.BACK, round=1, lead="", poster=poster, post=1,
        posted_at=lunch.since, data=Data(parts=(replace(lunch, ended=lunch.until),)),
        about=f"person:{poster.id}",
    )  # fmt: skip
    rest = Part(kind=Kind.BREAK, since=NOW - 5 * minutes, until=NOW + 10 * minutes)
    away = tuple(
        replace(
            eaten,
            id=number,
            state=State.AWAY,
            poster=Person(id=number, name=f"Коллега {number}"),
            data=Data(parts=(rest,)),
        )
        for number in (502, 503, 504)
    )
    waits = Data(wish=Wish(kind=Kind.BREAK, length=15 * minutes), since=NOW - 2 * minutes)
    queued = replace(
        away[0], id=505, state=State.QUEUED, poster=Person(id=505, name="Коллега 505"), data=waits
    )
    return (
        Around(cases=(*away, queued), flows=frozenset({"it"})),
        Around(cases=(*away[:2], queued)),
        Around(cases=(eaten, *away[:2])),
        Around(cases=(eaten, *away)),
    )
