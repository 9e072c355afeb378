"""Copies of records with some fields changed.

A decision makes a dozen of them, and `dataclasses.replace` reads and sets each field of each by
itself. Here the fields go over together; so records that are copied have no slots.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    # The same to whoever calls it, and the types of the fields are checked.
    from dataclasses import replace
else:

    def replace(record: T, /, **changes: Any) -> T:
        """The record with these fields instead of its own."""
        kind = record.__class__
        if not changes.keys() <= kind.__dataclass_fields__.keys():
            raise TypeError(f"{kind.__name__} has no such field: {', '.join(changes)}")
        copy = object.__new__(kind)
        copy.__dict__.update(record.__dict__, **changes)
        return copy


__all__ = ["replace"]
