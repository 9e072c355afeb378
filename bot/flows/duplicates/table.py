"""The table of «РФ Админы»: (state, action) → guard, next state, effects."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bot.flows import answers, deeds, undo
from bot.flows.base import Rule, Who, on
from bot.flows.duplicates import deeds as do
from bot.flows.duplicates import undoing
from bot.flows.duplicates.case import Action, Data, State, Times
from bot.flows.pieces import he_asked
from bot.flows.records import Fact, Role

_ADMINS = Who(roles=frozenset({Role.ADMIN}), other_than_poster=True, otherwise="admins_decide")
_POSTER = Who(poster=True, otherwise="poster_only")


#: Somebody waits for an admin's word on a lead; the lead was read, or is still being read.
_READ = (State.WAITING, State.ASKING, State.ASKED)
_UNDECIDED = (State.READING, *_READ)
_DECIDED = (State.ALLOWED, State.DENIED, State.CONFLICT)
_PHONE = (State.LOOKING, State.BY_HAND)
#: Nobody waits for an answer any more.
_ENDED = (State.WITHDRAWN, State.EXPIRED, State.NOT_FOUND, State.JOINED)
#: A conflict is the admins' affair: the operator has his answer, and may ask anew.
CLOSED = frozenset(State) - {*_UNDECIDED, *_PHONE, State.SURE}


def rules(times: Times) -> Iterator[Rule[Data]]:
    """A paragraph for each thing that can be done or can happen; the first row that fits holds."""
    yield from _deciding_rules()
    yield from _asking_rules(times)

    for_all = (*_UNDECIDED, State.SURE, *_PHONE)
    yield from on(
        Fact.TIME_UP,
        for_all,
        to=State.EXPIRED,
        when=deeds.is_close,
        then=deeds.expire,
        label="15 min",
    )
    yield from on(
        Fact.TIME_UP, (*_UNDECIDED, State.SURE, State.BY_HAND), then=deeds.ping,
        label="1 min, 3 min",
    )  # fmt: skip
    yield from on(Fact.TIME_UP, (State.LOOKING,), label="1 min, 3 min")

    yield from _undoing_rules(times)
    yield from _reading_rules(times)
    yield from _writing_rules(times)
    yield from _phone_rules()


def _deciding_rules() -> Iterator[Rule[Data]]:
    """One press decides; of a confirmed order «Дубль» wants a second one."""
    admins, sure = partial(on, who=_ADMINS), (State.SURE,)
    yield from admins(Action.ALLOW, _UNDECIDED, to=State.ALLOWED, then=do.allow, decision="allowed")
    yield from admins(
        Action.DENY,
        _UNDECIDED,
        to=State.SURE,
        when=do.on_confirmed,
        answer="sure",
        label="confirmed",
    )
    yield from admins(Action.DENY, _UNDECIDED, to=State.DENIED, then=do.deny, decision="denied")
    yield from admins(
        Action.TRASH_ANYWAY, sure, to=State.DENIED, then=do.deny_and_trash, decision="denied"
    )
    yield from admins(
        Action.COMMENT_ONLY, sure, to=State.DENIED, then=do.deny_with_comment, decision="denied"
    )
    yield from admins(Action.BACK, sure, to=State.WAITING, answer="back")
    yield from admins(
        Action.SWITCH, _UNDECIDED, when=do.is_other_kind, then=do.switch, answer="switched"
    )
    yield from admins(
        Action.REASON, _DECIDED, when=deeds.his_decision, then=do.reason, answer="reason"
    )


def _asking_rules(times: Times) -> Iterator[Rule[Data]]:
    """An admin's question and its answer; what the operator adds, takes back, or asks anew."""
    admins, poster = partial(on, who=_ADMINS), partial(on, who=_POSTER)
    sure = (State.SURE,)
    yield from admins(Action.ASK, _UNDECIDED, to=State.ASKING, then=do.ask, answer="asking")
    yield from admins(
        Action.QUESTION, (State.ASKING,), to=State.ASKED, when=do.his_question, then=do.question,
        answer="question",
    )  # fmt: skip
    yield from admins(
        Action.QUESTION, _UNDECIDED, to=State.ASKED, when=do.asks_something, then=do.question,
        answer="question", label="?",
    )  # fmt: skip
    # The question went to all who asked.
    yield from on(Action.ANSWER, (State.ASKED,), to=State.WAITING, when=he_asked, then=do.answer)
    yield from on(Action.ADD, _UNDECIDED, when=he_asked, then=do.add)
    yield from on(Action.ADD, sure, when=he_asked, then=do.add_words)
    yield from poster(
        Action.WITHDRAW, (*_UNDECIDED, *sure, *_PHONE), to=State.WITHDRAWN, then=deeds.withdraw,
        answer="withdrawn",
    )  # fmt: skip
    yield from poster(
        Action.ASK_ANEW, (State.BEFORE,), to=State.READING, then=partial(do.ask_anew, times=times),
        answer="asked_anew",
    )  # fmt: skip
    yield from on(Fact.JOINED, (*_UNDECIDED, *sure), then=do.join)
    yield from on(Fact.SAME_LEAD, (*_UNDECIDED, *sure), to=State.JOINED, then=deeds.same_lead)


def _reading_rules(times: Times) -> Iterator[Rule[Data]]:
    """What the CRM may answer about the lead, and when."""
    denied = (State.DENIED,)
    yield from on(Fact.LEAD_READ, (State.READING,), to=State.WAITING, then=do.read)
    yield from on(Fact.LEAD_READ, _READ, then=do.read)
    # What an admin refuses, or is asked about, rests on what he saw.
    seen = (State.SURE, State.CONFLICT, State.DENIED)
    yield from on(
        Fact.LEAD_READ, denied, to=State.CONFLICT, when=do.unseen_and_confirmed,
        then=partial(do.confirmed_unseen, patience=times.conflict), label="confirmed",
    )  # fmt: skip
    yield from on(Fact.LEAD_READ, denied, when=do.unseen, then=do.read_after_denial)
    late = (State.ALLOWED, State.WITHDRAWN, State.EXPIRED)
    # Decided and undone before the CRM answered, it is read twice.
    for fact in (Fact.LEAD_READ, Fact.LEAD_MISSING, Fact.CRM_DOWN, Fact.CRM_REFUSED):
        yield from on(fact, (State.JOINED, State.NOT_FOUND))
    yield from on(Fact.LEAD_READ, seen)
    yield from on(Fact.LEAD_READ, late, then=do.read)
    yield from on(
        Fact.LEAD_MISSING, (*_UNDECIDED, State.SURE), to=State.NOT_FOUND, then=answers.missing
    )
    yield from on(
        Fact.LEAD_MISSING, (State.DENIED, State.CONFLICT, *late), then=answers.no_such_lead
    )


def _undoing_rules(times: Times) -> Iterator[Rule[Data]]:
    """Who decided may take it back for a minute, and everybody is asked again."""
    back = partial(on, Action.UNDO, who=_ADMINS, answer="undone")
    when = partial(deeds.in_time, times=times)
    again = partial(undoing.take_back, times=times)
    look = partial(undoing.look_again, times=times)
    yield from back(_DECIDED, to=State.READING, when=when, then=again)
    yield from back((State.ANSWERED,), to=State.LOOKING, when=when, then=look)
    yield from on(Fact.JOINED, _DECIDED, then=undoing.hear_echo)
    yield from on(Fact.ACTED, (State.BEFORE,), to=State.JOINED, then=undoing.untold)
    # Its writes may be heard of wherever the request has come to meanwhile.
    anywhere = (*_UNDECIDED, State.SURE, *_DECIDED, *_ENDED)
    for fact in (Fact.CRM_SAVED, Fact.CRM_REFUSED, Fact.CRM_CONFLICT):
        yield from on(fact, anywhere, when=undo.is_of_undoing, then=undo.hear, label="undone")
    yield from on(Fact.CRM_DOWN, _ENDED, when=undo.is_of_undoing, then=undo.hear, label="undone")


def _writing_rules(times: Times) -> Iterator[Rule[Data]]:
    """How the writes go on; and a status that somebody changed before we could."""
    admins, conflict = partial(on, who=_ADMINS), (State.CONFLICT,)
    listening = (*_UNDECIDED, State.SURE, *_DECIDED)
    yield from on(Fact.CRM_SAVED, _DECIDED, then=answers.saved_and_well)
    yield from on(Fact.CRM_DOWN, listening, then=answers.down)
    yield from on(Fact.CRM_REFUSED, listening, then=deeds.refused)
    # Nobody waits any more: the late answer changes nothing.
    over = (State.WITHDRAWN, State.EXPIRED, State.ANSWERED)
    yield from on(Fact.CRM_DOWN, over)
    yield from on(Fact.CRM_REFUSED, over)
    yield from on(
        Fact.CRM_CONFLICT, (State.DENIED,), to=State.CONFLICT,
        then=partial(do.conflict, patience=times.conflict),
    )  # fmt: skip
    yield from admins(
        Action.TRASH_ANYWAY, conflict, to=State.DENIED, when=deeds.is_conflict_shown,
        then=do.trash_again, answer="denied",
    )  # fmt: skip
    yield from admins(Action.LEAVE, conflict, to=State.DENIED, answer="left")
    yield from on(Fact.TIME_UP, conflict, to=State.DENIED, then=do.left, label="24 h")


def _phone_rules() -> Iterator[Rule[Data]]:
    """A phone is looked up; only while the CRM is down do the admins look themselves."""
    by_hand = partial(on, states=(State.BY_HAND,), who=_ADMINS, to=State.ANSWERED, answer="told")
    yield from on(Fact.ORDERS_FOUND, _PHONE, to=State.ANSWERED, then=do.found)
    yield from on(Fact.CRM_DOWN, _PHONE, to=State.BY_HAND, then=answers.down)
    yield from on(Fact.CRM_REFUSED, _PHONE, to=State.BY_HAND, then=deeds.refused)
    yield from by_hand(Action.NOT_OURS, then=do.not_ours, decision="not_ours")
    yield from by_hand(Action.TELL_ORDERS, then=do.tell_orders, decision="orders_told")
    yield from on(Fact.ORDERS_FOUND, (State.ANSWERED, State.EXPIRED, State.WITHDRAWN))
