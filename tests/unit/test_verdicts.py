"""What the flows' tables say about rows of the history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.config import make_flow
from bot.flows.base import Flow
from bot.flows.duplicates import Duplicates
from bot.flows.it import It
from bot.flows.refusals import Refusals
from bot.flows.returns import Returns
from bot.verdicts import Verdicts
from storage.history import HistoryRow

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
VERDICTS = Verdicts({"duplicates": Duplicates()})


def row(action: str, before: str, after: str, seconds: float = 0, **more: Any) -> HistoryRow:
    usual: dict[str, Any] = {
        "case_id": 1,
        "at": NOW + timedelta(seconds=seconds),
        "actor_id": 7,
        "actor_name": "Марат Демо",
        "action": action,
        "round": 1,
        "from_state": before,
        "to_state": after,
        "text": "",
        "answer": "",
    }
    return HistoryRow(**(usual | more))


def waits(*rows: HistoryRow) -> list[tuple[str, float]]:
    found = VERDICTS.of_case("duplicates", NOW, rows)
    return [(one.decision, one.wait.total_seconds()) for one in found]


def test_a_decision_is_what_the_table_calls_one() -> None:
    assert VERDICTS.decision("duplicates", row("allow", "waiting", "allowed")) == "allowed"
    assert VERDICTS.decision("duplicates", row("deny", "waiting", "denied")) == "denied"
    # He was asked whether he is sure: nothing is decided yet.
    assert VERDICTS.decision("duplicates", row("deny", "waiting", "sure")) == ""
    assert VERDICTS.decision("duplicates", row("crm_saved", "denied", "denied")) == ""
    assert VERDICTS.decision("forgotten", row("allow", "waiting", "allowed")) == ""


def test_the_wait_ends_with_the_first_word_of_a_round() -> None:
    assert waits(
        row("open", "", "reading"),
        row("deny", "waiting", "denied", 40),
        row("crm_conflict", "denied", "conflict", 41),
        row("trash_anyway", "conflict", "denied", 90),
    ) == [("denied", 40)]


def test_what_is_asked_anew_is_waited_for_anew() -> None:
    assert waits(
        row("open", "", "before"),
        row("ask_anew", "before", "reading", 600),
        row("allow", "reading", "allowed", 630),
    ) == [("allowed", 30)]


def test_silence_is_the_clocks_word_alone() -> None:
    assert VERDICTS.silent == {("duplicates", "expired")}
    assert VERDICTS.is_silence("duplicates", row("time_up", "waiting", "expired"))
    assert not VERDICTS.is_silence("duplicates", row("time_up", "waiting", "waiting"))
    assert not VERDICTS.is_silence("duplicates", row("withdraw", "waiting", "withdrawn"))


@pytest.mark.parametrize(
    ("flow", "patience"),
    [
        (Duplicates, timedelta(seconds=60)),
        (Refusals, timedelta(hours=24)),
        # The client was promised that.
        (Returns, timedelta(hours=15)),
        (It, timedelta(hours=1)),
    ],
)
def test_late_is_what_the_flow_calls_late(flow: type[Flow[Any]], patience: timedelta) -> None:
    assert Verdicts({flow.name: make_flow(flow, {})}).patience(flow.name) == patience


def test_what_is_late_follows_the_setting() -> None:
    flow = make_flow(It, {"IT_SOLUTION": "90"})
    assert Verdicts({"it": flow}).patience("it") == timedelta(seconds=90)
    assert VERDICTS.patience("forgotten") is None
