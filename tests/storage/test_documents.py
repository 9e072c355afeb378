from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.documents import as_text, of_text

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_JSON)
def test_what_is_written_is_read_again_and_is_json_to_everybody_else(value: Any) -> None:
    assert of_text(as_text(value)) == value
    assert json.loads(as_text(value)) == value
    assert of_text(json.dumps(value)) == value


def nested(deep: int) -> Any:
    value: Any = "дно"
    for _ in range(deep):
        value = {"in": [value]}
    return value


@pytest.mark.parametrize("value", [nested(300), {"text": "half a sign \ud83d"}])
def test_what_pydantic_will_not_take_is_kept_too(value: Any) -> None:
    assert of_text(as_text(value)) == value
