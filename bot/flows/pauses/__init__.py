"""«Проект Белкин»: whoever goes off the line says so, why and for how long, and when he is back.

Rules: handbook section 2 (the chat), section 3 (lunch and break are agreed with the supervisor).
The bot gives the consent by itself while there are places and the shift's allowance lasts.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.flows.asking import LONGEST
from bot.flows.base import Button, Flow, Step
from bot.flows.effects import Act as DoTo
from bot.flows.effects import Effect
from bot.flows.pauses.case import (
    OFF_LINE,
    WAITING,
    Action,
    Data,
    Deadline,
    Kind,
    State,
    Thing,
    Times,
    arg_of,
)
from bot.flows.pauses.deeds import at_supervisor, away, in_queue, may_ticket, wanted
from bot.flows.pauses.shifts import (
    Board,
    Verdict,
    board,
    called,
    judge,
    lasts,
    parts_of_shift,
    spent,
    taken,
)
from bot.flows.pauses.table import CLOSED, rules
from bot.flows.pauses.words import Word, is_plus, read
from bot.flows.records import Action as Act
from bot.flows.records import Actor, Around, Case, Need, Person, Post, Request, Role

__all__ = ["Action", "Data", "Deadline", "Kind", "Pauses", "State", "Times"]


class Pauses(Flow[Data]):
    """«Проект Белкин»."""

    name = "pauses"
    states = State
    actions = Action
    data_type = Data
    times_type = Times
    late_after = "ping"
    closed = CLOSED
    openings = frozenset({State.ASKED, State.QUEUED, State.AWAY, State.SHIFT_OVER})
    digestible = frozenset(State) - CLOSED
    deciders = frozenset({Role.SUPERVISOR})
    unsaid = frozenset({Action.AGREE, Action.LATER})
    settled = frozenset({State.CALLED, *OFF_LINE})
    needs = frozenset({Need.CASES, Need.FLOWS})
    #: As long as a shift may be.
    remembers = timedelta(hours=16)
    away = frozenset(OFF_LINE)
    boards = frozenset({"pauses"})

    def __init__(self, times: Times | None = None) -> None:
        self.times = times or Times()
        super().__init__(rules(self.times))

    def requests(self, post: Post) -> tuple[Request, ...]:
        """One pause of one person; a return only ever ends the one that is open."""
        said = read(post.text)
        if said is None or (post.is_reply and is_plus(post.text)):
            return ()
        wish = wanted(said, self.times) if said.what is Word.LEAVE else None
        return (
            Request(
                ref="",
                lead="",
                about=f"person:{post.by.id}",
                data=Data(wish=wish, said=post.text[:LONGEST]),
                joins=said.what not in {Word.LEAVE, Word.SHIFT_OVER},
            ),
        )

    def open(
        self, request: Request, post: Post, last: Thing | None, around: Around, now: datetime
    ) -> Step[Data]:
        """Off he goes, if a place is free and his allowance lasts; else he waits."""
        del last, now
        data: Data = request.data
        at, cases = post.sent_at, around.cases
        state, data, effects = self._opened(data, post.by, at, cases)
        case = Case(
            id=0, state=state, round=1, lead="", poster=post.by, post=post.message_id,
            posted_at=at, data=data, about=request.about,
        )  # fmt: skip
        return Step(case=case, effects=effects)

    def _opened(
        self, data: Data, by: Person, at: datetime, cases: tuple[Case[Any], ...]
    ) -> tuple[State, Data, tuple[Effect, ...]]:
        wish = data.wish
        if wish is None:
            parts = parts_of_shift(cases, by.id, at, self.times.shift_gap)
            over = Data(said=data.said, over_at=at, spent=spent(parts, at))
            return State.SHIFT_OVER, over, ()
        match judge(wish, cases, (), by.id, at, self.times):
            case Verdict.GO:
                return State.AWAY, *away(data, wish, at)
            case Verdict.QUEUE:
                data, wait = in_queue(data, at, taken(cases), self.times)
                # Places may be free all the same: since a restart there are more of them.
                calls = (
                    DoTo(case=other, action=Action.CALL)
                    for other in called(cases, self.times.places)
                )
                return State.QUEUED, data, (wait, *calls)
            case Verdict.ASK:
                _, used = lasts(wish, cases, by.id, at, self.times)
                return State.ASKED, *at_supervisor(data, at, used, self.times)

    def reply(self, case: Thing, by: Actor, post: Post, now: datetime) -> Act | None:
        """«вернулась», «ухожу», «отмена», also privately, where the bot has written to him.

        Other words are a post.
        """
        said = read(post.text)
        if said is None or by.person.id != case.poster.id:
            return None
        words = {
            Action.RETURN: {Word.BACK},
            Action.START: {Word.GO},
            Action.WITHDRAW: {Word.BACK, Word.CANCEL},
        }
        for name, meant in words.items():
            # Words take back whatever he asked for last.
            arg = arg_of(case.data.wish) if name is Action.WITHDRAW else ""
            action = Act(name=name, by=by, arg=arg, text=post.text)
            if said.what in meant and self.may(case, action, now):
                return action
        return None

    def buttons(self, case: Thing) -> tuple[tuple[Button, ...], ...]:
        """The supervisor's first where he is waited for, else the operator's."""
        wish = arg_of(case.data.wish)
        agree = Button(action=Action.AGREE, style="success", arg=wish)
        later = Button(action=Action.LATER, arg=wish)
        if case.state in WAITING:
            first = (agree,) if case.data.decision else (agree, later)
            return first, (Button(action=Action.WITHDRAW),)
        if case.state == State.CALLED:
            return ((Button(action=Action.START, style="success"), Button(action=Action.WITHDRAW)),)
        undo = Button(action=Action.UNDO, spare=True)
        if case.state not in OFF_LINE:
            was_closed = case.state == State.BACK and case.data.closed_by is not None
            return ((undo,),) if was_closed else ()
        rows: list[tuple[Button, ...]] = [(agree, later)] if case.data.wish else []
        back = Button(action=Action.RETURN, style="success")
        # Who is late has been away; what he wants instead he may take back all the same.
        may_take_back = case.state == State.AWAY or case.data.wish is not None
        takes_back = Button(action=Action.WITHDRAW, arg=wish)
        rows.append((back, takes_back) if may_take_back else (back,))
        if may_ticket(case, Act(name=Action.TICKET), case.posted_at):
            rows.append((Button(action=Action.TICKET),))
        if case.state == State.OVERDUE:
            rows.append((Button(action=Action.CLOSE),))
        if case.data.before is not None and case.data.decision is not None:
            rows.append((undo,))
        return tuple(rows)

    def board(self, what: str, cases: tuple[Thing, ...], now: datetime) -> Board:
        """Who is off the line, who waits, and what was spent of the shifts."""
        del what
        return board(cases, now, self.times)
