"""What in the CRM is ours, or may be: by its tag, or because a try may have sent it.

A status that is as we want it already was either there before us, and is not ours to take away, or
an earlier try of ours has got through, whose answer was lost. A try that has only read has sent
nothing, however often it failed; nor has one whose write the CRM has surely not made.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from bot.flows import undo
from bot.flows.base import Flows
from bot.flows.writes import MANAGER, STATUS, Writes
from bot.sight import read_case
from crm_api.errors import CrmConfig, CrmError, CrmTemporary, Fate
from crm_api.port import Comment, Lead
from storage.cases import CaseRow
from storage.outbox import OutboxRow
from storage.uow import Storage, UnitOfWork

# What of the lead the rows of these kinds set.
_FIELDS = {"set_disposition": STATUS, "pin_refusal": MANAGER, "set_manager": MANAGER}
# At its second try a row was sent once at most.
_ONE_MAY_HAVE_SENT = 2
# Before a tag, or behind it: then it is part of something longer.
_BEGUN, _GOES_ON = re.compile(r"[\w#-]"), re.compile(r"[\w-]")


class Held(CrmTemporary):
    """What an earlier write has sent may still come, until then: it would take ours away again."""

    def __init__(self, until: datetime) -> None:
        super().__init__("an earlier write was not answered, and may come", fate=Fate.NOT_MADE)
        self.until = until


class Try:
    """One try of a row.

    Attributes:
        row: as it was leased.
        sent_at: when this try has sent something that the CRM may have taken.
        is_noted: what it sends is known to whoever takes the row up if we die.
        is_missing: it has seen that the CRM does not show what earlier tries may have sent.
        lead: as it has seen it last, where a refusal must tell.
        was: who was responsible for the lead before the row's tries; "" where nobody knows.
        until: what is not sent by then is not sent: the lease may be over.
    """

    def __init__(self, row: OutboxRow) -> None:
        self.row = row
        self.sent_at: datetime | None = None
        self.is_noted = False
        self.is_missing = False
        self.lead: Lead | None = None
        self.was = ""
        self.until: datetime | None = None

    def check(self, now: datetime) -> None:
        """A machine that was asleep goes on where it was: its timers have slept too.

        Raises:
            CrmTemporary: it has taken too long, and nothing is sent.
        """
        if self.until is not None and now >= self.until:
            raise CrmTemporary("it was too late to send it", fate=Fate.NOT_MADE)

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
    def ended(self) -> OutboxRow:
        """The row as the next one must know it: what one try has sent, and is found, comes no more.

        Where it was not found, or may have been sent more than once, it may be under way yet.
        """
        is_found = not self.is_missing and self.row.attempts <= _ONE_MAY_HAVE_SENT
        return self.row._replace(sent_at=None) if is_found else self.row

    @property
    def refused(self) -> OutboxRow:
        """The row as it must be known when it is revived: the CRM will not do it.

        What was not there by then is not ours later: what this try has sent the CRM has refused,
        and the earlier ones have come to nothing.
        """
        return self.row._replace(sent_at=None) if self.is_missing else self.after


class Ours:
    """Notes what is sent, and knows what a case has written.

    `comes_late`: a write that nobody has seen may still take effect, when a slow CRM gets to it: a
    comment is looked for so long, and not written again, whoever has sent it; where a status or a
    manager was sent, no other row sets that field so long.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        flows: Flows,
        clock: Callable[[], datetime],
        comes_late: timedelta,
    ) -> None:
        self._storage = storage
        self._flows = flows
        self._clock = clock
        self.comes_late = comes_late

    @asynccontextmanager
    async def sending(self, this: Try) -> AsyncIterator[None]:
        """A write goes out: known to whoever takes the row up if we die meanwhile.

        One that the CRM has surely not made was not sent: the row's end says so. (Whoever dies
        before that counts as one who may have sent it.)

        Raises:
            CrmTemporary: the row is, or may be, another's by now, and nothing is sent.
            Held: what was sent before it may come behind it.
        """
        this.check(self._clock())
        is_first = this.sent_at is None
        if is_first:
            await self._wait_for_earlier(this.row)
            this.sent_at = self._clock()
            await self._note(this, this.sent_at)
        try:
            yield
        except (CrmError, CrmConfig) as error:
            # What an earlier write of this try has done stays done.
            if is_first and (not isinstance(error, CrmTemporary) or error.fate is Fate.NOT_MADE):
                this.sent_at = None
            raise

    async def _wait_for_earlier(self, row: OutboxRow) -> None:
        """Of one row a write that comes twice changes nothing; behind another row's it does."""
        now, kinds = self._clock(), _of_the_same(row.kind)
        async with self._storage.look() as uow:
            sent_at = await uow.outbox.sent_before(row, kinds)
        if sent_at is not None and sent_at > now:
            # A clock that was ahead, and has been put right, keeps nothing waiting for longer.
            async with self._storage.note() as uow:
                await uow.outbox.sent_by(row, kinds, now=now)
            sent_at = now
        if sent_at is not None and now < (until := sent_at + self.comes_late):
            raise Held(until)

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
            writes = self._writes(case_row)
            is_ours = undo.is_ours(writes, numbers)
            return is_ours and not await self._is_held_elsewhere(uow, row, case_row, numbers)

    async def _is_held_elsewhere(
        self, uow: UnitOfWork, row: OutboxRow, case_row: CaseRow, numbers: Sequence[int]
    ) -> bool:
        """Whether another case of the lead wants what the row takes back, and found it there."""
        since = undo.since(self._writes(case_row), numbers)
        if since is None:
            return False
        others = await uow.cases.of_lead(case_row.lead, but=case_row.id)
        field, value = _FIELDS[row.kind], str(row.payload["seen"])
        return any(undo.holds(self._writes(one), field, value, since) for one in others)

    async def is_overtaken(self, row: OutboxRow) -> bool:
        """Whether a status or a manager that /retry has revived is not wanted any more.

        What is revived was tried before: the first try need not ask.
        """
        if row.kind not in _FIELDS or row.attempts == 1 or row.case_id is None:
            return False
        async with self._storage.look() as uow:
            case_row = await uow.cases.get(row.case_id)
        no = int(row.payload["no"])
        return case_row is not None and undo.is_overtaken(self._writes(case_row), no)

    def _writes(self, case_row: CaseRow) -> Writes:
        # Not each flow writes.
        data: Any = read_case(self._flows, case_row)[1].data
        writes: Writes = getattr(data, "writes", ())
        return writes


def _of_the_same(kind: str) -> tuple[str, ...]:
    """The kinds of rows that set what this one sets."""
    return tuple(one for one, field in _FIELDS.items() if field == _FIELDS[kind])


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
