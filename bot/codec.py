"""Flows' data and effects as JSON and back. pydantic reads plain dataclasses."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def dump(value: Any) -> dict[str, Any]:
    """A dataclass as JSON-able values."""
    kind: Any = type(value)
    found: dict[str, Any] = _adapter(kind).dump_python(value, mode="json")
    return found


def load(kind: Any, value: Any) -> Any:
    """The dataclass again; of several kinds its `kind` tells which.

    Raises:
        pydantic.ValidationError: it is none.
    """
    return _adapter(kind).validate_python(value)
