"""What can go wrong with the database.

StorageError
├── StorageDown      not reachable, or it gave up: nothing was committed, try again
└── Stale            somebody changed the row since it was read (compare-and-set lost)
"""

from __future__ import annotations


class StorageError(Exception):
    """The base of the database's errors."""


class StorageDown(StorageError):
    """The database cannot be used now. Whatever was under way did not happen."""


class Stale(StorageError):
    """The row's version is not the one that was read: read again, decide again."""
