from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import structlog

from bot.logs import set_up_logs

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@pytest.fixture(autouse=True)
def _quiet_again() -> Iterator[None]:
    """The set-up is the process's: give it back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def logged(capsys: pytest.CaptureFixture[str], **words: object) -> dict[str, object]:
    set_up_logs("INFO", "json")
    structlog.get_logger("test").warning("event", **words)
    found: dict[str, object] = json.loads(capsys.readouterr().err.splitlines()[-1])
    return found


@pytest.mark.parametrize(
    "words",
    [
        "77011234567",
        "+77011234567",
        "87011234567",
        "9161234567",
        "37477123456",
        "phone=77011234567&x",
    ],
)
def test_a_phone_that_slips_into_a_log_is_masked(
    capsys: pytest.CaptureFixture[str], words: str
) -> None:
    line = logged(capsys, why=f"no order of {words} found")

    assert "<phone>" in str(line["why"])
    assert "1234567" not in json.dumps(line)


@pytest.mark.parametrize("words", [TOKEN, f"https://api.telegram.org/bot{TOKEN}/getMe"])
def test_a_token_that_slips_into_a_log_is_masked(
    capsys: pytest.CaptureFixture[str], words: str
) -> None:
    line = logged(capsys, why=f"cannot reach {words}")

    assert "<token>" in str(line["why"])
    assert TOKEN.partition(":")[2] not in json.dumps(line)


@dataclass(frozen=True)
class Lead:
    phones: tuple[str, ...]


@pytest.mark.parametrize(
    "value",
    [
        ["77011234567"],
        ("a", {"b": [{"c": "77011234567"}]}),
        {"77011234567": 1},
        {"payload": {"text": f"{TOKEN} 77011234567"}},
        {"77011234567"},
        b"77011234567",
        ValueError("no order of 77011234567"),
        Lead(("77011234567",)),
        [[[[[[[[[["77011234567"]]]]]]]]]],
    ],
    ids=repr,
)
@pytest.mark.parametrize("log_format", ["json", "console"])
def test_so_it_is_however_deep_it_lies(
    capsys: pytest.CaptureFixture[str], value: object, log_format: str
) -> None:
    set_up_logs("INFO", log_format)
    structlog.get_logger("test").warning("event", value=value)

    written = capsys.readouterr().err
    assert "<phone>" in written
    assert "77011234567" not in written
    assert TOKEN not in written


def test_what_holds_no_secret_stays_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"chat": -1001234567890, "ids": [7701123456, 1.5, None, True], "lead": "f5086aeebb"}
    assert logged(capsys, value=value)["value"] == value


def test_so_it_is_in_a_stack_trace(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO", "json")
    try:
        int(f"https://api.telegram.org/bot{TOKEN}/getMe 77011234567")
    except ValueError:
        structlog.get_logger("test").exception("failed")

    written = capsys.readouterr().err
    assert "ValueError" in written
    assert TOKEN not in written
    assert "77011234567" not in written


def test_and_in_what_libraries_log(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO", "json")
    logging.getLogger("some.library").warning("GET /bot%s/getMe for %s", TOKEN, "77011234567")

    written = capsys.readouterr().err
    assert "getMe" in written
    assert TOKEN not in written
    assert "77011234567" not in written


@pytest.mark.parametrize("words", ["f5086aeebb", "#C1042-2-k7", "2019-09-11 09:18:05", "1042"])
def test_keys_tags_and_times_are_left_alone(capsys: pytest.CaptureFixture[str], words: str) -> None:
    assert logged(capsys, lead=words)["lead"] == words


def test_ids_are_numbers_and_stay(capsys: pytest.CaptureFixture[str]) -> None:
    assert logged(capsys, chat=-1001234567890, user=7701123456)["user"] == 7701123456


def test_what_is_too_quiet_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("ERROR", "console")
    structlog.get_logger("test").warning("not this")
    logging.getLogger("library").warning("nor this")
    structlog.get_logger("test").error("but this")

    written = capsys.readouterr().err
    assert "this" in written
    assert "not this" not in written
    assert "nor this" not in written
