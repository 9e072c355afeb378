"""What the deeds of all working chats are put together from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from bot.flows import writes
from bot.flows.asking import Asker
from bot.flows.copies import replace
from bot.flows.effects import Audience, DropDeadline, Effect, Join, Tell
from bot.flows.records import Action, Case, Change, Person, Role

D = TypeVar("D")


def with_(case: Case[D], *effects: Effect, **changes: object) -> Change[D]:
    """The case with these changes of its data, and the effects."""
    data: D = replace(case.data, **changes)  # type: ignore[type-var]
    return Change(data=data, effects=effects)


def comment(data: D, what: str) -> tuple[D, Effect]:
    """One more comment in the lead; the data have `writes`."""
    kept: Any = data
    made, effect = writes.comment(kept.writes, what)
    return replace(kept, writes=made), effect


def tell_askers(what: str, *, settled: bool = False) -> Tell:
    """Everybody who asked is told; `settled`: as in `Tell`."""
    return Tell(to=Audience.ASKERS, what=what, settled=settled)


def tell_role(role: Role, what: str) -> Tell:
    """Those on duty who hold the role are told."""
    return Tell(to=Audience.ROLE, what=what, role=role.value)


def tell_person(person: Person | None, what: str) -> Tell:
    """He is told; where there is nobody, nobody is."""
    return Tell(to=Audience.PERSON, what=what, person=0 if person is None else person.id)


def tell_others(askers: Iterable[Asker], by: Person, what: str) -> tuple[Tell, ...]:
    """All who asked are told, but for him who does it."""
    others = {asker.person.id: asker.person for asker in askers if asker.person.id != by.id}
    return tuple(tell_person(person, what) for person in others.values())


def drop(*names: StrEnum) -> tuple[Effect, ...]:
    """These deadlines do not come any more."""
    return tuple(DropDeadline(name=name) for name in names)


def is_by(person: Person | None, action: Action) -> bool:
    """Whether it is this person's action."""
    return person is not None and action.by is not None and action.by.person.id == person.id


def asks(person: Person, askers: Iterable[Asker]) -> bool:
    """Whether he is one of those who asked."""
    return any(asker.person.id == person.id for asker in askers)


def he_asked(case: Case[Any], action: Action, _now: datetime) -> bool:
    """Whether it is one of those who asked; the data have `askers`."""
    return action.by is not None and asks(action.by.person, case.data.askers)


def with_asker(askers: tuple[Asker, ...], action: Action) -> tuple[Asker, ...]:
    """Whoever asks the same with another post is told too."""
    asker = Asker(person=action.doer, post=action.what.post)
    return askers if asker in askers else (*askers, asker)


def into(case: int, askers: Iterable[Asker], said: str) -> Iterator[Effect]:
    """They all ask in another case from now on; `said`: what was asked here, in their words."""
    for asker in askers:
        # It is in one piece: told once, as the first one's.
        yield Join(
            case=case, by=asker.person.id, name=asker.person.name, post=asker.post, text=said
        )
        said = ""
