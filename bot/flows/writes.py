"""Keeping count of what a case wrote into the CRM, and how far each write has come."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.flows.copies import replace
from bot.flows.effects import PinRefusal, SetDisposition, SetManager, WriteComment

#: `Write.what` of a disposition, of a refusal's attribution, and of who is responsible without one;
#: a comment's is its template's key.
STATUS, PIN, MANAGER = "status", "pin", "manager"

#: `Write.say` where a refusal could not be attributed: the CRM has no user of that name, or has
#: two, and we do not guess.
NO_SUCH_USER, SEVERAL_USERS = "no_such_user", "several_users"


class WriteState(StrEnum):
    """How far a write into the CRM has come."""

    SAVING = "saving"
    DELAYED = "delayed"
    SAVED = "saved"
    REFUSED = "refused"
    CONFLICT = "conflict"


@dataclass(frozen=True, kw_only=True)
class Write:
    """A write into the CRM. `no` counts the case's writes from 1 and stands in the tag.

    Attributes:
        at: when it was read back.
        say: why not, in the CRM's words.
        code, seen, label: of a disposition: the code that is set, the one that the lead had, and
            what people call that one; of an attribution: whose it becomes, whose it was, and whom
            the CRM's field `operator` named then.
        found: it was so before we came.
        undone: the decision that wanted it was taken back.
    """

    no: int
    what: str
    state: WriteState = WriteState.SAVING
    at: datetime | None = None
    say: str = ""
    code: str = ""
    seen: str = ""
    label: str = ""
    found: bool = False
    undone: bool = False


Writes = tuple[Write, ...]

_BEGINS = re.compile(r"#(?=C\d)")
#: At the end of a comment, of whichever installation; a person may speak of one too.
_TAGGED = re.compile(r"(?:^|\s)#C\d+-\d+-\w+\s*$")


def tag(case: int, no: int, installation: str) -> str:
    """By this a comment is known again: #C1042-2-k7."""
    return f"#C{case}-{no}-{installation}"


def is_tagged(text: str) -> bool:
    """Whether a bot wrote this comment."""
    return _TAGGED.search(text) is not None


def untagged(text: str) -> str:
    """Without a tag in people's words: it would stand for a comment that nobody has written."""
    return _BEGINS.sub("№", text)


def comment(writes: Writes, what: str) -> tuple[Writes, WriteComment]:
    """One more comment."""
    no = len(writes) + 1
    return (*writes, Write(no=no, what=what)), WriteComment(no=no, what=what)


def status(
    writes: Writes, code: str, *, seen: str, label: str = ""
) -> tuple[Writes, SetDisposition]:
    """A disposition; one that the lead had when the decider saw it is not overwritten later.

    `label`: what people call the one that he saw.
    """
    no = len(writes) + 1
    write = Write(no=no, what=STATUS, code=code, seen=seen, label=label)
    return (*writes, write), SetDisposition(no=no, code=code, seen=seen)


def pin(
    writes: Writes, operator: str, *, seen: str = "", label: str = ""
) -> tuple[Writes, PinRefusal]:
    """The refusal is attributed to an operator; `seen` and `label`: as in `Write`."""
    no = len(writes) + 1
    write = Write(no=no, what=PIN, code=operator, seen=seen, label=label)
    return (*writes, write), PinRefusal(no=no, operator=operator)


def manager(writes: Writes, operator: str, *, seen: str) -> tuple[Writes, SetManager]:
    """Somebody is made responsible, unless by then it is another than `seen`."""
    no = len(writes) + 1
    write = Write(no=no, what=MANAGER, code=operator, seen=seen)
    return (*writes, write), SetManager(no=no, operator=operator, seen=seen)


def met(writes: Writes) -> str:
    """What people call the status that the last conflict has met; "" where there was none."""
    return next((one.say for one in reversed(writes) if one.state is WriteState.CONFLICT), "")


def last_conflict(writes: Writes) -> str:
    """The number of the write that met the last conflict, for a button; "" where there was none.

    The next one is another's affair: a second tap does not overwrite what nobody has seen yet.
    """
    return next((str(one.no) for one in reversed(writes) if one.state is WriteState.CONFLICT), "")


def marked(
    writes: Writes,
    no: int,
    state: WriteState,
    *,
    at: datetime | None = None,
    say: str = "",
    found: bool = False,
    was: str = "",
) -> Writes:
    """The write of that number has come so far; `was`: what it has really replaced, where told."""
    return tuple(
        replace(write, state=state, at=at, say=say, found=found, seen=was or write.seen)
        if write.no == no
        else write
        for write in writes
    )
