"""What in the CRM is ours, or may be: by its tag, or because a try may have sent it.

A status that is as we want it already was either there before us, and is not ours to take away, or
an earlier try of ours has got through, whose answer was lost. A try that has only read has sent
nothing, however often it failed; nor has one whose write the CRM has surely not made.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from bot.flows import undo
from bot.flows.base import Flows
from bot.sight import read_case
from crm_api.errors import CrmConfig, CrmError, CrmTemporary, Fate
from crm_api.port import Comment, Lead
from storage.outbox import OutboxRow
from storage.uow import Storage

# Before a tag, or behind it: then it is part of something longer.
_BEGUN, _GOES_ON = re.compile(r"[\w#-]"), re.compile(r"[\w-]")


class Try:
    """One try of a row.

    Attributes:
        row: as it was leased.
        sent_at: when this try has sent something that the CRM may have taken.
        is_noted: what it sends is known to whoever takes the row up if we die.
        is_missing: it has seen that the CRM does not show what earlier tries may have sent.
        lead: as it has seen it last, where a refusal must tell.
        was: who was responsible for the lead before the row's tries; "" where nobody knows.
    """

    def __init__(self, row: OutboxRow) -> None:
        self.row = row
        self.sent_at: datetime | None = None
        self.is_noted = False
        self.is_missing = False
        self.lead: Lead | None = None
        self.was = ""

    def cut_off(self, now: datetime) -> None:
        """It took too long, wherever it was: what it sends may have gone out just now."""
        if self.sent_at is not None:
            self.sent_at = now

    @property
    def may_be_ours(self) -> bool:
        """Whether what the CRM shows now may come from an earlier try.

        (A replica of a release that did not note that of a status may have sent it all the same.
        Then it is taken for somebody else's, and a person mends what is to be mended.)
        """
        return self.row.sent_at is not None

    @property
    def after(self) -> OutboxRow:
        """The row as whoever tries again must know it."""
        return self.row if self.sent_at is None else self.row._replace(sent_at=self.sent_at)

    @property
    def refused(self) -> OutboxRow:
        """The row as it must be known when it is revived: the CRM will not do it.

        What was not there by then is not ours later: what this try has sent the CRM has refused,
        and the earlier ones have come to nothing.
        """
        return self.row._replace(sent_at=None) if self.is_missing else self.after


class Ours:
    """Notes what is sent, and knows what a case has written."""

    def __init__(self, *, storage: Storage, flows: Flows, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._flows = flows
        self._clock = clock

    @asynccontextmanager
    async def sending(self, this: Try) -> AsyncIterator[None]:
        """A write goes out: known to whoever takes the row up if we die meanwhile.

        One that the CRM has surely not made was not sent: the row's end says so. (Whoever dies
        before that counts as one who may have sent it.)

        Raises:
            CrmTemporary: the row is another's by now, and nothing is sent.
        """
        is_first = this.sent_at is None
        if is_first:
            this.sent_at = self._clock()
            await self._note(this, this.sent_at)
        try:
            yield
        except (CrmError, CrmConfig) as error:
            # What an earlier write of this try has done stays done.
            if is_first and (not isinstance(error, CrmTemporary) or error.fate is Fate.NOT_MADE):
                this.sent_at = None
            raise

    async def _note(self, this: Try, now: datetime) -> None:
        """That something is sent. Of the first try that is known by itself, and most have but one.

        (`outbox_sql.may_have_gone`.)
        """
        if this.is_noted or this.row.attempts == 1 or this.may_be_ours:
            return
        async with self._storage.note() as uow:
            this.is_noted = await uow.outbox.sends(this.row, now=now)
        if not this.is_noted:
            this.sent_at = None
            raise CrmTemporary("somebody else has taken it up", fate=Fate.NOT_MADE)

    async def goes_back(self, row: OutboxRow) -> bool:
        """Whether the write that the row takes back has become ours; if it takes back none, too.

        The undoing may have been wanted before anybody knew. Writes of a lead go in their order:
        by now what became of that write is saved with its case.
        """
        numbers: Sequence[int] = row.payload.get("undoes", ())
        if not numbers or row.case_id is None:
            return True
        async with self._storage.look() as uow:
            case_row = await uow.cases.get(row.case_id)
        if case_row is None:
            return True
        data: Any = read_case(self._flows, case_row)[1].data
        return undo.is_ours(data.writes, numbers)


def times_written(comments: tuple[Comment, ...], tag: str) -> int:
    """How many comments carry the tag. Matched whole: #C1-2-k7 is not in #C1-2-k77."""
    return sum(1 for comment in comments if tag in comment.text and _is_whole(tag, comment.text))


def _is_whole(tag: str, text: str) -> bool:
    """Whether it stands there by itself. No pattern: each tag would be one to compile, for once."""
    at = text.find(tag)
    while at >= 0:
        end = at + len(tag)
        if not (at and _BEGUN.match(text, at - 1)) and not _GOES_ON.match(text, end):
            return True
        at = text.find(tag, at + 1)
    return False
