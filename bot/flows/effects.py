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
    #: The person whose action this is, or was.
    DECIDER = "decider"
    OWNERS = "owners"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLead:
    """Ask the CRM for a lead, its earlier orders and calls. Answers: see `base.Fact`."""

    ref: str
    kind: Literal["read_lead"] = "read_lead"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindOrders:
    """Ask the CRM for the orders of a phone (E.164 without the plus)."""

    phone: str
    kind: Literal["find_orders"] = "find_orders"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteComment:
    """Append a comment to the lead, once. `what` names the template's words.

    `no` counts the case's CRM writes from 1: it makes the tag that is looked for before writing.
    """

    no: int
    what: str
    kind: Literal["write_comment"] = "write_comment"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDisposition:
    """Set the lead's sales sub-status and read it back.

    Attributes:
        no: as in WriteComment.
        code: the wanted code (handbook section 3).
        seen: the code that the decider saw; another one by now is a conflict, not overwritten.
    """

    no: int
    code: str
    seen: str
    kind: Literal["set_disposition"] = "set_disposition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Tell people something; `what` names the template's words.

    Attributes:
        person: with DECIDER: his Telegram id.
        settled: wait up to a second for the CRM, so that one message can tell both.
    """

    to: Audience
    what: str
    person: int = 0
    settled: bool = False
    kind: Literal["tell"] = "tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDeadline:
    """TimeUp with this name comes at that time, unless the case closes or it is set anew."""

    name: str
    at: datetime
    kind: Literal["set_deadline"] = "set_deadline"


@dataclass(frozen=True, slots=True, kw_only=True)
class DropDeadline:
    """The deadline of that name does not come any more."""

    name: str
    kind: Literal["drop_deadline"] = "drop_deadline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Somebody's post goes into another case (`base.Fact.JOINED` there)."""

    case: int
    by: int
    name: str
    post: int
    kind: Literal["join"] = "join"


Effect = (
    ReadLead | FindOrders | WriteComment | SetDisposition | Tell | SetDeadline | DropDeadline | Join
)
#: Effects that the CRM lane delivers.
CRM_EFFECTS = (ReadLead, FindOrders, WriteComment, SetDisposition)
