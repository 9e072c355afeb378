"""What may be around a ticket of «КЦ IT Вопросы»."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.flows.asking import Asker
from bot.flows.base import Flow
from bot.flows.it.case import Category, Data, Member, State
from bot.flows.records import Around, Case, Person
from tests.flows.world import CASE, NOW, OTHER_CASE, plain


def tickets(_flow: Flow[Any]) -> tuple[Around, ...]:
    """Tickets of a kind, one of which waits for a link; an incident, and one that is solved."""
    world = plain()
    ira = world.joiner.person
    data = Data(
        category=Category.CRM,
        asked="CRM зависла",
        askers=(Asker(person=ira, post=5),),
        since=NOW,
    )
    one: Case[Any] = Case(
        id=OTHER_CASE, state=State.NEW, round=1, lead="", poster=ira, post=5, posted_at=NOW,
        data=data,
    )  # fmt: skip
    # Where a link stands, the explorer has somebody say its first word.
    timur = Person(id=109, name="Тимур")
    other = replace(one, id=8, post=6, poster=timur, lead=world.said.split()[0])
    head = replace(one, data=replace(data, members=(Member(case=8, who=ira),)))
    album = replace(one, data=replace(data, category=Category.OTHER, albums=("77",)))
    waits = replace(one, state=State.NEEDS_LEAD, poster=world.poster)
    # Where the explorer has a ticket taken in, no number says by which.
    members = (Member(case=CASE, who=ira),)
    solved = replace(head, id=0, state=State.SOLVED, data=replace(data, members=members))
    return tuple(Around(cases=cases) for cases in ((one, other, album, waits), (head,), (solved,)))
