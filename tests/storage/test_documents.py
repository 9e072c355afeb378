from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.documents import Surely, as_text, of_text

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_JSON)
def test_what_is_written_is_read_again_and_is_json_to_everybody_else(value: Any) -> None:
    assert of_text(as_text(value)) == value
    assert json.loads(as_text(value)) == value
    assert of_text(json.dumps(value)) == value
    assert as_text(Surely(a=value)) == as_text({"a": value})


def nested(deep: int) -> Any:
    value: Any = "дно"
    for _ in range(deep):
        value = {"in": [value]}
    return value


@pytest.mark.parametrize("value", [nested(300), {"text": "half a sign \ud83d"}])
def test_what_pydantic_will_not_take_is_kept_too(value: Any) -> None:
    assert of_text(as_text(value)) == value


@dataclass
class _Something:
    a: int = 1


class _Named(Enum):
    ONE = "one"


@pytest.mark.parametrize(
    "place",
    [lambda value: value, lambda value: {"a": [1, {"b": value}]}, lambda value: {"a": {value: 1}}],
    ids=["by itself", "within", "as a key"],
)
@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
        date(2026, 3, 2),
        timedelta(seconds=1),
        Decimal("1.50"),
        UUID(int=1),
        b"one",
        frozenset({1}),
        1j,
        _Named.ONE,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_would_come_back_as_something_else_is_refused(
    value: Any, place: Callable[[Any], Any]
) -> None:
    with pytest.raises(TypeError):
        as_text(place(value))


@pytest.mark.parametrize("value", [{1, 2}, _Something(), iter([1])])
def test_nor_is_taken_what_only_looks_like_a_list_or_an_object(value: Any) -> None:
    for one in (value, {"a": [value]}):
        with pytest.raises(TypeError):
            as_text(one)


class _Word(StrEnum):
    ONE = "one"


def test_a_word_of_ours_is_text_and_a_tuple_is_a_list() -> None:
    assert of_text(as_text({_Word.ONE: (_Word.ONE, 1)})) == {"one": ["one", 1]}


def test_what_goes_round_in_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(ValueError, match="Circular"):
        as_text(value)
