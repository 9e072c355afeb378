"""«РФ Админы»: may this duplicate be ordered, may this item be sold, was there an order.

Rules: handbook section 2 (the chat), section 3 (codes). A duplicate is a repeated request from the
same phone number; while it burns the operator may not confirm, and he asks with the client on the
line: the answer is worth something only within a minute or two.
"""

from __future__ import annotations

from datetime import datetime

from bot.flows.asking import (
    LONGEST,
    Asker,
    asks_for_decision,
    has_words,
    is_mended,
    is_question,
    is_withdrawal,
    lines_on,
    said_in,
    text_of,
    words_of,
)
from bot.flows.base import Button, Flow, Step
from bot.flows.copies import replace
from bot.flows.duplicates.case import (
    ABOUT_PHONE,
    Action,
    Data,
    Deadline,
    Kind,
    State,
    Thing,
    Times,
    asks_about_phone,
    goes_on,
    guess_kind,
    other,
    says_more,
)
from bot.flows.duplicates.table import CLOSED, rules
from bot.flows.effects import Effect, FindOrders, Join, ReadLead
from bot.flows.pieces import asks
from bot.flows.records import Action as Act
from bot.flows.records import Actor, Around, Case, Happened, Post, Request, Role
from bot.flows.waiting import clocks
from bot.flows.writes import last_conflict

__all__ = ["Action", "Data", "Deadline", "Duplicates", "Kind", "State", "Times", "guess_kind"]

#: Under a decision.
_AFTERWARDS = ((Button(action=Action.UNDO, spare=True),),)


class Duplicates(Flow[Data]):
    """«РФ Админы»."""

    name = "duplicates"
    states = State
    actions = Action
    data_type = Data
    times_type = Times
    late_after = "first_ping"
    closed = CLOSED
    openings = frozenset({State.READING, State.LOOKING, State.BEFORE})
    silent = frozenset({State.JOINED})
    digestible = frozenset({State.READING, State.WAITING})
    deciders = frozenset({Role.ADMIN})
    urgent = True
    unsaid = frozenset({Action.ALLOW, Action.DENY, Action.SWITCH, Action.TRASH_ANYWAY})
    words_first = True
    following = frozenset({Action.ADD})
    besides = frozenset({Action.ANSWER})

    def __init__(self, times: Times | None = None) -> None:
        self.times = times or Times()
        super().__init__(rules(self.times))

    def requests(self, post: Post) -> tuple[Request, ...]:
        """A case for every lead, by its own lines; a phone is looked up where it is asked about.

        Also one that is mistyped: it may be a number of a prefix that nobody has told us of. But
        what is found then, or not, is no «нет».
        """
        asker = (Asker(person=post.by, post=post.message_id),)
        found = [Request(ref=lead, lead=lead, data=_asked_in(post, lead)) for lead in post.leads]
        if not post.leads or ABOUT_PHONE.search(post.text):
            asked = words_of(post.text)[:LONGEST]
            odd = {one.phone: one for one in post.odd_phones}
            meant = tuple(odd) if asks_about_phone(post.text) else ()
            for phone in dict.fromkeys((*post.phones, *meant)):
                data = Data(kind=Kind.PHONE, asked=asked, askers=asker, phone=phone)
                if one := odd.get(phone):
                    data = replace(data, digits=one.digits, exists=one.exists)
                found.append(Request(ref=f"phone:{phone}", lead="", data=data))
        return tuple(found)

    def open(
        self, request: Request, post: Post, last: Thing | None, around: Around, now: datetime
    ) -> Step[Data]:
        """A lead is read, a phone is looked up; a lead that was decided lately says so first."""
        del around
        data: Data = request.data
        case = Case(
            id=0, state=State.READING, round=1, lead=request.lead, poster=post.by,
            post=post.message_id, posted_at=post.sent_at, data=data,
        )  # fmt: skip
        deadlines = tuple(clocks(post.sent_at, now, self.times))
        if data.kind is Kind.PHONE:
            look = FindOrders(phone=data.phone)
            return Step(case=replace(case, state=State.LOOKING), effects=(look, *deadlines))
        before = None if last is None else (last.data.decision or last.data.before)
        # What was decided about a duplicate says nothing about an item.
        same = last is not None and (
            data.kind is last.data.kind or (data.unsure and not has_words(data.asked))
        )
        recent = before is not None and before.at + self.times.remember > now
        if last is not None and before is not None and same and recent:
            told = replace(
                data,
                before=before,
                of=last.id if last.data.decision is not None else last.data.of,
                known=last.data.known,
                kind=last.data.kind,
            )
            effects: tuple[Effect, ...] = ()
            if before.at + self.times.undo > now:
                # It may still be undone: who is told it now must hear of that.
                asker = Join(case=told.of, by=post.by.id, name=post.by.name, post=post.message_id)
                effects = (asker,)
            return Step(case=replace(case, state=State.BEFORE, data=told), effects=effects)
        return Step(case=case, effects=(ReadLead(ref=request.lead), *deadlines))

    def reply(self, case: Thing, by: Actor, post: Post, now: datetime) -> Act | None:
        """A withdrawal, a question or its answer, a reason, the orders of a phone, more words."""
        text = post.text
        if not text.strip():
            return None
        own = asks(by.person, case.data.askers)
        if own and is_withdrawal(text, asked=case.state is State.ASKED):
            return Act(name=Action.WITHDRAW, by=by)
        if case.state is State.ASKED and own:
            if post.leads and not has_words(text) and not post.is_private:
                # A bare link answers nothing: it is asked about.
                return None
            return Act(name=Action.ANSWER, by=by, text=text)
        adds = own and not post.leads and says_more(case.data, text)
        for name in (
            Action.QUESTION,
            *(() if is_question(text) else (Action.TELL_ORDERS,)),
            Action.REASON,
            *((Action.ADD,) if adds else ()),
        ):
            action = Act(name=name, by=by, text=text)
            if self.may(case, action, now):
                return action
        return None

    def edited(
        self, case: Thing, by: Actor, request: Request, post: Post, now: datetime
    ) -> Act | None:
        """More words, or others in their place, as long as nobody has decided."""
        texts, asked = case.data.texts, request.data.asked
        if not is_mended(texts, said_in(post, request.lead)):
            return None
        was = text_of(texts, post.message_id, by.person)
        what = Happened(said=post, ref=request.lead)
        more = Act(name=Action.ADD, by=by, text=asked, what=what)
        is_news = says_more(case.data, asked, instead_of=was)
        return more if is_news and self.may(case, more, now) else None

    def lacks_lead(self, post: Post) -> bool:
        """«Могу ли оформить?», and no link."""
        return not post.leads and asks_for_decision(post.text)

    def may_follow(self, post: Post) -> bool:
        """«могу ли оформить?», «клиент хочет ещё чехол» behind a link."""
        return not post.leads and goes_on(post.text)

    def buttons(self, case: Thing) -> tuple[tuple[Button, ...], ...]:
        """The decision first, then the rest."""
        match case.state:
            case State.READING | State.WAITING | State.ASKING | State.ASKED:
                # Where it may become the other kind, an answer is to the one that the card shows.
                kind = case.data.kind.value if case.data.unsure else ""
                rows: list[tuple[Button, ...]] = [
                    (Button(action=Action.ALLOW, style="success", arg=kind),
                     Button(action=Action.DENY, style="danger", arg=kind)),
                    (Button(action=Action.ASK), Button(action=Action.WITHDRAW)),
                ]  # fmt: skip
                if case.data.unsure:
                    rows.append((Button(action=Action.SWITCH, arg=other(case.data.kind)),))
                return tuple(rows)
            case State.SURE:
                return (
                    (Button(action=Action.TRASH_ANYWAY, style="danger"),),
                    (Button(action=Action.COMMENT_ONLY), Button(action=Action.BACK)),
                )
            case State.CONFLICT:
                seen = last_conflict(case.data.writes)
                return (
                    (Button(action=Action.TRASH_ANYWAY, style="danger", arg=seen),),
                    (Button(action=Action.LEAVE),),
                    *_AFTERWARDS,
                )
            case State.BY_HAND:
                return (
                    (
                        Button(action=Action.NOT_OURS, style="danger"),
                        Button(action=Action.WITHDRAW),
                    ),
                )
            case State.BEFORE:
                return ((Button(action=Action.ASK_ANEW, style="primary"),),)
            case _:
                return _AFTERWARDS if case.data.decision is not None else ()


def _asked_in(post: Post, lead: str) -> Data:
    """What a post asks of one of its leads."""
    words = lines_on(post, lead)
    kind, unsure = guess_kind(words)
    return Data(
        kind=kind,
        unsure=unsure,
        asked=words_of(words)[:LONGEST],
        askers=(Asker(person=post.by, post=post.message_id),),
        texts=(said_in(post, lead),),
    )
