"""The environment (and `.env`) as frozen settings. Every name is in `.env.example`."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from pydantic import (
    Field,
    PrivateAttr,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import SettingsError
from bot.flows.base import Flow
from crm_api.links import host_of
from storage.db import understand_url

#: An empty value means the default, so that nothing needs a word of its own.
_NEVER = "off"
#: Days: nothing that a working chat still looks back to is older.
_SHORTEST_MEMORY = 30


class Settings(BaseSettings):
    """What `run` needs to know."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    bot_token: SecretStr
    owner_ids: Annotated[frozenset[int], NoDecode]
    database_url: SecretStr = SecretStr("sqlite+aiosqlite:///workchats.db")
    crm: str = "crmka"
    crm_url: str
    crm_web_url: str = ""
    crm_link_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    crm_login: str
    crm_password: SecretStr
    crm_timezone: str = "Asia/Almaty"
    crm_timeout: float = Field(default=8.0, gt=0, le=20)
    timezone: str = "Europe/Moscow"
    summary_time: str = "20:00"
    outbox_days: int = Field(default=30, ge=2, le=3660)
    history_days: int = Field(default=0, ge=0, le=36600)
    telegram_api_url: str = ""
    webhook_url: str = ""
    webhook_secret: SecretStr = SecretStr("")
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=0, le=65535)
    instance: str = Field(default_factory=socket.gethostname)
    log_level: str = "INFO"
    log_format: str = "console"

    # The chats' times are read from there too: who names no file gets none for them either.
    _file: str | Path | None = PrivateAttr()

    def __init__(self, *, _env_file: str | Path | None = ".env", **given: Any) -> None:
        super().__init__(_env_file=_env_file, **given)
        self._file = _env_file

    @field_validator("owner_ids", mode="before")
    @classmethod
    def _ids(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = [part for part in value.replace(" ", "").split(",") if part]
            if not all(part.isdecimal() for part in value):
                raise ValueError("an id is a number (the bot tells it on /start), not a @name")
        if not value:
            raise ValueError("name at least one owner: his numeric Telegram id")
        return value

    @field_validator("crm_link_hosts", mode="before")
    @classmethod
    def _hosts(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = tuple(part.strip() for part in value.split(",") if part.strip())
        for host in value or ():
            if host_of(host) != host.casefold():
                raise ValueError("each is a host or host:port, without https:// and without a path")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr) -> SecretStr:
        url = understand_url(value.get_secret_value())
        folder = Path(url.database or "").parent
        if url.drivername.startswith("sqlite") and not folder.is_dir():
            raise ValueError(f"there is no folder {folder}")
        return value

    @field_validator("timezone", "crm_timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("it is no time zone; name one like Europe/Moscow") from None
        return value

    @field_validator("summary_time")
    @classmethod
    def _moment(cls, value: str) -> str:
        value = value.strip().casefold()
        if value != _NEVER:
            hour, _, minute = value.partition(":")
            if not (hour.isdecimal() and minute.isdecimal() and len(minute) == 2):  # noqa: PLR2004
                raise ValueError(f"it is a time like 20:00, or {_NEVER}")
            # 25:00 is refused here.
            time(int(hour), int(minute))
        return value

    @field_validator("history_days")
    @classmethod
    def _days(cls, value: int) -> int:
        if 0 < value < _SHORTEST_MEMORY:
            raise ValueError(f"it is 0 (for ever), or at least {_SHORTEST_MEMORY}")
        return value

    @field_validator("crm_url", "crm_web_url", "telegram_api_url", "webhook_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("it must begin with https:// (or http://)")
        return value.rstrip("/")

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("it is DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @model_validator(mode="after")
    def _secret(self) -> Self:
        secret = self.webhook_secret.get_secret_value()
        if self.webhook_url and not secret:
            raise ValueError(
                "WEBHOOK_URL needs WEBHOOK_SECRET: else anybody could speak as Telegram"
            )
        if secret and not all(
            char.isascii() and (char.isalnum() or char in "_-") for char in secret
        ):
            raise ValueError("WEBHOOK_SECRET may have only letters, digits, _ and -")
        return self

    @model_validator(mode="after")
    def _webhook(self) -> Self:
        if not self.webhook_url:
            return self
        # A Bot API server of one's own may speak http; Telegram's never does.
        if not self.telegram_api_url and not self.webhook_url.startswith("https://"):
            raise ValueError("WEBHOOK_URL must begin with https://: Telegram demands it")
        if urlsplit(self.webhook_url).path in {"", "/", "/healthz", "/readyz", "/metrics"}:
            raise ValueError("WEBHOOK_URL needs a path of its own, like https://host/telegram")
        return self

    @property
    def environment(self) -> dict[str, str]:
        """All that is set where these settings were read, by its name in capitals."""
        # Without a name the library would look for a file by itself.
        written = {} if self._file is None else dotenv_values(self._file)
        return {name.upper(): value or "" for name, value in (written | os.environ).items()}

    @property
    def zone(self) -> ZoneInfo:
        """The call centre's zone: times on cards."""
        return ZoneInfo(self.timezone)

    @property
    def summary_at(self) -> time | None:
        """When the evening summary is sent, in that zone; None: never."""
        if self.summary_time == _NEVER:
            return None
        hour, _, minute = self.summary_time.partition(":")
        return time(int(hour), int(minute))


def load_settings(**given: Any) -> Settings:
    """Read the environment and `.env`; `given` wins.

    Raises:
        SettingsError: one line that names every setting that is missing or wrong.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsError("; ".join(_line(one) for one in error.errors())) from None


def _line(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"]).upper()
    if error["type"] == "missing":
        return f"{name} is not set"
    said = str(error["msg"]).removeprefix("Value error, ")
    return f"{name}: {said}" if name else said


def make_flow(kind: type[Flow[Any]], environment: Mapping[str, str]) -> Flow[Any]:
    """A flow with its settings from `Settings.environment`: DUPLICATES_FIRST_PING=60 (seconds).

    A field of `times_type` whose default is an integer is a number: PAUSES_PLACES=3.

    Raises:
        SettingsError: a time is no number above 0, or a number no whole one above 0.
    """
    defaults = kind.times_type()
    given: dict[str, timedelta | int] = {}
    for name in kind.times_type.__dataclass_fields__:
        key = f"{kind.name}_{name}".upper()
        written = environment.get(key, "")
        if written:
            is_number = isinstance(getattr(defaults, name), int)
            given[name] = (_whole if is_number else _seconds)(key, written)
    return kind(kind.times_type(**given))


def _seconds(key: str, written: str) -> timedelta:
    try:
        seconds = TypeAdapter(float).validate_python(written)
    except ValidationError:
        seconds = 0.0
    if not 0 < seconds < 10**8:
        raise SettingsError(f"{key}: it is a number of seconds above 0")
    return timedelta(seconds=seconds)


def _whole(key: str, written: str) -> int:
    if not re.fullmatch(r"0*[1-9][0-9]{0,5}", written.strip()):
        raise SettingsError(f"{key}: it is a whole number above 0")
    return int(written)
