"""Flows' data and effects as JSON and back. pydantic reads plain dataclasses."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from bot.flows.effects import Effect


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def dump(value: Any) -> dict[str, Any]:
    """A dataclass as JSON-able values."""
    kind: Any = type(value)
    found: dict[str, Any] = _adapter(kind).dump_python(value, mode="json")
    return found


def load(kind: Any, value: Any) -> Any:
    """The dataclass again.

    Raises:
        pydantic.ValidationError: it is not one.
    """
    return _adapter(kind).validate_python(value)


def load_effect(value: dict[str, Any]) -> Effect:
    """An effect again; `kind` tells which."""
    effect: Effect = _adapter(Effect).validate_python(value)
    return effect
