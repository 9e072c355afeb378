"""What flows speak of: people, posts, cases, and what is done or happens. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from bot.flows.effects import Effect
from crm_api.port import Disposition, Lead, LeadBrief


class Role(StrEnum):
    """Roles as in the handbook, section 1. Everybody who posts in a bound chat is an operator."""

    OPERATOR = "operator"
    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    IT = "it"
    RETURNS = "returns"
    AUDITOR = "auditor"
    OWNER = "owner"


class Fact(StrEnum):
    """Actions that nobody does: what the world answered. Past tense; flows share these."""

    #: `Happened.lead`, `.earlier`: the lead as it is. `poster`: as the bot knows him by then, where
    #: the flow asks for it (`Need.CRM_NAME`).
    LEAD_READ = "lead_read"
    #: The CRM does not know such a lead.
    LEAD_MISSING = "lead_missing"
    #: `Happened.earlier`: the orders of a phone; none is an answer.
    ORDERS_FOUND = "orders_found"
    #: The CRM did not answer; it is being asked again. `no` 0: a reading.
    CRM_DOWN = "crm_down"
    #: Write `no` is in the CRM, read back (`found`: it was so before we came); where it names who
    #: is responsible, `lead` as it is now, and `was`: who was before.
    CRM_SAVED = "crm_saved"
    #: Write `no` was not made: the lead has `disposition` now (or, as for who is responsible,
    #: `lead` tells), not what the decider saw.
    CRM_CONFLICT = "crm_conflict"
    #: The CRM refused for good (`say`); `no` 0: a reading. `lead`: as the try has left it.
    CRM_REFUSED = "crm_refused"
    #: `deadline` has come.
    TIME_UP = "time_up"
    #: Another open case (`case`) is about the same, as a reading shows, or when a group moves into
    #: one that works already: this one goes into it.
    SAME_LEAD = "same_lead"
    #: Another post asks the same (`post`, `said`, by its poster; `case`, if it has one of its own).
    JOINED = "joined"
    #: The bot was told who the poster is in the CRM, or to forget that: what was judged by it is
    #: read anew. Only flows that ask for it (`Need.CRM_NAME`) hear of it, and cases that were open.
    POSTER_KNOWN = "poster_known"
    #: Another case (`case`) of this chat did something to this one (`effects.Act`).
    ACTED = "acted"


class Need(StrEnum):
    """What a flow's decisions must see besides their own case; see `Around`."""

    #: The chat's other cases of this flow: the open ones, and what closed within `Flow.remembers`.
    CASES = "cases"
    #: Who is away from his desk.
    AWAY = "away"
    #: Which flows some chat runs.
    FLOWS = "flows"
    #: Who acts, and who has posted what is read now, as the CRM calls them (`Actor.crm_name`,
    #: `Happened.poster`).
    CRM_NAME = "crm_name"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody by Telegram's numeric id."""

    id: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A person who acts, with the roles that he holds now.

    `crm_name`: his name as the CRM writes it (`Need.CRM_NAME`); "" while nobody has told the bot.
    """

    person: Person
    roles: frozenset[Role] = frozenset()
    crm_name: str = ""


@dataclass(frozen=True, kw_only=True)
class Happened:
    """What a `Fact` carries; each fact says which fields it fills."""

    lead: Lead | None = None
    earlier: tuple[LeadBrief, ...] = ()
    disposition: Disposition | None = None
    no: int = 0
    say: str = ""
    deadline: str = ""
    case: int = 0
    post: int = 0
    #: What the post that joins calls the lead: the CRM's id or a number.
    ref: str = ""
    #: The whole message, where one brought this about.
    said: Post | None = None
    found: bool = False
    was: str = ""
    #: The poster's name as the CRM writes it; "" while nobody has told the bot.
    poster: str = ""


@dataclass(frozen=True, kw_only=True)
class Around:
    """What a decision may see besides its own case. Loaded under the chat's lock.

    Attributes:
        cases: the chat's other cases (`Need.CASES`), the oldest first.
        away: ids of people who are on a pause now (`Need.AWAY`).
        flows: names of the flows that some chat runs (`Need.FLOWS`).
    """

    cases: tuple[Case[Any], ...] = ()
    away: frozenset[int] = frozenset()
    flows: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Action:
    """What somebody does (`by`), or what happened (`by` is None).

    Attributes:
        arg: which one, where a button stands for one of several things; as on the button.
        chosen: the same in people's words, for the history.
        press: Telegram's id of the press, which may be brought more than once, or what tells an
            edit from others; "": it is neither.
        text: the words of a reply, or of a post that joins.
        around: what the flow declared in `Flow.needs`.
    """

    name: str
    by: Actor | None = None
    arg: str = ""
    chosen: str = ""
    press: str = ""
    text: str = ""
    what: Happened = field(default_factory=Happened)
    around: Around = field(default_factory=Around)

    @property
    def doer(self) -> Person:
        """Who does it.

        Raises:
            ValueError: nobody: it is a fact.
        """
        if self.by is None:
            raise ValueError(f"{self.name} is done by a person")
        return self.by.person


@dataclass(frozen=True, kw_only=True)
class OddPhone:
    """A phone number that somebody may have mistyped.

    Attributes:
        phone: as in `Post.phones`; the bare digits where no number of ours is so long.
        digits: how many he wrote.
        exists: such a number may be in use, as far as is known: «7» and nine digits more, which
            may as well be eleven digits less one.
    """

    phone: str
    digits: int
    exists: bool = False


@dataclass(frozen=True, kw_only=True)
class Post:
    """A message in a working chat, read for what any flow may need.

    Attributes:
        leads: what its links name.
        foreign: hosts of links that look like a lead's, but are not of our CRM.
        phones: E.164 without the plus.
        odd_phones: those of them that may be mistyped; where there is no phone at all, digits that
            may be meant for one.
        sent_at: when it was sent; an edited post keeps its first time.
        media: what it carries: "", "photo", "video", "voice", "document"...
        album: what the messages of one album share; "" outside of one.
        is_reply: it answers somebody else's message: no top-level post.
        answers: it answers some message, were it his own.
        edited_at: it was sent before, and says something else since then, to the second.
    """

    chat_id: int
    topic_id: int
    message_id: int
    by: Person
    sent_at: datetime
    text: str = ""
    leads: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    odd_phones: tuple[OddPhone, ...] = ()
    media: str = ""
    album: str = ""
    is_reply: bool = False
    answers: bool = False
    edited_at: datetime | None = None

    @property
    def edited(self) -> bool:
        """Whether it says something else than it did."""
        return self.edited_at is not None

    @property
    def is_private(self) -> bool:
        """Whether it was written to the bot itself, where nothing is posted."""
        return self.chat_id > 0


@dataclass(frozen=True, kw_only=True)
class Request:
    """One thing that a post asks for.

    Attributes:
        ref: tells a post's requests apart ("" for the only one).
        lead: which lead; "" where none is meant.
        about: what else there can be only one open case of in a chat (a person's pause, an album).
            A post about a lead, or about this, that has an open case joins it (`Fact.JOINED`).
        joins: it only ever joins: without an open case it means nothing («вернулась»).
    """

    ref: str
    lead: str
    data: Any
    about: str = ""
    joins: bool = False


D = TypeVar("D")


@dataclass(frozen=True, kw_only=True)
class Case(Generic[D]):
    """A case as the flow sees it.

    Attributes:
        lead: the CRM's id once it is known.
        about: as in `Request`.
    """

    id: int
    state: StrEnum
    round: int
    lead: str
    poster: Person
    post: int
    posted_at: datetime
    data: D
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Change(Generic[D]):
    """What a rule makes of a case."""

    data: D
    effects: tuple[Effect, ...] = ()
    lead: str | None = None
