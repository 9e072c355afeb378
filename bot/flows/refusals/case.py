"""What a request of «Не проставленные отказы» is: its states, what can be done, what is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.flows.asking import Asker, Said
from bot.flows.codes import BY_CODE, REFUSALS, Code
from bot.flows.names import same_person
from bot.flows.orders import short
from bot.flows.records import Case, Person
from bot.flows.refusals.calls import Calls, calls_of, mark_of
from bot.flows.undo import Left, Undone
from bot.flows.writes import PIN, Write, WriteState, is_tagged
from crm_api.port import Comment, DispositionGroup, Lead


class State(StrEnum):
    """Where a request stands."""

    READING = "reading"
    #: The lead has no refusal status: the operator picks its reason; says more about «другая».
    PICKING = "picking"
    COMMENTING = "commenting"
    #: All is prepared: the supervisor decides.
    WAITING = "waiting"
    #: The supervisor names somebody else than the rule does; says why; sees what the bot made of
    #: his words.
    CHOOSING = "choosing"
    EXPLAINING = "explaining"
    CONFIRMING = "confirming"
    #: Decided: the refusal belongs to somebody, or there was no violation.
    PINNED = "pinned"
    REJECTED = "rejected"
    #: The status is not any more what the supervisor saw; and it was left so.
    CONFLICT = "conflict"
    LEFT = "left"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    NOT_FOUND = "not_found"
    #: Another card is about the same lead.
    JOINED = "joined"


class Action(StrEnum):
    """What people do."""

    PICK = "pick"
    COMMENT = "comment"
    #: A post says something else since it was edited; another reason than the card has out of it.
    EDIT = "edit"
    PICK_ANEW = "pick_anew"
    CHANGE = "change"
    PIN = "pin"
    REJECT = "reject"
    CHOOSE = "choose"
    #: A button with somebody's name; his name as a reply, alone or with the reason; words that may
    #: have been meant for one.
    TAKE = "take"
    NAME = "name"
    UNCLEAR = "unclear"
    EXPLAIN = "explain"
    BACK = "back"
    WITHDRAW = "withdraw"
    REASON = "reason"
    UNDO = "undo"
    APPEAL = "appeal"
    #: He may be the one concerned: who he is in the CRM, nobody has told the bot.
    OBJECT = "object"
    DECIDE_ANEW = "decide_anew"
    SET_ANYWAY = "set_anyway"
    LEAVE = "leave"


class Deadline(StrEnum):
    """What the clock may bring."""

    AGAIN = "again"
    CLOSE = "close"
    LEAVE = "leave"


@dataclass(frozen=True, kw_only=True)
class Times:
    """How long people are waited for. Settings: REFUSALS_<NAME>, in seconds.

    Attributes:
        again: as often a case is shown to the supervisors again.
        close: after this nobody waits any more.
        conflict: after this a conflict is left as it is in the CRM.
        undo: so long its maker may take a decision back.
    """

    again: timedelta = timedelta(hours=24)
    close: timedelta = timedelta(days=7)
    conflict: timedelta = timedelta(hours=24)
    undo: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the CRM said of the lead. No phone, no client: a card needs neither.

    Attributes:
        code, group, label: its disposition; a write compares with `code`.
        manager, operator: to whom the CRM attributes it.
        comments: whether a person has written any since the call of the refusal.
    """

    url: str
    project: str
    code: str
    group: DispositionGroup
    label: str
    manager: str
    operator: str
    comments: bool
    calls: Calls

    @property
    def reason(self) -> str:
        """The code of the refusal's reason, where the status tells one of the twelve."""
        refused = self.group is DispositionGroup.REFUSED
        return self.code if refused and self.code in REASONS else ""

    @property
    def confirmed(self) -> bool:
        """Whether the lead is a confirmed order: a refusal would undo that."""
        return self.group is DispositionGroup.CONFIRMED


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What a supervisor decided.

    Attributes:
        operator: whose refusal it is, as the CRM writes him; "" where there was no violation.
        by_rule: it is the first who talked more than 60 s.
        why: the reason, where one was given.
        first: the number of its first write.
    """

    by: Person
    at: datetime
    operator: str = ""
    by_rule: bool = False
    why: str = ""
    first: int = 1


@dataclass(frozen=True, kw_only=True)
class Appeal:
    """The operator concerned does not agree."""

    by: Person
    operator: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Data:
    """All that this chat knows of a request.

    Attributes:
        texts: what each post about it says, as it was edited last.
        recognised: the bot knew who the poster is in the CRM as it read the lead.
        code: the reason, of the twelve; `picked`: on the card, not found in the CRM:
            it is still to be set; `source`: the post that names it, and nobody else since.
        note: the words that «другая причина» needs.
        named, why: whom the supervisor has named, and why; nothing is decided by words.
        goes_on: where the supervisor is again when the lead was read: he was about to choose as
            the poster became known in the CRM.
        now_in_crm: with a conflict: the code that the lead has by now.
        crm_chose: whom the CRM names besides, and we cannot change.
        appeals: of those who did not agree, the latest last; each may once.
        undone: the last decision that was taken back.
        withdrawn_by: who took the question back: who asked, or somebody for him.
        left: what of earlier decisions stays in the CRM though there was no violation.
        trouble: of reading: "down", "refused".
        again: how often it was shown to the supervisors again.
    """

    askers: tuple[Asker, ...]
    texts: tuple[Said, ...] = ()
    recognised: bool = True
    known: Known | None = None
    code: str = ""
    picked: bool = False
    source: Asker | None = None
    note: str = ""
    named: str = ""
    why: str = ""
    goes_on: State | None = None
    ruling: Ruling | None = None
    appeals: tuple[Appeal, ...] = ()
    writes: tuple[Write, ...] = ()
    now_in_crm: str = ""
    crm_chose: str = ""
    undone: Undone | None = None
    withdrawn_by: Person | None = None
    left: tuple[Left, ...] = ()
    trouble: str = ""
    again: int = 0

    @property
    def reason(self) -> Code | None:
        """The reason of the refusal, once there is one."""
        return BY_CODE.get(self.code)

    @property
    def called(self) -> tuple[str, ...]:
        """Whom the calls name, as the CRM writes them."""
        return () if self.known is None else tuple(one.name for one in self.known.calls.operators)

    def seen(self, operator: str) -> str:
        """What a button that pins carries: its card shows this reason, and this operator.

        And what a new reading may change: the lead's status, and whether his talk counts. The
        poster may pick another reason meanwhile, and be known in the CRM.
        """
        known = self.known
        status = "" if known is None else known.code
        operators = () if known is None else known.calls.operators
        counts = any(one.counts for one in operators if one.name == operator)
        return f"{self.code}-{mark_of(f'{operator}|{counts}|{status}|{self.note}')}"

    @property
    def meant(self) -> str:
        """The same of whom the supervisor's words name, and of why."""
        return self.seen(f"{self.named}: {self.why}")

    @property
    def appeal(self) -> Appeal | None:
        """The latest appeal."""
        return self.appeals[-1] if self.appeals else None

    @property
    def was_ruled(self) -> bool:
        """Whether it is not the poster's question any more."""
        return self.ruling is not None or bool(self.appeals)

    @property
    def labels(self) -> dict[str, str]:
        """The CRM's words for each reason, by its code."""
        return {code.code: code.label for code in REFUSALS}

    @property
    def prepared(self) -> str:
        """To whom the CRM attributes the refusal already, as the rule wants; "" where not."""
        first = None if self.known is None else self.known.calls.first
        if self.known is None or first is None:
            return ""
        return self.known.manager if same_person(self.known.manager, first.operator) else ""

    @property
    def may_be_own(self) -> bool:
        """Whether the first who talked may be the poster, whom the bot cannot tell by his name."""
        calls = None if self.known is None else self.known.calls
        return not self.recognised and calls is not None and bool(calls.first) and not calls.own

    @property
    def lacks_why(self) -> bool:
        """Whether the rule names another than the supervisor did, and nothing tells why."""
        ruling = self.ruling
        if ruling is None or not ruling.operator or ruling.by_rule:
            return False
        return not ruling.why and not self.appeals

    @property
    def own_writes(self) -> tuple[Write, ...]:
        """The writes of the decision that holds."""
        first = 1 if self.ruling is None else self.ruling.first
        return tuple(write for write in self.writes if write.no >= first)

    @property
    def is_pin_refused(self) -> bool:
        """Whether the CRM did not attribute the refusal as it was decided, and will not."""
        return any(
            write.what == PIN and write.state is WriteState.REFUSED for write in self.own_writes
        )


Thing = Case[Data]

#: Codes of the twelve reasons of a refusal.
REASONS = frozenset(code.code for code in REFUSALS)


def known_of(lead: Lead, poster: str) -> Known:
    """The facts of a lead that was just read."""
    calls = calls_of(lead.calls, poster)
    since = None if calls.first is None else calls.first.at
    return Known(
        url=lead.url,
        project=short(lead.project),
        code=lead.disposition.code,
        group=lead.disposition.group,
        label=short(lead.disposition.label),
        manager=short(lead.manager),
        operator=short(lead.operator),
        comments=any(_tells(comment, since) for comment in lead.comments),
        calls=calls,
    )


def _tells(comment: Comment, since: datetime | None) -> bool:
    """Whether a person wrote it, and (as far as the CRM tells) not before that call."""
    is_older = since is not None and comment.at is not None and comment.at < since
    return bool(comment.text.strip()) and not is_tagged(comment.text) and not is_older
