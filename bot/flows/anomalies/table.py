"""The table of «Аномальные заказы»: (state, action) → guard, next state, effects."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bot.flows import answers, deeds, undo
from bot.flows.anomalies import deeds as do
from bot.flows.anomalies.case import Action, Data, State, Times, Which
from bot.flows.anomalies.deeds import DECIDABLE
from bot.flows.base import Rule, Who, on
from bot.flows.records import Fact, Role

_ADMINS = Who(roles=frozenset({Role.ADMIN}), other_than_poster=True, otherwise="admins_decide")
_POSTER = Who(poster=True, otherwise="poster_only")

_OPEN = (State.PRICES, *DECIDABLE)
_DECIDED = (State.DECIDED,)
#: The lead may still be being read.
_READ_IN = (State.PRICES, State.READING, State.TYPING)
#: Nobody waits for an answer any more.
_ENDED = (State.WITHDRAWN, State.EXPIRED, State.NOT_FOUND, State.JOINED)
CLOSED = frozenset({*_DECIDED, *_ENDED})


def rules(times: Times) -> Iterator[Rule[Data]]:
    """A paragraph for each thing that can be done or can happen; the first row that fits holds."""
    yield from _pricing_rules(times)
    yield from _deciding_rules(times)
    yield from on(
        Action.WITHDRAW, _OPEN, to=State.WITHDRAWN, who=_POSTER, then=deeds.withdraw,
        answer="withdrawn",
    )  # fmt: skip

    yield from on(
        Fact.TIME_UP,
        _OPEN,
        to=State.EXPIRED,
        when=deeds.is_close,
        then=deeds.expire,
        label="15 min",
    )
    yield from on(Fact.TIME_UP, (State.PRICES,), then=do.remind, label="1 min, 3 min")
    yield from on(Fact.TIME_UP, DECIDABLE, then=deeds.ping, label="1 min, 3 min")

    yield from _reading_rules()
    yield from _writing_rules()


def _pricing_rules(times: Times) -> Iterator[Rule[Data]]:
    """Both prices are needed; the operator names them in a reply, or in a post, edited or new."""
    lacks = (State.PRICES,)
    turns = partial(on, Action.TURN)
    yield from turns(DECIDABLE, when=do.turns, then=do.turn)
    yield from turns(DECIDABLE, when=do.may_turn, then=do.which_is_whose, label="again")
    yield from turns(_DECIDED, when=do.may_turn, then=do.too_late)
    yield from on(Action.TELL_PRICES, _DECIDED, when=do.names_too_late, then=do.too_late)
    for tells in (
        partial(on, Action.TELL_PRICES, then=partial(do.tell_prices, times=times)),
        partial(on, Action.EDIT, then=partial(do.edit, times=times)),
        partial(on, Fact.JOINED, then=partial(do.join, times=times)),
    ):
        yield from tells(lacks, to=State.WAITING, when=do.completes_and_read, label="both, read")
        yield from tells(lacks, to=State.READING, when=do.completes, label="both")
        yield from tells(_OPEN, when=do.may_tell)


def _deciding_rules(times: Times) -> Iterator[Rule[Data]]:
    """One press decides; a price that nobody has named yet is a reply to the card."""
    admins = partial(on, who=_ADMINS)
    decides = partial(admins, to=State.DECIDED)
    typing = (State.TYPING,)
    yield from decides(
        Action.SCRIPT, DECIDABLE, when=do.is_the_script_s,
        then=partial(do.choose, which=Which.SCRIPT), decision="script", answer="decided",
    )  # fmt: skip
    yield from decides(
        Action.SITE, DECIDABLE, when=do.is_the_site_s,
        then=partial(do.choose, which=Which.SITE), decision="site", answer="decided",
    )  # fmt: skip
    yield from decides(
        Action.AS_BEFORE, DECIDABLE, when=do.offer_holds, then=do.as_before,
        decision="as_before", answer="decided",
    )  # fmt: skip
    yield from admins(
        Action.OTHER, DECIDABLE, to=State.TYPING, then=do.begin_typing, answer="typing"
    )
    yield from decides(
        Action.PRICE, typing, when=do.types_a_price, then=do.typed, decision="other",
        answer="decided",
    )  # fmt: skip
    yield from admins(
        Action.PRICE, typing, when=do.is_typist, then=do.not_understood, answer="typing"
    )
    yield from admins(
        Action.SWAP, DECIDABLE, when=do.is_other_order, then=do.swap, answer="swapped"
    )
    yield from on(Fact.ACTED, DECIDABLE, then=do.offer_anew)

    yield from admins(Action.PRICE, _DECIDED, when=do.wants_another, then=do.not_by_words)
    yield from admins(
        Action.REASON, _DECIDED, when=deeds.his_decision, then=do.reason, answer="reason"
    )
    yield from admins(
        Action.UNDO, _DECIDED, to=State.READING, when=partial(deeds.in_time, times=times),
        then=partial(do.take_back, times=times), answer="undone",
    )  # fmt: skip


def _reading_rules() -> Iterator[Rule[Data]]:
    """What the CRM may answer about the lead, and when."""
    late = (State.DECIDED, State.WITHDRAWN, State.EXPIRED)
    yield from on(Fact.LEAD_READ, (State.READING,), to=State.WAITING, then=do.read)
    # Decided and undone before the CRM answered, it is read twice.
    yield from on(Fact.LEAD_READ, (State.PRICES, State.WAITING, State.TYPING, *late), then=do.read)
    yield from on(Fact.LEAD_MISSING, _READ_IN, to=State.NOT_FOUND, then=answers.missing)
    yield from on(Fact.LEAD_MISSING, late, then=answers.no_such_lead)
    yield from on(Fact.SAME_LEAD, _OPEN, to=State.JOINED, then=deeds.same_lead)


def _writing_rules() -> Iterator[Rule[Data]]:
    """How the writes go on, also those of a decision that was undone."""
    undone = partial(on, when=undo.is_of_undoing, then=undo.hear, label="undone")
    anywhere = (*DECIDABLE, *_DECIDED, *_ENDED)
    yield from undone(Fact.CRM_SAVED, anywhere)
    yield from undone(Fact.CRM_REFUSED, anywhere)
    yield from undone(Fact.CRM_DOWN, _ENDED)
    yield from on(Fact.CRM_SAVED, _DECIDED, then=answers.saved_and_well)
    yield from on(Fact.CRM_DOWN, (*_OPEN, *_DECIDED), then=answers.down)
    yield from on(Fact.CRM_REFUSED, (*_READ_IN, *_DECIDED), then=deeds.refused)
    # Nobody waits any more: the late answer of a reading changes nothing.
    yield from on(Fact.CRM_DOWN, (State.WITHDRAWN, State.EXPIRED))
    yield from on(Fact.CRM_REFUSED, (State.WITHDRAWN, State.EXPIRED))
    # The second of two readings, see above: the first has told it.
    for fact in (Fact.LEAD_READ, Fact.LEAD_MISSING, Fact.CRM_DOWN, Fact.CRM_REFUSED):
        yield from on(fact, (State.JOINED, State.NOT_FOUND))
    for fact in (Fact.LEAD_MISSING, Fact.CRM_REFUSED):
        yield from on(fact, (State.WAITING,))
