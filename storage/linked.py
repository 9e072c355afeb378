"""A connection within a transaction, whichever engine it is of."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import CursorResult, Dialect, ScalarResult

from storage.prepared import Answer, Locking, Prepared
from storage.together import Change, Heard

T = TypeVar("T")


class Linked(Protocol):
    """A connection inside a transaction: a Near one (SQLite), or a Far one (PostgreSQL)."""

    @property
    def dialect(self) -> Dialect:
        """Tells the engine by its name."""

    async def run(self, prepared: Prepared, given: Mapping[str, Any], /) -> Answer:
        """Run a statement of every round on the driver itself."""

    async def run_locking(self, locking: Locking, given: Mapping[str, Any], /) -> Answer:
        """Read with locks, which hold until the transaction ends."""

    async def run_all(self, changes: Sequence[Change], /) -> list[Answer]:
        """Make changes of different rows: one round trip."""

    async def put(self, changes: Mapping[Hashable, Change], heard: Heard | None = None, /) -> None:
        """Make changes before the transaction ends, and before anything else is asked in it.

        Many go together. `heard` is told what they gave, in their order; on PostgreSQL all may be
        committed by then, so that what nobody found to change is the statement's own to refuse
        (`Prepared.must`). The keys say what is changed: of one key nothing goes together.
        """

    async def settle(self) -> None:
        """Make the changes that were put, now."""

    async def execute(
        self, statement: Any, parameters: Any = None, /
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement; its rows are there at once."""

    async def scalar(self, statement: Any, parameters: Any = None, /) -> Any:
        """The first column of the first row, or None."""

    async def scalars(self, statement: Any, parameters: Any = None, /) -> ScalarResult[Any]:
        """The first column of all rows."""

    async def run_sync(self, work: Callable[[Connection], T]) -> T:
        """Hand the synchronous connection to somebody who needs one (Alembic)."""
