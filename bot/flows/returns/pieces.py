"""What the deeds of «Возврат Обмен» are put together from. Pure."""

from __future__ import annotations

from dataclasses import replace

from bot.flows import writes
from bot.flows.base import Action as Act
from bot.flows.base import Change, Person, Role
from bot.flows.effects import Audience, Effect, Tell
from bot.flows.returns.case import Data, Mark, Thing
from crm_api.port import RETURN_OR_EXCHANGE


def changed(case: Thing, *effects: Effect, **changes: object) -> Change[Data]:
    """The case with these changes of its data."""
    return Change(data=replace(case.data, **changes), effects=effects)  # type: ignore[arg-type]


def person_of(action: Act) -> Person:
    """Whose action it is."""
    if action.by is None:
        raise ValueError(f"{action.name} is done by a person")
    return action.by.person


def is_by(person: Person | None, action: Act) -> bool:
    """Whether it is this person's action."""
    return person is not None and action.by is not None and action.by.person.id == person.id


def tell_askers(what: str) -> Tell:
    """Tell all who posted about it."""
    return Tell(to=Audience.ASKERS, what=what)


def tell_role(role: Role, what: str) -> Tell:
    """Tell those on duty who hold the role."""
    return Tell(to=Audience.ROLE, what=what, role=role.value)


def tell_hands(data: Data, what: str) -> Tell:
    """Whoever has it in hand; as long as nobody has, all of the returns staff."""
    if data.taken is None:
        return tell_role(Role.RETURNS, what)
    return Tell(to=Audience.DECIDER, what=what, person=data.taken.by.id)


def comment(data: Data, what: str) -> tuple[Data, Effect]:
    """One more comment in the lead."""
    made, effect = writes.comment(data.writes, what)
    return replace(data, writes=made), effect


def status(data: Data) -> tuple[Data, Effect]:
    """«Брак обмен», unless the lead has another status by then than people saw."""
    known = data.known
    is_seen = known is not None and known.code == data.seen
    label = known.label if known is not None and is_seen else writes.met(data.writes)
    made, effect = writes.status(data.writes, RETURN_OR_EXCHANGE, seen=data.seen, label=label)
    return replace(data, writes=made, mark=Mark.WANTED), effect
