"""«Возврат Обмен»: a client calls about a defect, a return or an exchange.

Rules: handbook section 2 (the procedure, the 15 hours), section 3 (code 70). The client was
promised a call back within 15 hours by the wall clock, and that promise outlives everything: a case
ends with an outcome that a person names, never by itself.
"""

from __future__ import annotations

import re
from datetime import datetime

from bot.flows.asking import Asker, has_words, is_mended, is_talk, is_withdrawal, said_in
from bot.flows.base import Button, Flow, Step
from bot.flows.copies import replace
from bot.flows.effects import FindOrders, ReadLead
from bot.flows.records import Action as Act
from bot.flows.records import Actor, Around, Case, Happened, Need, OddPhone, Post, Request, Role
from bot.flows.returns.answers import clocks
from bot.flows.returns.case import (
    Action,
    Data,
    Deadline,
    Mark,
    Outcome,
    State,
    Thing,
    Times,
)
from bot.flows.returns.deeds import is_in_lead
from bot.flows.returns.table import CLOSED, OPEN, RECORDED, rules
from bot.flows.returns.undoing import decisions
from bot.flows.returns.words import (
    goes_on,
    may_be_phone,
    number_in,
    speaks_of_return,
    tells_of_return,
)
from bot.flows.writes import last_conflict

__all__ = ["Action", "Data", "Deadline", "Mark", "Outcome", "Returns", "State", "Times"]

# What operators answer to «Это заявка текущего звонка?» when they type.
_YES = re.compile(r"^\W*(да|ага|угу|этот звонок|да,? этот( звонок)?)\W*$", re.IGNORECASE)
_NO = re.compile(r"^\W*(нет|неа|сам заказ|нет,? (это )?(сам )?заказ)\W*$", re.IGNORECASE)


class Returns(Flow[Data]):
    """«Возврат Обмен»."""

    name = "returns"
    states = State
    actions = Action
    data_type = Data
    times_type = Times
    late_after = "callback"
    closed = CLOSED
    openings = frozenset({State.LOOKING, State.WAITING})
    silent = frozenset({State.JOINED})
    digestible = frozenset({State.WAITING})
    patient = frozenset(OPEN)
    deciders = frozenset({Role.RETURNS})
    unsaid = frozenset({Action.THIS_CALL, Action.SET_ANYWAY, Action.UNDO})
    needs = frozenset({Need.AWAY})
    words_first = True
    following = frozenset({Action.GO_ON})

    def __init__(self, times: Times | None = None) -> None:
        self.times = times or Times()
        super().__init__(rules(self.times))

    def requests(self, post: Post) -> tuple[Request, ...]:
        """A case for every lead; a phone is looked up where no lead is named.

        Also one that is mistyped: as in «РФ Админы», to find nothing of it is no «нет».
        """
        askers = (Asker(person=post.by, post=post.message_id),)
        if post.leads:
            each = [(lead, said_in(post, lead)) for lead in post.leads]
            return tuple(
                Request(
                    ref=lead, lead=lead, data=Data(said=said.text, askers=askers, texts=(said,))
                )
                for lead, said in each
            )
        said = said_in(post)
        data = Data(said=said.text, askers=askers, texts=(said,))
        odd = {one.phone: one for one in post.odd_phones}
        meant = [phone for phone in odd if may_be_phone(phone) and speaks_of_return(post.text)]
        phones = dict.fromkeys((*post.phones, *meant))
        return tuple(_of_phone(data, phone, odd.get(phone)) for phone in phones)

    def open(
        self, request: Request, post: Post, last: Thing | None, around: Around, now: datetime
    ) -> Step[Data]:
        """A lead waits for the staff while it is read; a phone is looked up first."""
        del around
        data: Data = replace(
            request.data,
            promised=post.sent_at + self.times.callback,
            before=None if last is None else (last.data.ending or last.data.before),
        )
        case = Case(
            id=0, state=State.WAITING, round=1, lead=request.lead, poster=post.by,
            post=post.message_id, posted_at=post.sent_at, data=data, about=request.about,
        )  # fmt: skip
        deadlines = tuple(clocks(post.sent_at, now, self.times))
        if data.phone:
            look = FindOrders(phone=data.phone)
            return Step(case=replace(case, state=State.LOOKING), effects=(look, *deadlines))
        return Step(case=case, effects=(ReadLead(ref=request.lead), *deadlines))

    def reply(self, case: Thing, by: Actor, post: Post, now: datetime) -> Act | None:
        """A withdrawal, an answer to our question, what the client said, a note to the outcome."""
        text = post.text.strip()
        if not text:
            return None
        if case.state is State.PICKING and (number := number_in(text)):
            picked = Act(name=Action.PICK, arg=number, by=by, text=text)
            return picked if self.may(case, picked, now) else None
        own = by.person.id == case.poster.id
        wanted: list[Action] = []
        if own and is_withdrawal(text):
            wanted.append(Action.WITHDRAW)
        elif own and _YES.match(text):
            wanted.append(Action.THIS_CALL)
        elif own and _NO.match(text):
            wanted.append(Action.THE_ORDER)
        elif has_words(text):
            # With another lead it is a post of its own, whatever it answers.
            says = own and not post.leads and not is_talk(text)
            wanted += [Action.SAY if post.answers else Action.GO_ON] if says else []
            wanted.append(Action.NOTE)
        acts = (Act(name=name, by=by, text=text) for name in wanted)
        return next((act for act in acts if self.may(case, act, now)), None)

    def edited(
        self, case: Thing, by: Actor, request: Request, post: Post, now: datetime
    ) -> Act | None:
        """What the client said, in other words, as long as nobody has said what came of it."""
        [said] = request.data.texts
        if not is_mended(case.data.texts, said) or is_in_lead(case.data, said):
            return None
        act = Act(name=Action.EDIT, by=by, text=said.text, what=Happened(said=post))
        return act if self.may(case, act, now) else None

    def lacks_lead(self, post: Post) -> bool:
        """«клиент хочет обменять телефон битый», and no link."""
        return not post.leads and not post.phones and tells_of_return(post.text)

    def may_follow(self, post: Post) -> bool:
        """«сломался повербанк, хочет деньги назад» behind a link."""
        return not post.leads and goes_on(post.text)

    def buttons(self, case: Thing) -> tuple[tuple[Button, ...], ...]:
        """The next step of the call first, then the record, then the ways out."""
        return (*_call_rows(case), *_record_rows(case), *_way_out_rows(case), *_undo_row(case))


def _of_phone(data: Data, phone: str, odd: OddPhone | None) -> Request:
    data = replace(data, phone=phone)
    if odd is not None:
        data = replace(data, digits=odd.digits, exists=odd.exists)
    return Request(ref=f"phone:{phone}", lead="", data=data, about=f"phone:{phone}")


def _call_rows(case: Thing) -> tuple[tuple[Button, ...], ...]:
    data = case.data
    take = Button(action=Action.TAKE, style="success")
    match case.state:
        case State.PICKING:
            numbers = range(1, len(data.found or ()) + 1)
            return tuple((Button(action=Action.PICK, arg=str(number)),) for number in numbers)
        case State.WAITING:
            return ((take,),)
        case State.TAKEN:
            calls = [Button(action=Action.REACH, style="success")]
            if data.calls.again is None:
                calls.append(Button(action=Action.NO_ANSWER))
            alone = data.taken is not None and data.taken.away
            return (
                tuple(calls),
                *(((Button(action=Action.GIVE_UP, style="danger"),),) if data.calls.enough else ()),
                *(((take,),) if alone else ()),
            )
        case State.REACHED:
            return (
                (
                    Button(action=Action.END, arg=Outcome.EXCHANGE, style="success"),
                    Button(action=Action.END, arg=Outcome.REFUND, style="success"),
                ),
                (
                    Button(action=Action.END, arg=Outcome.DECLINED, style="danger"),
                    Button(action=Action.END, arg=Outcome.DROPPED),
                ),
            )
        case _:
            return ()


def _record_rows(case: Thing) -> tuple[tuple[Button, ...], ...]:
    if case.state not in RECORDED:
        return ()
    seen = last_conflict(case.data.writes)
    match case.data.mark:
        case Mark.ASKED:
            return (
                (
                    Button(action=Action.THIS_CALL, style="primary", arg=seen),
                    Button(action=Action.THE_ORDER, style="primary"),
                ),
            )
        case Mark.CONFLICT:
            return (
                (
                    Button(action=Action.SET_ANYWAY, style="danger", arg=seen),
                    Button(action=Action.LEAVE),
                ),
            )
        case _:
            return ()


def _undo_row(case: Thing) -> tuple[tuple[Button, ...], ...]:
    """It stands under what a person decided, and is worth no edit."""
    if case.state is State.NOT_OURS:
        undo = Button(action=Action.UNDO, spare=True)
        return ((undo,),) if case.data.none_fits is not None else ()
    decided = decisions(case.data) if case.state in RECORDED else ""
    return ((Button(action=Action.UNDO, spare=True, arg=decided),),) if decided else ()


def _way_out_rows(case: Thing) -> tuple[tuple[Button, ...], ...]:
    match case.state:
        case State.PICKING:
            return ((Button(action=Action.NONE_FITS), Button(action=Action.WITHDRAW)),)
        case State.LOOKING | State.READING | State.WAITING:
            return ((Button(action=Action.WITHDRAW),),)
        case State.TAKEN:
            return ((Button(action=Action.HAND_BACK),),)
        case State.REACHED:
            return ((Button(action=Action.BACK),),)
        case _:
            return ()
