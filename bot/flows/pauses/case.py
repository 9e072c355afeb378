"""What a pause of «Проект Белкин» is: its states, what can be done, what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.flows.asking import Decision
from bot.flows.records import Case, Person
from bot.flows.undo import Undone


class State(StrEnum):
    """Where a pause stands."""

    #: The shift's allowance is spent: a supervisor may consent all the same.
    ASKED = "asked"
    #: As many as may are away: it waits for a place, or for a supervisor.
    QUEUED = "queued"
    #: A place is free and held for him for a while: he may be on a call.
    CALLED = "called"
    AWAY = "away"
    #: He should be back by now.
    OVERDUE = "overdue"
    BACK = "back"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    #: He never said that he was back.
    FORGOTTEN = "forgotten"
    SHIFT_OVER = "shift_over"


class Action(StrEnum):
    """What people do; and CALL, which a pause that ends does to the next in the queue."""

    AGREE = "agree"
    LATER = "later"
    CALL = "call"
    START = "start"
    WITHDRAW = "withdraw"
    RETURN = "return"
    CLOSE = "close"
    TICKET = "ticket"
    UNDO = "undo"


class Kind(StrEnum):
    """Why somebody is off the line (handbook sections 2 and 3)."""

    LUNCH = "lunch"
    BREAK = "break"
    TRAINING = "training"
    CONSULTATION = "consultation"
    TECHNICAL = "technical"


class Deadline(StrEnum):
    """What the clock may bring."""

    #: A supervisor is reminded that somebody waits for him.
    PING = "ping"
    #: Nobody consented, no place came free.
    EXPIRE = "expire"
    #: The place was held long enough.
    TURN = "turn"
    #: The pause should be over; and it is late enough for the supervisor to know.
    END = "end"
    GRACE = "grace"
    #: He will not say any more that he is back.
    FORGET = "forget"


@dataclass(frozen=True, kw_only=True)
class Times:
    """How many, and how long. Settings: PAUSES_<NAME>, in seconds but for `places`.

    Attributes:
        places: with fewer people away, lunch and break are given without a supervisor.
        lunch, one_break, training, consultation, technical: how long each lasts where no length
            was written.
        lunches, breaks: all of them in a shift; what is beyond needs a supervisor.
        shift_gap: this long without a pause, a new shift begins.
        ping: after this the supervisors are reminded of somebody who waits for their consent.
        wait: after this he waits no more.
        turn: so long a free place is held for the next in the queue.
        grace: so late somebody must be for his supervisor to hear of it.
        forget: so late, he is taken to have forgotten to say that he is back.
        undo: so long a supervisor may take his own word back; and a pause that its operator takes
            back so soon was none.
    """

    places: int = 3
    lunch: timedelta = timedelta(minutes=30)
    one_break: timedelta = timedelta(minutes=15)
    training: timedelta = timedelta(hours=1)
    consultation: timedelta = timedelta(minutes=15)
    technical: timedelta = timedelta(minutes=30)
    lunches: timedelta = timedelta(minutes=30)
    breaks: timedelta = timedelta(hours=1)
    shift_gap: timedelta = timedelta(hours=6)
    ping: timedelta = timedelta(minutes=3)
    wait: timedelta = timedelta(hours=2)
    turn: timedelta = timedelta(minutes=5)
    grace: timedelta = timedelta(minutes=5)
    forget: timedelta = timedelta(hours=4)
    undo: timedelta = timedelta(seconds=60)

    def usual(self, kind: Kind) -> timedelta:
        """How long such a pause lasts."""
        return {
            Kind.LUNCH: self.lunch,
            Kind.BREAK: self.one_break,
            Kind.TRAINING: self.training,
            Kind.CONSULTATION: self.consultation,
            Kind.TECHNICAL: self.technical,
        }[kind]

    def allowed(self, kind: Kind) -> timedelta | None:
        """All of them in a shift; None: nobody counts them."""
        return {Kind.LUNCH: self.lunches, Kind.BREAK: self.breaks}.get(kind)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stretch off the line for one reason. `until`: as planned. `ended`: None: it goes on."""

    kind: Kind
    since: datetime
    until: datetime
    ended: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A pause that somebody wants to have."""

    kind: Kind
    length: timedelta


def arg_of(wish: Wish | None) -> str:
    """A wish as a button carries it: a press on an old card does not agree to another one."""
    return "" if wish is None else f"{wish.kind}-{wish.length.total_seconds():.0f}"


@dataclass(frozen=True, kw_only=True)
class Spent:
    """So much of a shift went into one kind of pause."""

    kind: Kind
    time: timedelta


@dataclass(frozen=True, kw_only=True)
class Before:
    """How a pause stood before a supervisor's word; the fields of `Data` as they were then."""

    state: State
    wish: Wish | None
    since: datetime | None
    used: timedelta | None
    parts: tuple[Part, ...]
    decision: Decision | None
    warned: bool


@dataclass(frozen=True, kw_only=True)
class Data:
    """All that this chat knows of a pause.

    Attributes:
        wish: what he asked for; once he is away, a change that waits for the supervisor's consent.
        said: his words.
        parts: of the time off the line, the oldest first; the last one may go on.
        since: when he began to wait (asked, was put into the queue, was called).
        used, allowed: of the shift, where that is why a supervisor is asked; else None.
        taken: how many were away when he was put into the queue.
        decision: the last word of a supervisor; not allowed: «Позже».
        before: how it stood before that word, or before he closed it, while nothing else has
            happened to it.
        undone: the last word that was taken back.
        ticket: IT has been asked.
        warned: the supervisor knows that he is late.
        closed_by: the supervisor who ended it for him.
        over_at: when his shift was over; spent: what he spent of it.
    """

    wish: Wish | None = None
    said: str = ""
    parts: tuple[Part, ...] = ()
    since: datetime | None = None
    used: timedelta | None = None
    allowed: timedelta | None = None
    taken: int = 0
    decision: Decision | None = None
    before: Before | None = None
    undone: Undone | None = None
    ticket: bool = False
    warned: bool = False
    closed_by: Person | None = None
    over_at: datetime | None = None
    spent: tuple[Spent, ...] = ()

    @property
    def now(self) -> Part | None:
        """The part that he is on, or was last."""
        return self.parts[-1] if self.parts else None


Thing = Case[Data]

#: He waits for a place or for a word.
WAITING = (State.ASKED, State.QUEUED)
#: He is off the line.
OFF_LINE = (State.AWAY, State.OVERDUE)
#: He takes one of the places.
TAKES_PLACE = (State.CALLED, *OFF_LINE)


def as_it_stands(case: Thing) -> Before:
    """For him who decides now, and may take it back."""
    data = case.data
    return Before(
        state=State(case.state),
        wish=data.wish,
        since=data.since,
        used=data.used,
        parts=data.parts,
        decision=data.decision,
        warned=data.warned,
    )
