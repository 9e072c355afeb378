"""What a request of «Возврат Обмен» is: its states, what can be done, what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.flows.asking import Asker, Decision, Said, Words
from bot.flows.orders import EarlierOrder, Facts, Fate
from bot.flows.records import Case, Person
from bot.flows.undo import Undone
from bot.flows.writes import Write
from crm_api.port import RETURN_OR_EXCHANGE, Disposition, DispositionGroup

#: More orders of one phone would push the question off the card.
OFFERED = 6


class State(StrEnum):
    """Where a request stands. All open ones wait for a person; the clock only reminds."""

    #: A phone: its orders are looked up, one is picked, and that one is read.
    LOOKING = "looking"
    PICKING = "picking"
    READING = "reading"
    #: A lead that nobody has taken yet; the CRM may still be silent about it.
    WAITING = "waiting"
    TAKEN = "taken"
    #: The client was reached: what came of it?
    REACHED = "reached"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    #: The phone has no order of ours, or none of those found is meant.
    NOT_OURS = "not_ours"
    NOT_FOUND = "not_found"
    #: Another card is about the same lead.
    JOINED = "joined"


class Action(StrEnum):
    """What people do."""

    PICK = "pick"
    NONE_FITS = "none_fits"
    WITHDRAW = "withdraw"
    SAY = "say"
    #: The same, right behind his link.
    GO_ON = "go_on"
    #: A post says something else since it was edited.
    EDIT = "edit"
    THIS_CALL = "this_call"
    THE_ORDER = "the_order"
    TAKE = "take"
    REACH = "reach"
    NO_ANSWER = "no_answer"
    GIVE_UP = "give_up"
    HAND_BACK = "hand_back"
    BACK = "back"
    END = "end"
    NOTE = "note"
    UNDO = "undo"
    SET_ANYWAY = "set_anyway"
    LEAVE = "leave"


class Outcome(StrEnum):
    """What came of it. The first four are the arguments of END."""

    EXCHANGE = "exchange"
    REFUND = "refund"
    DECLINED = "declined"
    DROPPED = "dropped"
    UNREACHED = "unreached"


class Mark(StrEnum):
    """How it stands with the lead's status «брак обмен» (70)."""

    UNREAD = "unread"
    #: Is this the lead of the present call? A sale itself is never trashed without an answer.
    ASKED = "asked"
    WANTED = "wanted"
    #: The operator had set it himself.
    ALREADY = "already"
    COMMENT_ONLY = "comment_only"
    #: Somebody changed the status meanwhile: the returns staff says what holds.
    CONFLICT = "conflict"
    LEFT = "left"


class Deadline(StrEnum):
    """What the clock may bring."""

    FIRST_WARNING = "first_warning"
    SECOND_WARNING = "second_warning"
    CALLBACK = "callback"
    REMIND = "remind"
    TRY = "try"
    QUESTION = "question"


@dataclass(frozen=True, kw_only=True)
class Times:
    """How long people are waited for. Settings: RETURNS_<NAME>, in seconds.

    Attributes:
        callback: what the client was told: by then he is called (handbook section 2), by the wall
            clock from the message's time.
        first_warning, second_warning: after this whoever took it is warned.
        remind: so often the supervisors hear of one that is late, has no outcome, or whose question
            about the status nobody answers.
        retry, tries: from a call that nobody answered to the next, and how many make a client
            unreachable. Ours: the handbook has no such rule for this chat (section 5 tells of
            «Недозвон» in the shop's CRM, where an order is cancelled).
        question: after this the poster is asked again whether it is the lead of his call.
        unanswered: so long after that the supervisors hear of it, and may answer too.
        undo: so long its maker may take a decision back.
    """

    first_warning: timedelta = timedelta(hours=12)
    second_warning: timedelta = timedelta(hours=14)
    callback: timedelta = timedelta(hours=15)
    remind: timedelta = timedelta(hours=24)
    retry: timedelta = timedelta(hours=1)
    tries: int = 3
    question: timedelta = timedelta(minutes=10)
    unanswered: timedelta = timedelta(hours=1)
    undo: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An order of the phone that may be picked; `ref` is its lead."""

    ref: str
    order: EarlierOrder


@dataclass(frozen=True, kw_only=True)
class Taking:
    """Who has it in hand. `away`: he was on a pause when the clock came, so others may take it."""

    by: Person
    at: datetime
    away: bool = False


@dataclass(frozen=True, kw_only=True)
class Calls:
    """Calls that nobody answered.

    Attributes:
        tries: when they were made.
        again: when the next one is planned; None: it may be made now.
        enough: there were so many that the case may be closed as unreached.
    """

    tries: tuple[datetime, ...] = ()
    again: datetime | None = None
    enough: bool = False


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What came of it, and who said so."""

    what: Outcome
    by: Person
    at: datetime
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What somebody said about the lead's status, the last time. `mark`: how it stood before."""

    by: Person
    at: datetime
    mark: Mark


@dataclass(frozen=True, kw_only=True)
class Data:
    """All that this chat knows of a request.

    Attributes:
        said: what the client said, in the operator's words; "" until he has written it.
        texts: what each post about it says, as it was edited last.
        promised: by then the client expects a call.
        digits: of the phone as it was written, where it may be mistyped; else 0.
        exists: as far as is known; else it is surely mistyped.
        found: orders of the phone, the newest first; None until the CRM was asked.
        known: None until the lead has been read.
        seen: the status code that people saw last; another one by then is a conflict.
        asked: how often the question about the status was asked again.
        late: the promised time went by without a call.
        more: what others wrote about the same lead, the newest last.
        before: what came of the lead's last case.
        none_fits: who said that none of the orders found is meant.
        answer: the last word of a person about the lead's status.
        undone: the last decision that was taken back.
        withdrawn_by: who took the question back: who asked, or somebody for him.
        trouble: of reading: "down" while the CRM does not answer, "refused" where it never will,
            "missing" where it does not know the lead.
    """

    said: str
    askers: tuple[Asker, ...]
    texts: tuple[Said, ...] = ()
    promised: datetime | None = None
    phone: str = ""
    digits: int = 0
    exists: bool = True
    found: tuple[Candidate, ...] | None = None
    known: Facts | None = None
    mark: Mark = Mark.UNREAD
    seen: str = ""
    asked: int = 0
    taken: Taking | None = None
    calls: Calls = Calls()
    late: bool = False
    ending: Ending | None = None
    more: tuple[Words, ...] = ()
    before: Ending | None = None
    none_fits: Decision | None = None
    answer: Answer | None = None
    undone: Undone | None = None
    withdrawn_by: Person | None = None
    writes: tuple[Write, ...] = ()
    trouble: str = ""

    @property
    def bought(self) -> EarlierOrder | None:
        """The order that the client likely calls about: of the others from his number."""
        orders = () if self.known is None else self.known.earlier
        fates = {order.fate: order for order in orders}
        return next((fates[fate] for fate in _SALES if fate in fates), None)

    @property
    def is_stranger(self) -> bool:
        """Whether the CRM knows no sale to this client: he may have ordered from another number."""
        return self.known is not None and not self.known.confirmed and self.bought is None


#: What a client may return, the likeliest first; of the same fate the newest is meant.
_SALES = (Fate.REDEEMED, Fate.ON_ITS_WAY, Fate.RETURNED)

Thing = Case[Data]


def mark_for(now_in_crm: Disposition, *, by_phone: bool) -> Mark:
    """What to do about the status of a lead that was just read.

    «Брак обмен» belongs to the lead of the present call. A confirmed lead may be the sale itself,
    and what was found by a phone mostly is; a CRM that tells no status hides which.
    """
    if now_in_crm.code == RETURN_OR_EXCHANGE:
        return Mark.ALREADY
    if by_phone or may_be_sale(now_in_crm):
        return Mark.ASKED
    return Mark.WANTED


def may_be_sale(now_in_crm: Disposition) -> bool:
    """Whether a lead with this status is an order, or may be one for all that we are told."""
    return now_in_crm.group in {DispositionGroup.CONFIRMED, DispositionGroup.OTHER}
