"""What a ticket of «КЦ IT Вопросы» is: its states, what can be done, what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.flows.asking import Asker, Decision
from bot.flows.records import Case, Person
from bot.flows.writes import Write


class State(StrEnum):
    """Where a ticket stands."""

    #: For the two balances a lead link is obligatory: the ticket waits for it.
    NEEDS_LEAD = "needs_lead"
    #: In the queue.
    NEW = "new"
    TAKEN = "taken"
    #: Part of an incident: its head is decided, and this one with it.
    MERGED = "merged"
    SOLVED = "solved"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    #: It belongs to another ticket that has its card: the same lead, the rest of an album.
    FOLDED = "folded"


class Action(StrEnum):
    """What people do; the last six are done to a ticket by another one (`effects.Act`)."""

    TAKE = "take"
    GIVE_BACK = "give_back"
    SOLVE = "solve"
    #: What helped, after «Решено».
    HELPED = "helped"
    UNDO = "undo"
    REOPEN = "reopen"
    DISMISS = "dismiss"
    WITHDRAW = "withdraw"
    #: Show or hide the categories; choose one (`arg`).
    CATEGORIES = "categories"
    CATEGORY = "category"
    #: A link came: `text` begins with the key or the number.
    NAME_LEAD = "name_lead"
    NOTE = "note"
    MERGE = "merge"
    JOIN_INCIDENT = "join_incident"
    SPLIT = "split"
    GO_INTO = "go_into"
    ADD_MEMBER = "add_member"
    DROP_MEMBER = "drop_member"
    SOLVE_WITH = "solve_with"
    UNDO_WITH = "undo_with"
    HELPED_WITH = "helped_with"


class Category(StrEnum):
    """What is broken."""

    BALANCE_CALLS = "balance_calls"
    BALANCE_SMS = "balance_sms"
    CRM = "crm"
    PHONE = "phone"
    HARDWARE = "hardware"
    OTHER = "other"


#: Handbook, section 2: «a lead link is obligatory for these two».
BALANCES = frozenset({Category.BALANCE_CALLS, Category.BALANCE_SMS})
#: No incident: one person's own things, and troubles that have nothing in common.
HIS_OWN = frozenset({Category.HARDWARE, Category.OTHER})


class Deadline(StrEnum):
    """What the clock may bring."""

    LEAD = "lead"
    REACTION = "reaction"
    SOLUTION = "solution"
    CLOSE = "close"
    REOPEN = "reopen"


@dataclass(frozen=True, kw_only=True)
class Times:
    """How long people are waited for. Settings: IT_<NAME>, in seconds.

    Attributes:
        reaction: after this the IT people on duty are pinged, if nobody has taken the ticket.
        solution: after this the supervisors hear of a ticket that is not solved.
        lead: so long a ticket waits for its obligatory link.
        close: after this it is closed unsolved.
        undo: so long its maker may take a decision back.
        reopen: so long the operator may say «не решено».
        incident: tickets of a kind within this are proposed as one incident.
    """

    reaction: timedelta = timedelta(minutes=10)
    solution: timedelta = timedelta(minutes=60)
    lead: timedelta = timedelta(minutes=30)
    close: timedelta = timedelta(hours=24)
    undo: timedelta = timedelta(minutes=5)
    reopen: timedelta = timedelta(hours=24)
    incident: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The lead that a ticket is about, as far as the card shows it."""

    url: str
    project: str


@dataclass(frozen=True, kw_only=True)
class Note:
    """One message of a ticket's thread. `no` counts from 1; `media` is Telegram's word.

    `works`: it says that everything works again for him.
    """

    no: int
    by: Person
    text: str = ""
    media: str = ""
    works: bool = False


@dataclass(frozen=True, kw_only=True)
class Member:
    """A ticket that an incident took in, and who reported it."""

    case: int
    who: Person


@dataclass(frozen=True, kw_only=True)
class Data:
    """All that this chat knows of a ticket.

    Attributes:
        asked: the operator's words.
        since: when it came into the queue: reaction and solution are counted from then.
        guessed: nobody has corrected the category.
        choosing: the card shows the categories.
        media: what the post carries, one word for each message of an album.
        albums: ids of albums that belong here.
        known: None until the CRM has been read.
        trouble: of reading: "down" while the CRM does not answer, "refused" where it never will,
            "missing" where it does not know the lead; "foreign": the link was another CRM's.
        notes: the thread's last messages.
        taker, taken_at: who works on it, since when.
        decision: solved or dismissed; before: a solution that did not hold.
        withdrawn_by: who said that it works again: the poster, or somebody for him.
        late, escalated: reaction, and solution, took too long.
        similar: open tickets of the kind: the bot proposes one incident.
        offered: an incident of the kind that this one could join; 0: none.
        head: the incident that this one is part of.
        members: an incident's other tickets.
        undoable: he who decided may take it back here, if soon enough: an incident is taken back
            on its head.
        reopenable: the time for «не решено» is not over.
    """

    category: Category
    asked: str
    askers: tuple[Asker, ...]
    since: datetime
    guessed: bool = True
    choosing: bool = False
    media: tuple[str, ...] = ()
    albums: tuple[str, ...] = ()
    known: Subject | None = None
    trouble: str = ""
    notes: tuple[Note, ...] = ()
    taker: Person | None = None
    taken_at: datetime | None = None
    decision: Decision | None = None
    before: Decision | None = None
    withdrawn_by: Person | None = None
    writes: tuple[Write, ...] = ()
    late: bool = False
    escalated: bool = False
    similar: tuple[Member, ...] = ()
    offered: int = 0
    head: int | None = None
    members: tuple[Member, ...] = ()
    undoable: bool = False
    reopenable: bool = False


Ticket = Case[Data]

#: Somebody works on these, or will.
AT_WORK = (State.NEW, State.TAKEN)
OPEN = (State.NEEDS_LEAD, *AT_WORK, State.MERGED)
CLOSED = frozenset(State) - set(OPEN)
