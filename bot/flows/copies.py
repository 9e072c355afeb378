"""Copies of records with some fields changed.

A decision makes a dozen of them, and `dataclasses.replace` reads and sets each field of each by
itself. Here the fields go over together; records that are copied often have no slots for that.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # The same to whoever calls it, and the types of the fields are checked.
    from dataclasses import replace
else:

    def replace(record: Any, /, **changes: Any) -> Any:
        """The record with these fields instead of its own."""
        kind = record.__class__
        if (
            not hasattr(record, "__dict__")
            or not changes.keys() <= kind.__dataclass_fields__.keys()
        ):
            # Of a field that does not exist the library says so.
            return dataclasses.replace(record, **changes)
        copy = object.__new__(kind)
        copy.__dict__.update(record.__dict__, **changes)
        return copy


__all__ = ["replace"]
