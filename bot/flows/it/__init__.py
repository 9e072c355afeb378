"""«КЦ IT Вопросы»: no balance for calls or SMS, any problem in the CRM, MicroSIP or the headset.

Rules: handbook section 2 (the chat). A ticket is a top-level post that reports something; for the
two balances a lead link is obligatory. Several tickets of a kind are one incident.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.flows.asking import LONGEST, Asker, is_talk, is_withdrawal
from bot.flows.base import Button, Flow, Step
from bot.flows.copies import replace
from bot.flows.effects import Act as ActOn
from bot.flows.effects import Effect, ReadLead, SetDeadline
from bot.flows.it.case import (
    AT_WORK,
    BALANCES,
    CLOSED,
    OPEN,
    Action,
    Category,
    Data,
    Deadline,
    State,
    Ticket,
    Times,
)
from bot.flows.it.following import own_ticket
from bot.flows.it.incidents import proposed
from bot.flows.it.parts import clocks
from bot.flows.it.table import rules
from bot.flows.it.words import (
    goes_on,
    guess,
    is_command,
    is_ticket,
    says_it_works,
    says_me_too,
    says_not_solved,
    words_of,
)
from bot.flows.pieces import asks
from bot.flows.records import Action as Act
from bot.flows.records import Actor, Around, Case, Happened, Need, Post, Request, Role

__all__ = ["Action", "Category", "Data", "Deadline", "It", "State", "Times"]

_Row = tuple[Button, ...]
_PAIRS = (
    (Category.BALANCE_CALLS, Category.BALANCE_SMS),
    (Category.CRM, Category.PHONE),
    (Category.HARDWARE, Category.OTHER),
)


class It(Flow[Data]):
    """«КЦ IT Вопросы»."""

    name = "it"
    states = State
    actions = Action
    data_type = Data
    times_type = Times
    late_after = "solution"
    closed = CLOSED
    openings = frozenset({State.NEW, State.NEEDS_LEAD, State.FOLDED})
    silent = frozenset({State.FOLDED})
    digestible = frozenset(AT_WORK)
    deciders = frozenset({Role.IT})
    needs = frozenset({Need.CASES})
    following = frozenset({Action.NOTE})

    def __init__(self, times: Times | None = None) -> None:
        self.times = times or Times()
        super().__init__(rules(self.times))

    def requests(self, post: Post) -> tuple[Request, ...]:
        """A ticket for each lead, or one; an album is one, with whatever it says."""
        if not is_ticket(post):
            return ()
        data = Data(
            category=guess(post.text, has_lead=bool(post.leads)),
            asked=words_of(post.text)[:LONGEST],
            askers=(Asker(person=post.by, post=post.message_id),),
            since=post.sent_at,
            media=(post.media,) if post.media else (),
            albums=(post.album,) if post.album else (),
        )
        about = f"album:{post.album}" if post.album else ""
        return tuple(
            # There is one open ticket about an album: it is about the first of its links.
            Request(ref=lead, lead=lead, data=data, about="" if number else about)
            for number, lead in enumerate(post.leads or ("",))
        )

    def open(
        self, request: Request, post: Post, last: Ticket | None, around: Around, now: datetime
    ) -> Step[Data]:
        """In the queue; a balance waits for its link, and what brings one is no ticket itself."""
        del last
        data: Data = request.data
        case = Case(
            id=0, state=State.NEW, round=1, lead=request.lead, poster=post.by,
            post=post.message_id, posted_at=post.sent_at, data=data, about=request.about,
        )  # fmt: skip
        folded = _belongs_to(case, around)
        if folded is not None:
            brings = request.lead and not folded.lead and folded.state in OPEN
            # The same message, edited, says the same.
            more = "" if folded.post == case.post else data.asked
            text = f"{request.lead} {more}".rstrip()
            named = ActOn(case=folded.id, action=Action.NAME_LEAD, text=text)
            empty = replace(case, state=State.FOLDED, lead="", about="")
            return Step(case=empty, effects=(named,) if brings else ())
        if data.category in BALANCES and not request.lead:
            wait = SetDeadline(name=Deadline.LEAD, at=max(post.sent_at, now) + self.times.lead)
            return Step(case=replace(case, state=State.NEEDS_LEAD), effects=(wait,))
        similar, offered = proposed(case, data.category, around, self.times)
        effects: tuple[Effect, ...] = clocks(post.sent_at, now, self.times)
        if request.lead:
            effects = (ReadLead(ref=request.lead), *effects)
        return Step(
            case=replace(case, data=replace(data, similar=similar, offered=offered)),
            effects=effects,
        )

    def reply(self, case: Ticket, by: Actor, post: Post, now: datetime) -> Act | None:
        """The thread: a link that is missing, what helped, «не решено», or whatever is said."""
        text = words_of(post.text)
        if is_command(post.text):
            return None
        what = Happened(post=post.message_id, said=post)
        own = asks(by.person, case.data.askers)
        over = own and (is_withdrawal(text) or says_it_works(text))
        lead = f"{post.leads[0]} {text}" if post.leads else ""
        meant = (
            (Action.WITHDRAW, text, over),
            (Action.REOPEN, text, own and says_not_solved(text)),
            (Action.NAME_LEAD, lead, bool(lead)),
            (Action.HELPED, text, bool(text)),
            (Action.NOTE, text, bool(post.media or says_me_too(text) or not is_talk(text))),
        )
        for name, words, is_meant in meant:
            action = Act(name=name, by=by, text=words, what=what)
            # Which lead has a ticket already is not to be seen from here.
            if is_meant and self.may(case, action, now):
                return action
        return None

    def goes_on_with(self, request: Request, post: Post, around: Around) -> int:
        """A screenshot, and its words a moment later: one ticket."""
        return own_ticket(request, post, around)

    def may_follow(self, post: Post) -> bool:
        """«Вот что пишет при входе» behind a ticket: no trouble of its own."""
        return goes_on(post.text)

    def buttons(self, case: Ticket) -> tuple[_Row, ...]:
        """What to do with it first; then incidents, the category and the ways out."""
        data = case.data
        solve = Button(action=Action.SOLVE, style="success")
        undo = (Button(action=Action.UNDO, spare=True),) if data.undoable else ()
        again = (Button(action=Action.REOPEN),) if data.reopenable else ()
        match case.state:
            case State.NEW:
                first: tuple[_Row, ...] = ((Button(action=Action.TAKE, style="primary"), solve),)
            case State.TAKEN:
                first = ((solve, Button(action=Action.GIVE_BACK)),)
            case State.NEEDS_LEAD:
                first = ()
            case State.MERGED:
                return ((Button(action=Action.SPLIT), Button(action=Action.WITHDRAW)),)
            case State.SOLVED | State.DISMISSED:
                row = (*undo, *again)
                return (row,) if row else ()
            case _:
                return ()
        if data.similar:
            first = (*first, (Button(action=Action.MERGE, style="primary"),))
        if data.offered:
            join = Button(action=Action.JOIN_INCIDENT, style="primary", arg=str(data.offered))
            first = (*first, (join,))
        if data.members:
            return first
        if data.choosing:
            return (*first, *_categories())
        return (
            *first,
            (Button(action=Action.CATEGORIES), Button(action=Action.DISMISS)),
            (Button(action=Action.WITHDRAW),),
        )

    def together(self, case: Ticket) -> int:
        """An incident's head decides all of it, and «не решено» under one of them is enough."""
        return case.data.head or case.id


def _categories() -> tuple[_Row, ...]:
    return tuple(
        tuple(Button(action=Action.CATEGORY, arg=category) for category in pair) for pair in _PAIRS
    )


def _belongs_to(case: Ticket, around: Around) -> Ticket | None:
    """The ticket that this post only adds to.

    The rest of an album that went into another ticket; the same message, edited; the link that the
    operator's own ticket waits for, sent as a post.
    """
    data = case.data
    others: Sequence[Ticket] = around.cases
    for one in reversed(others):
        same = one.post == case.post
        if same and case.lead and not one.lead:
            return one
        if not same and set(one.data.albums) & set(data.albums):
            return one
        waits = one.state is State.NEEDS_LEAD and one.poster.id == case.poster.id
        if waits and case.lead and data.category in {*BALANCES, Category.CRM, Category.OTHER}:
            return one
    return None
