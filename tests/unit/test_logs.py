from __future__ import annotations

import json
import logging
import re
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
        "тел:77011234567",
        "https://crm.example/clients/77011234567/orders",
        "9161234567.",
        "+374 77 1234567",
        "+998901234567",
        "chat:5 89161234567",
        "номер-89161234567",
        "тел.89161234567",
        "т89161234567",
        "9161234567был ли заказ",
        "8916 1234567кв",
        "12.03.2026 8916 123 4567",
        "https://crm.example/orders/36973 8(916)1234567",
    ],
)
def test_a_phone_that_slips_into_a_log_is_masked(
    capsys: pytest.CaptureFixture[str], words: str
) -> None:
    line = logged(capsys, why=f"no order of {words} found")

    assert "<phone>" in str(line["why"])
    assert "1234567" not in json.dumps(line)


@pytest.mark.parametrize(
    "words",
    [
        "+7 (916) 123-45-67",
        "8 916 123 45 67",
        "8-916-123-45-67",
        "8(916)1234567",
        "916.123.45.67",
        "077 12-34-56",
        "077.123.45.67",
        "8—701—123—45—67",
        "8–701–123-45-67",
    ],
)
def test_so_is_one_with_all_that_people_put_between_its_digits(
    capsys: pytest.CaptureFixture[str], words: str
) -> None:
    assert logged(capsys, why=f"no order of {words}: none")["why"] == "no order of <phone>: none"


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


@pytest.mark.parametrize(
    "words",
    [
        *("f5086aeebb", "12ad97526e", "1042", "36973, 36974", "#C1042-2-k7", "lead:36973"),
        *("2019-09-11 09:18:05", "2026-03-02T10:00:00.123456Z", "11.123456"),
        *("2026-03-02 10:00:00.123456+00:00", "12:34:56 2026-03-02", "0.105123456 s"),
        # A group, a person, his lane, what was said once, an update, a message, its link.
        *("-1001234567890", "500100001", "chat:7701123456", "said:-1002000000001:905"),
        *("700000004", "message 905 of -1001234567890"),
        "https://t.me/c/2000000001/905",
        *("192.168.100.200", "192.168.100.200:5432", "('10.100.100.200', 5432)"),
        *("<Task at 0x7fbcad849790>", "41d0d0d0-1234-5678-9012-123456789012"),
    ],
)
def test_keys_ids_and_times_are_left_alone(capsys: pytest.CaptureFixture[str], words: str) -> None:
    assert logged(capsys, lead=words)["lead"] == words


def test_the_time_of_the_line_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert re.fullmatch(r"[0-9-]{10}T[0-9:.]{15}Z", str(logged(capsys)["timestamp"]))


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
