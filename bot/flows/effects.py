"""What a decision wants done. Plain data: it goes into the outbox in the decision's transaction.

Every effect survives JSON (`kind` tells them apart). Texts are never in here: a message is rendered
when it is sent, from the case as it is then. CRM comments are the exception: their words are fixed
when the decision is made, because they are written once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal


class Audience(StrEnum):
    """Who is told."""

    #: Everybody who asked: privately where he has started the bot, else as a reply to his post.
    ASKERS = "askers"
    #: Those on duty who may decide here and have started the bot; privately.
    DECIDERS = "deciders"
    #: One person (`Tell.person`), mostly him who decided: privately, else as a reply in the group.
    PERSON = "person"
    #: Those on duty who hold `Tell.role`, privately; nobody: the owners, and it says so.
    ROLE = "role"
    #: Whoever is the CRM's `Tell.name`, privately, where the bot knows him; else nobody.
    CRM_USER = "crm_user"
    OWNERS = "owners"


@dataclass(frozen=True, kw_only=True)
class ReadLead:
    """Ask the CRM for a lead, its earlier orders and calls. Answers: see `records.Fact`.

    `all_calls`: where the record itself carries only the latest calls, the older ones as well.
    """

    ref: str
    all_calls: bool = False
    kind: Literal["read_lead"] = "read_lead"


@dataclass(frozen=True, kw_only=True)
class FindOrders:
    """Ask the CRM for the orders of a phone (E.164 without the plus)."""

    phone: str
    kind: Literal["find_orders"] = "find_orders"


@dataclass(frozen=True, kw_only=True)
class WriteComment:
    """Append a comment to the lead, once. `what` names the template's words.

    `no` counts the case's CRM writes from 1: it makes the tag that is looked for before writing.
    """

    no: int
    what: str
    kind: Literal["write_comment"] = "write_comment"


@dataclass(frozen=True, kw_only=True)
class SetDisposition:
    """Set the lead's sales sub-status and read it back.

    Attributes:
        no: as in WriteComment.
        code: the wanted code (handbook section 3).
        seen: the code that the decider saw; another one by now is a conflict, not overwritten.
        undoes: the numbers of the writes that it sets back; where they have come to nothing, or
            have found it so, `seen` is somebody else's: a conflict too.
    """

    no: int
    code: str
    seen: str
    undoes: tuple[int, ...] = ()
    kind: Literal["set_disposition"] = "set_disposition"


@dataclass(frozen=True, kw_only=True)
class PinRefusal:
    """Attribute the lead's refusal to somebody (the CRM's own call), and read it back.

    Attributes:
        no: as in WriteComment.
        operator: his name as the CRM writes it; where the CRM chooses another, it is set to him.
    """

    no: int
    operator: str
    kind: Literal["pin_refusal"] = "pin_refusal"


@dataclass(frozen=True, kw_only=True)
class SetManager:
    """Make somebody responsible for the lead, and read it back.

    Attributes:
        no: as in WriteComment.
        operator: his name as the CRM writes it.
        seen: who was responsible when that was decided; another one by now is a conflict, not
            overwritten.
        undoes: as in SetDisposition.
    """

    no: int
    operator: str
    seen: str
    undoes: tuple[int, ...] = ()
    kind: Literal["set_manager"] = "set_manager"


@dataclass(frozen=True, kw_only=True)
class Tell:
    """Tell people something; `what` names the template's words.

    Attributes:
        person: with PERSON: his Telegram id.
        role: with ROLE: the word of /role. With OWNERS: those hear of it too, by a Tell of their
            own; where none of them can be told, it says so.
        owners_know: with ROLE: the owners are told by such a Tell, so by this one never.
        name: with CRM_USER: his name as the CRM writes it.
        settled: wait up to a second for the CRM, so that one message can tell both.
        calls: it calls people to the chat, where more may wait than this case: one a minute names
            all who do as it is sent (`Flow.urgent`).
    """

    to: Audience
    what: str
    person: int = 0
    role: str = ""
    owners_know: bool = False
    name: str = ""
    settled: bool = False
    calls: bool = False
    kind: Literal["tell"] = "tell"


@dataclass(frozen=True, kw_only=True)
class SetDeadline:
    """TimeUp with this name comes at that time, unless the case closes or it is set anew."""

    name: str
    at: datetime
    kind: Literal["set_deadline"] = "set_deadline"


@dataclass(frozen=True, kw_only=True)
class DropDeadline:
    """The deadline of that name does not come any more."""

    name: str
    kind: Literal["drop_deadline"] = "drop_deadline"


@dataclass(frozen=True, kw_only=True)
class Join:
    """Somebody's post goes into another case (`records.Fact.JOINED` there, with these words)."""

    case: int
    by: int
    name: str
    post: int
    text: str = ""
    kind: Literal["join"] = "join"


@dataclass(frozen=True, kw_only=True)
class Act:
    """Do something to another case of this chat and flow, in the same transaction.

    It is done by the same person, and checked there as everywhere. What that case's state has no
    rule for changes nothing.

    Attributes:
        case: its id.
        action: the flow's own word.
    """

    case: int
    action: str
    text: str = ""
    kind: Literal["act"] = "act"


@dataclass(frozen=True, kw_only=True)
class Open:
    """Ask something in another working chat in the poster's name: the chat that runs `flow`.

    Where no chat does, nothing happens.
    """

    flow: str
    text: str
    kind: Literal["open"] = "open"


Effect = (
    ReadLead
    | FindOrders
    | WriteComment
    | SetDisposition
    | PinRefusal
    | SetManager
    | Tell
    | SetDeadline
    | DropDeadline
    | Join
    | Act
    | Open
)
#: Effects that write into the lead record; each has its `no`.
CRM_WRITES = (WriteComment, SetDisposition, PinRefusal, SetManager)
