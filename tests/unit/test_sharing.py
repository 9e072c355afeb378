"""Which tests one process takes together."""

from __future__ import annotations

import pytest

from tests.sharing import group_of


@pytest.mark.parametrize(
    ("test", "group"),
    [
        ("tests/flows/test_every_flow.py::test_equal_inputs_give_equal_steps[it]", "it"),
        ("tests/cards/test_hostile_words.py::test_toasts_fit_into_telegram_s_limit[it]", "it"),
        ("tests/web/test_chat_page.py::test_a_forum_is_read[phone]", "tests/web/test_chat_page"),
        ("tests/web/test_whole_job.py::test_a_newcomer", "tests/web/test_whole_job"),
    ],
)
def test_tests_that_share_what_takes_long_to_make_stay_together(test: str, group: str) -> None:
    assert group_of(test) == group


@pytest.mark.parametrize(
    "test",
    [
        "tests/flows/test_undo.py::test_what_was_undone_is_told",
        "tests/bot/test_it.py::test_a_ticket_is_taken[sqlite]",
    ],
)
def test_any_other_test_goes_where_there_is_room(test: str) -> None:
    assert group_of(test) == test
