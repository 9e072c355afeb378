"""What the deeds of «Возврат Обмен» are put together from. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.flows import writes
from bot.flows.copies import replace
from bot.flows.effects import Effect, SetDeadline, Tell
from bot.flows.pieces import tell_person, tell_role
from bot.flows.records import Role
from bot.flows.returns.case import Data, Deadline, Mark, Times
from crm_api.port import RETURN_OR_EXCHANGE


def tell_hands(data: Data, what: str) -> Tell:
    """Whoever has it in hand; as long as nobody has, all of the returns staff."""
    if data.taken is None:
        return tell_role(Role.RETURNS, what)
    return tell_person(data.taken.by, what)


def words_from(first: int, end: int) -> str:
    """`Tell.what` of these of `Data.more`: more may be written before it is told."""
    return f"more:{first}:{end}"


def mended_in(post: int) -> str:
    """What tells of a post that was edited: whoever mended it is named."""
    return f"mended:{post}"


def question(data: Data, now: datetime, times: Times) -> Iterator[Effect]:
    """As long as nobody has said whose lead it is, he is asked again; also when it is closed."""
    if data.mark is Mark.ASKED:
        yield SetDeadline(name=Deadline.QUESTION, at=now + times.question)


def status(data: Data) -> tuple[Data, Effect]:
    """«Брак обмен», unless the lead has another status by then than people saw."""
    known = data.known
    is_seen = known is not None and known.code == data.seen
    label = known.label if known is not None and is_seen else writes.met(data.writes)
    made, effect = writes.status(data.writes, RETURN_OR_EXCHANGE, seen=data.seen, label=label)
    return replace(data, writes=made, mark=Mark.WANTED), effect
