"""Parts of a work that go on though one of them meets a fault of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from storage.errors import StorageError

log = structlog.get_logger(__name__)


@contextmanager
def apart(event: str, **what: Any) -> Iterator[None]:
    """A fault of ours in one part, the same at the next try, is logged: the others go on.

    Raises:
        StorageError: the database is away, and away for all of them.
    """
    try:
        yield
    except StorageError:
        raise
    except Exception:
        log.exception(event, **what)
