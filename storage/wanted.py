"""What a transaction wants delivered: by this process at once, or by whoever hears of it then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from storage.outbox import OutboxRow


class Lease(NamedTuple):
    """Until when a row is kept for the process `by`."""

    until: datetime
    by: str


class Taker(Protocol):
    """Delivers a destination's rows in this process, and may take them when they are inserted."""

    def lease(self, now: datetime) -> Lease | None:
        """The lease under which it would deliver a row now; None: it takes none."""

    def take(self, lane: str, now: datetime) -> bool:
        """Keep the lane for a row that a transaction may bring. False: not now."""

    def deliver(self, row: OutboxRow) -> None:
        """The row is committed, its lane was kept: deliver it."""

    def free(self, lane: str) -> None:
        """The lane was kept in vain."""


class Wanted:
    """Remembers it until the commit. `takers`: by destination."""

    def __init__(self, takers: Mapping[str, Taker]) -> None:
        self._takers = takers
        #: Per destination: when the first row falls due that this transaction wants delivered.
        self.due: dict[str, datetime] = {}
        #: Rows that were leased for this process when they were inserted.
        self.taken: list[OutboxRow] = []
        #: A row for the CRM waits behind another, which this process has not: another one may.
        self.waits_behind = False
        # Lanes that are kept for rows of this transaction, and by whom.
        self._kept: list[tuple[Taker, str]] = []

    def falls_due(self, destination: str, due_at: datetime) -> None:
        """A row falls due there then, and nobody has it yet."""
        self.due[destination] = min(due_at, self.due.get(destination, due_at))

    def keep(self, destination: str, lane: str, now: datetime) -> tuple[Taker, Lease] | None:
        """Keep the lane for a row that this process can deliver at once; None: it cannot."""
        taker = self._takers.get(destination)
        lease = None if taker is None else taker.lease(now)
        if taker is None or lease is None or not taker.take(lane, now):
            return None
        self._kept.append((taker, lane))
        return taker, lease

    def free(self, taker: Taker, lane: str) -> None:
        """It was kept in vain."""
        self._kept.remove((taker, lane))
        taker.free(lane)

    def free_all(self) -> None:
        """The transaction has failed: nothing was committed."""
        for taker, lane in self._kept:
            taker.free(lane)
