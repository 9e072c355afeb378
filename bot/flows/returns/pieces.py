"""What the deeds of «Возврат Обмен» are put together from. Pure."""

from __future__ import annotations

from dataclasses import replace

from bot.flows import writes
from bot.flows.effects import Effect, Tell
from bot.flows.pieces import tell_person, tell_role
from bot.flows.records import Role
from bot.flows.returns.case import Data, Mark
from crm_api.port import RETURN_OR_EXCHANGE


def tell_hands(data: Data, what: str) -> Tell:
    """Whoever has it in hand; as long as nobody has, all of the returns staff."""
    if data.taken is None:
        return tell_role(Role.RETURNS, what)
    return tell_person(data.taken.by, what)


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
