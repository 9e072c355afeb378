"""A period as an .xlsx: what happened, and the cases that were opened.

Read page by page and written line by line in a thread: a month neither fills the memory nor holds
the loop up. Whatever people wrote stays text: nothing becomes a formula, a link or a number.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from bot.cards import Card, Cards
from bot.flows.base import Flows
from bot.listing import bounds, period, place
from bot.verdicts import Verdicts
from bot.wording import masked
from storage.cases import CaseRow
from storage.history import HistoryRow
from storage.outbox import OutboxRow
from storage.reports import EventRow
from storage.uow import Storage

#: Telegram takes 50 MB from a bot, with all that is around the file; a sheet has so many lines.
LARGEST_FILE = 49_000_000
_MOST_LINES = 1_000_000
#: A page is read on the loop: it may take some milliseconds, while people press buttons.
_PAGE, _CASES_A_PAGE = 200, 50

#: A row that is being delivered is leased for so long from now on; a crash costs as much.
_HOLD = timedelta(seconds=90)
_RENEW = timedelta(seconds=45)

_Cell = str | int | float | datetime | None
_WIDTHS: Mapping[str, Sequence[int]] = {
    "events": (18, 24, 9, 14, 22, 26, 24, 24, 60),
    "cases": (9, 24, 14, 22, 18, 22, 24, 14, 24),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What is sent: a file with its caption, or only words (path None)."""

    words: Card
    path: Path | None = None


class TooBig(Exception):
    """More lines than a sheet has."""


class Exports:
    """Makes the file of an outbox row of kind "export"."""

    def __init__(
        self,
        *,
        storage: Storage,
        flows: Flows,
        cards: Cards,
        clock: Callable[[], datetime],
        zone: ZoneInfo,
    ) -> None:
        self._storage = storage
        self._flows = flows
        self._cards = cards
        self._clock = clock
        self._zone = zone
        self._verdicts = Verdicts(flows)

    async def make(self, row: OutboxRow, folder: Path) -> Made:
        """Make the file in that folder. The row's lease is kept alive meanwhile.

        Raises:
            OSError: the disk has no room for it.
        """
        first, last = (date.fromisoformat(row.payload[name]) for name in ("since", "until"))
        words = {"period": period(self._cards, first, last)}
        path = folder / f"workchats-{first}-{last}.xlsx"
        hold = _Hold(self._storage, row, self._clock)
        await hold.renewed()
        book = await asyncio.to_thread(_Book, path, self._cards)
        try:
            events, cases = await self._fill(book, first, last, hold.renewed)
        except BaseException as error:
            # What went wrong first counts, and not that the file cannot be ended either.
            with contextlib.suppress(Exception):
                await asyncio.to_thread(book.close)
            if isinstance(error, TooBig):
                return Made(words=self._cards.common("records.export_too_big", **words))
            raise
        await asyncio.to_thread(book.close)
        if not events:
            return Made(words=self._cards.common("records.export_nothing", **words))
        size = await asyncio.to_thread(lambda: path.stat().st_size)
        if size > LARGEST_FILE:
            return Made(words=self._cards.common("records.export_too_big", **words))
        await hold.renewed()
        caption = self._cards.common("records.export", **words, events=events, cases=cases)
        return Made(words=caption, path=path)

    async def _fill(
        self, book: _Book, first: date, last: date, renewed: Callable[[], Awaitable[None]]
    ) -> tuple[int, int]:
        """Returns (events, cases)."""
        since, until = bounds(first, last, self._zone)
        assert since is not None  # noqa: S101 -- for mypy: both days are given
        assert until is not None  # noqa: S101 -- the same
        async with self._storage.look() as uow:
            titles = await uow.reports.titles()
        async for page in self._events(since, until):
            lines = (self._event(one, titles) for one in page)
            await asyncio.to_thread(book.add, "events", lines)
            await renewed()
        async for cases, history in self._cases(since, until):
            lines = (self._case(one, history.get(one.id, []), titles) for one in cases)
            await asyncio.to_thread(book.add, "cases", lines)
            await renewed()
        return book.lines["events"], book.lines["cases"]

    async def _events(self, since: datetime, until: datetime) -> AsyncIterator[list[EventRow]]:
        after: EventRow | None = None
        while True:
            async with self._storage.look() as uow:
                page = await uow.reports.events(since, until, after=after, limit=_PAGE)
            if not page:
                return
            yield page
            after = page[-1]

    async def _cases(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[tuple[list[CaseRow], dict[int, list[HistoryRow]]]]:
        after: tuple[datetime, int] | None = None
        while True:
            async with self._storage.look() as uow:
                page, after = await uow.reports.opened(
                    since, until, after=after, limit=_CASES_A_PAGE
                )
                history = await uow.reports.history([one.id for one in page]) if page else {}
            if not page:
                return
            yield page, history

    # --- lines ----------------------------------------------------------------------------------

    def _event(self, row: EventRow, titles: Mapping[int, str]) -> Sequence[_Cell]:
        event = row.event
        return (
            self._local(event.at),
            place(self._cards, self._flows, row.flow, titles.get(row.chat_id, "")),
            event.case_id,
            row.lead or row.ref,
            event.actor_name or self._bot,
            self._cards.deed_word(row.flow, event.action),
            self._cards.state_word(row.flow, event.from_state),
            self._cards.state_word(row.flow, event.to_state),
            masked(event.text),
        )

    def _case(
        self, row: CaseRow, history: Iterable[HistoryRow], titles: Mapping[int, str]
    ) -> Sequence[_Cell]:
        verdicts = self._verdicts.of_case(row.flow, row.posted_at, history)
        last = verdicts[-1] if verdicts else None
        return (
            row.id,
            place(self._cards, self._flows, row.flow, titles.get(row.chat_id, "")),
            row.lead or row.ref,
            row.poster_name,
            self._local(row.posted_at),
            "" if last is None else last.row.actor_name or self._bot,
            "" if last is None else self._cards.state_word(row.flow, last.row.to_state),
            None if last is None else round(last.wait.total_seconds()),
            self._cards.state_word(row.flow, row.state),
        )

    @property
    def _bot(self) -> str:
        return self._cards.report_words("bot")

    def _local(self, at: datetime) -> datetime:
        """A table knows no zones: it shows the call centre's time."""
        return at.astimezone(self._zone).replace(tzinfo=None, microsecond=0)


class _Hold:
    """Keeps a row leased while its file is made."""

    def __init__(self, storage: Storage, row: OutboxRow, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._row = row
        self._clock = clock
        self._until: datetime | None = None

    async def renewed(self) -> None:
        now = self._clock()
        if self._until is None or self._until - now < _RENEW:
            self._until = now + _HOLD
            async with self._storage.change() as uow:
                await uow.lanes.hold(self._row, until=self._until)


class _Book:
    """The workbook. Its methods run in a thread, one at a time."""

    def __init__(self, path: Path, cards: Cards) -> None:
        self._book = xlsxwriter.Workbook(
            path,
            {
                # A line is on the disk when the next one begins.
                "constant_memory": True,
                "tmpdir": str(path.parent),
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self._moment = self._book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss"})
        bold = self._book.add_format({"bold": True})
        self._sheets = {}
        self.lines = dict.fromkeys(_WIDTHS, 0)
        for name, widths in _WIDTHS.items():
            sheet = self._book.add_worksheet(cards.report_words("sheet", name))
            sheet.freeze_panes(1, 0)
            for column, width in enumerate(widths):
                sheet.set_column(column, column, width)
            headings = cards.report_words("headings", name).splitlines()
            for column, heading in enumerate(headings):
                sheet.write_string(0, column, heading, bold)
            self._sheets[name] = sheet

    def add(self, name: str, lines: Iterable[Sequence[_Cell]]) -> None:
        """Write lines below those that are there."""
        for line in lines:
            self.lines[name] += 1
            if self.lines[name] > _MOST_LINES:
                raise TooBig
            for column, cell in enumerate(line):
                self._write(self._sheets[name], self.lines[name], column, cell)

    def _write(self, sheet: Any, line: int, column: int, cell: _Cell) -> None:
        # By the type of the cell, never by its look: «=1+1» of a post stays what it is.
        if isinstance(cell, datetime):
            sheet.write_datetime(line, column, cell, self._moment)
        elif isinstance(cell, int | float):
            sheet.write_number(line, column, cell)
        elif cell:
            sheet.write_string(line, column, cell)

    def close(self) -> None:
        """Write the file.

        Raises:
            OSError: the disk has no room for it.
        """
        try:
            self._book.close()
        except FileCreateError as error:
            # The library's name for whatever the disk said, which is no OSError.
            raise OSError(str(error)) from error
