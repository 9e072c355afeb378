from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.config import Settings, load_settings, make_flow
from bot.errors import SettingsError
from bot.flows import FLOWS
from bot.flows.base import Flow
from bot.flows.duplicates import Duplicates

EXAMPLE = Path(__file__).parents[2] / ".env.example"
TIMES = [
    f"{kind.name}_{name}".upper() for kind in FLOWS for name in kind.times_type.__dataclass_fields__
]
ENOUGH = {
    "BOT_TOKEN": "1:a",
    "OWNER_IDS": "7",
    "CRM_URL": "https://crm.example",
    "CRM_LOGIN": "bot",
    "CRM_PASSWORD": "secret",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither this machine's environment nor a .env that lies about."""
    monkeypatch.chdir(tmp_path)
    for name in (*Settings.model_fields, *TIMES):
        monkeypatch.delenv(name.upper(), raising=False)


def loaded(monkeypatch: pytest.MonkeyPatch, **more: str) -> Settings:
    for name, value in (ENOUGH | more).items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_five_settings_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch)

    assert settings.owner_ids == {7}
    assert settings.database_url.get_secret_value() == "sqlite+aiosqlite:///workchats.db"
    assert settings.timezone == settings.zone.key == "Europe/Moscow"
    assert (settings.crm, settings.http_host, settings.http_port) == ("crmka", "127.0.0.1", 8080)


def test_all_that_is_missing_is_named_in_one_line() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings()

    missing = "; ".join(f"{name} is not set" for name in ENOUGH)
    assert str(caught.value) == missing


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, OWNER_IDS="7, 8,", CRM_LINK_HOSTS="a.example, b.example:81")

    assert settings.owner_ids == {7, 8}
    assert settings.crm_link_hosts == ("a.example", "b.example:81")


def test_a_slash_at_the_end_of_an_address_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded(monkeypatch, CRM_URL="https://crm.example/").crm_url == "https://crm.example"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OWNER_IDS", "@olya"),
        ("OWNER_IDS", ","),
        ("TIMEZONE", "Moscow"),
        ("CRM_TIMEZONE", "../../etc/passwd"),
        ("CRM_URL", "crm.example"),
        ("DATABASE_URL", "mysql://localhost/workchats"),
        ("LOG_LEVEL", "LOUD"),
        ("HTTP_PORT", "80800"),
        ("CRM_TIMEOUT", "0"),
        ("CRM_TIMEOUT", "21"),
        ("WEBHOOK_URL", "bot.example"),
        ("SUMMARY_TIME", "вечером"),
        ("SUMMARY_TIME", "25:00"),
        ("SUMMARY_TIME", "20:00+03:00"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(monkeypatch, **{name: value})

    assert str(caught.value).startswith(f"{name}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "at"), [("8:05", time(8, 5)), ("20:00", time(20)), ("off", None), ("OFF", None)]
)
def test_the_evening_summary_has_its_time_or_none(
    monkeypatch: pytest.MonkeyPatch, written: str, at: time | None
) -> None:
    assert loaded(monkeypatch, SUMMARY_TIME=written).summary_at == at


def test_a_webhook_needs_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="WEBHOOK_SECRET"):
        loaded(monkeypatch, WEBHOOK_URL="https://bot.example/hook")
    with pytest.raises(SettingsError, match="WEBHOOK_SECRET"):
        loaded(monkeypatch, WEBHOOK_URL="https://bot.example/hook", WEBHOOK_SECRET="не то")


def test_secrets_do_not_show_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(
        monkeypatch, BOT_TOKEN="1:secret", CRM_PASSWORD="secret", WEBHOOK_SECRET="secret",
        DATABASE_URL="postgresql://bot:secret@localhost/workchats",
    )  # fmt: skip
    assert "secret" not in repr(settings).replace("webhook_secret", "")


def test_settings_are_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    settings: Any = loaded(monkeypatch)
    with pytest.raises(ValidationError):
        settings.crm = "bitrix24"


def test_an_env_file_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("CRM=file\nTIMEZONE=Asia/Almaty\nOTHERS=1\n")

    settings = loaded(monkeypatch, TIMEZONE="Asia/Yerevan")

    assert (settings.crm, settings.timezone) == ("file", "Asia/Yerevan")


@pytest.mark.parametrize(
    ("file", "undo"), [(".env", "7"), ("other.env", "8"), (None, None)], ids=str
)
def test_the_chats_times_are_in_the_file_that_the_settings_are_read_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str | None, undo: str | None
) -> None:
    (tmp_path / ".env").write_text("duplicates_undo=7\nDUPLICATES_CLOSE=60\n")
    (tmp_path / "other.env").write_text("DUPLICATES_UNDO=8\nDUPLICATES_CLOSE=60\n")
    loaded(monkeypatch, DUPLICATES_CLOSE="30")

    environment = load_settings(_env_file=file).environment
    assert environment.get("DUPLICATES_UNDO") == undo
    assert environment["DUPLICATES_CLOSE"] == "30"


@pytest.mark.parametrize("kind", FLOWS)
def test_a_flow_s_times_come_from_the_environment(kind: Any) -> None:
    names = list(kind.times_type.__dataclass_fields__)
    flow: Any = make_flow(kind, {f"{kind.name}_{name}".upper(): "2" for name in names})

    # A field whose default is a number stays one.
    assert {getattr(flow.times, name) for name in names} <= {2, timedelta(seconds=2)}


def test_an_empty_time_is_the_default() -> None:
    flow = make_flow(Duplicates, {"DUPLICATES_CLOSE": ""})

    assert isinstance(flow, Duplicates)
    assert flow.times.close == timedelta(minutes=15)


@pytest.mark.parametrize("written", ["0", "-1", "soon", "nan", "inf", "1e9"])
def test_a_time_is_a_number_of_seconds_above_0(written: str) -> None:
    with pytest.raises(SettingsError, match=r"^DUPLICATES_CLOSE: "):
        make_flow(Duplicates, {"DUPLICATES_CLOSE": written})


@dataclass(frozen=True)
class Limits:
    """Settings of a chat that has a number among its times."""

    wait: timedelta = timedelta(seconds=60)
    places: int = 3


class Limited(Flow[Any]):
    """A chat with them, and nothing else."""

    name = "limited"
    times_type = Limits

    def __init__(self, times: Limits) -> None:
        self.times = times
        super().__init__(())


def test_a_whole_default_is_read_as_a_number() -> None:
    flow: Any = make_flow(Limited, {"LIMITED_PLACES": "5", "LIMITED_WAIT": "0.5"})

    assert flow.times == Limits(wait=timedelta(seconds=0.5), places=5)


@pytest.mark.parametrize("written", ["0", "-1", "1.5", "three", "1000000", "²"])
def test_a_number_is_a_whole_one_above_0(written: str) -> None:
    with pytest.raises(SettingsError, match=r"^LIMITED_PLACES: "):
        make_flow(Limited, {"LIMITED_PLACES": written})


@pytest.mark.parametrize("name", [*(name.upper() for name in Settings.model_fields), *TIMES])
def test_the_example_names_every_setting(name: str) -> None:
    assert re.search(rf"^#?\s*{name}=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE), name
