"""«Не проставленные отказы»: whose refusal is it, and is it in the lead?

Rules: handbook section 2 (the chat), section 3 (codes). A client has refused an earlier operator,
who set no refusal. It belongs to the first operator who talked with him for more than 60 seconds;
the operator who posts prepares it, the chat's supervisor decides.
"""

from __future__ import annotations

from datetime import datetime

from bot.flows.asking import (
    Asker,
    has_words,
    is_mended,
    is_question,
    is_talk,
    is_withdrawal,
    said_in,
    tells_of_client,
    text_of,
    words_of,
)
from bot.flows.base import Button, Flow, Step
from bot.flows.copies import replace
from bot.flows.pieces import asks
from bot.flows.records import Action as Act
from bot.flows.records import Actor, Around, Case, Happened, Need, Post, Request, Role
from bot.flows.refusals import posts
from bot.flows.refusals.buttons import buttons
from bot.flows.refusals.case import (
    Action,
    Data,
    Deadline,
    State,
    Thing,
    Times,
)
from bot.flows.refusals.deeds import clocks, read_lead
from bot.flows.refusals.naming import says_why
from bot.flows.refusals.table import CLOSED, rules
from bot.flows.refusals.words import disagrees, objects, reason_in, says_refused

__all__ = ["Action", "Data", "Deadline", "Refusals", "State", "Times"]


class Refusals(Flow[Data]):
    """«Не проставленные отказы»."""

    name = "refusals"
    states = State
    actions = Action
    data_type = Data
    times_type = Times
    late_after = "again"
    closed = CLOSED
    openings = frozenset({State.READING})
    silent = frozenset({State.JOINED})
    digestible = frozenset({State.READING, State.WAITING})
    deciders = frozenset({Role.SUPERVISOR})
    unsaid = frozenset({Action.PIN, Action.SET_ANYWAY})
    needs = frozenset({Need.CRM_NAME})
    #: What a supervisor, or who appeals, writes names other leads to prove something.
    besides = frozenset({Action.COMMENT})
    to_us = frozenset({Action.NAME, Action.EXPLAIN, Action.UNCLEAR})

    def __init__(self, times: Times | None = None) -> None:
        self.times = times or Times()
        super().__init__(rules(self.times))

    def requests(self, post: Post) -> tuple[Request, ...]:
        """A case for every lead."""
        askers = (Asker(person=post.by, post=post.message_id),)
        each = [(lead, Data(askers=askers, texts=(said_in(post, lead),))) for lead in post.leads]
        return tuple(Request(ref=lead, lead=lead, data=data) for lead, data in each)

    def open(
        self, request: Request, post: Post, last: Thing | None, around: Around, now: datetime
    ) -> Step[Data]:
        """The lead is read: what was done beforehand stands there, also by an earlier case."""
        del last, around
        case = Case(
            id=0, state=State.READING, round=1, lead=request.lead, poster=post.by,
            post=post.message_id, posted_at=post.sent_at, data=request.data,
        )  # fmt: skip
        deadlines = clocks(post.sent_at, now, self.times)
        return Step(case=case, effects=(read_lead(request.lead), *deadlines))

    def reply(self, case: Thing, by: Actor, post: Post, now: datetime) -> Act | None:
        """What was asked for last; a withdrawal, a reason, an appeal."""
        text = post.text
        if not text.strip():
            return None
        own = asks(by.person, case.data.askers)
        withdrawal = Act(name=Action.WITHDRAW, by=by)
        # «Клиент отказался, отмена» is what this chat is about; and who is asked why he has tells
        # whatever the client did.
        asks_why = case.state in {State.PICKING, State.COMMENTING}
        of_client = tells_of_client(text) if asks_why else says_refused(text)
        asked = case.state is State.COMMENTING
        if own and not of_client and is_withdrawal(text, asked=asked):
            return withdrawal if self.may(case, withdrawal, now) else None
        # A bare link says no reason: it is asked about.
        is_reason = not post.leads or has_words(text) or post.is_private
        is_reason = is_reason and not is_talk(text)
        # A question decides nothing, whatever it begins with: «кто первый говорил?».
        is_said = not is_question(text)
        # With a lead that is not this one's it may be a post.
        is_answer = is_said and not post.leads
        code = "" if post.leads or not is_said else reason_in(words_of(text))
        choice = (
            (Action.NAME, is_said),
            (Action.EXPLAIN, is_said and says_why(text)),
            (Action.UNCLEAR, is_answer),
        )
        named = (State.WAITING, State.CHOOSING, State.EXPLAINING, State.CONFIRMING)
        told = is_said and not is_talk(text) and not is_withdrawal(text)
        for state, action, fits in (
            (State.PICKING, Action.PICK, bool(code)),
            (State.COMMENTING, Action.COMMENT, is_reason and is_said),
            *((state, action, fits) for state in named for action, fits in choice),
            (State.PINNED, Action.REASON, told),
            (State.REJECTED, Action.REASON, told),
            (State.PINNED, Action.APPEAL, disagrees(text)),
            # With a lead it is a post: whatever else it says, that lead is asked about.
            (State.PINNED, Action.OBJECT, not post.leads and objects(text)),
        ):
            arg = code if action is Action.PICK else ""
            said = Act(name=action, by=by, arg=arg, text=text)
            if case.state is state and fits and self.may(case, said, now):
                return said
        return None

    def edited(
        self, case: Thing, by: Actor, request: Request, post: Post, now: datetime
    ) -> Act | None:
        """The reason, its comment, or other words, as long as nobody has decided."""
        [said] = request.data.texts
        if not is_mended(case.data.texts, said):
            return None
        # Of a post about several leads it is what concerns this one.
        what = Happened(said=replace(post, text=said.text, leads=(request.lead,)))
        was = text_of(case.data.texts, said.post, said.by)
        for meant in posts.meant(was, said.text, case.data.code):
            act = replace(meant, by=by, what=what)
            if self.may(case, act, now):
                return act
        return None

    def buttons(self, case: Thing) -> tuple[tuple[Button, ...], ...]:
        """The decision first, then the rest."""
        return buttons(case)
