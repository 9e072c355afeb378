from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.flows.copies import replace
from bot.flows.records import Person, Post
from crm_api.port import CrmUser

SAID = Post(
    chat_id=-100,
    topic_id=0,
    message_id=7,
    by=Person(id=1, name="Оператор"),
    sent_at=datetime(2026, 1, 15, 11, 0, tzinfo=UTC),
    leads=("f5086aeebb",),
)


def test_a_copy_is_what_the_standard_library_makes_of_the_record_and_the_record_stays() -> None:
    before = dataclasses.asdict(SAID)

    copy = replace(SAID, text="отмена", leads=())

    assert copy == dataclasses.replace(SAID, text="отмена", leads=())
    assert (copy.text, copy.leads, copy.message_id) == ("отмена", (), 7)
    assert dataclasses.asdict(SAID) == before


def test_a_record_with_slots_is_copied_too() -> None:
    person = CrmUser(id="7", login="olya", first_name="Оля", last_name="")

    assert replace(person, last_name="Ильина") == dataclasses.replace(person, last_name="Ильина")


def test_a_field_that_the_record_does_not_have_is_refused() -> None:
    wrong: dict[str, Any] = {"words": "отмена"}

    with pytest.raises(TypeError, match="words"):
        replace(SAID, **wrong)
