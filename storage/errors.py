"""What can go wrong with the database.

StorageError
├── StorageDown      not reachable, or it gave up: nothing was committed, try again
│   └── Busy         others hold a lock for too long
└── Stale            somebody changed the row since it was read (compare-and-set lost)

SchemaError          what was to be written breaks a rule of the schema: a fault of ours
"""

from __future__ import annotations


class StorageError(Exception):
    """The base of the database's errors."""


class StorageDown(StorageError):
    """The database cannot be used now. Whatever was under way did not happen."""


class Busy(StorageDown):
    """Others hold a lock for longer than we wait for it, or wait for one of ours."""


class Stale(StorageError):
    """The row's version is not the one that was read: read again, decide again."""


class SchemaError(Exception):
    """A rule of the schema forbids it: trying again is of no use. It quotes no values."""


def is_down(state: str) -> bool:
    """Whether a SQLSTATE means that trying again may help.

    Class 57P: operator intervention (admin or crash shutdown, cannot connect now); class 53: no
    more connections, memory or disk; class 58: the machine's own errors; class 08: connection;
    57014: cancelled, also by a time limit of the server's; 25006: read-only, as after a failover;
    40P01: a deadlock, out of which PostgreSQL has picked us to try again.
    """
    return state.startswith(("57P", "57014", "25006", "53", "58", "08", *_LOCKED))


def is_busy(state: str) -> bool:
    """Whether a SQLSTATE means that others hold a lock. 55P03: it was not to be had in time."""
    return state in _LOCKED


_LOCKED = ("40P01", "55P03")
