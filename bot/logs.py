"""structlog: one line per event, JSON or for a terminal. No phones, names or tokens ever."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from bot.flows.phone_shape import BETWEEN

_TOKEN = re.compile(r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{20,}\b")
# Also within a link: whoever asks for a client may name his phone there. Groups' ids have a minus;
# behind people's words it is a dash, and those are glued to it too. With all figures beside it: the
# first of them may be a date, and nobody looks up what is hidden.
_PHONE = re.compile(
    r"(?<![A-Za-z0-9_])(?<!(?<![а-яёА-ЯЁ])[.-])"
    rf"\+?\d(?:{BETWEEN}\d){{8,}}(?![A-Za-z0-9_])"
)
# What has that shape and is none: nine digits (an update, a person), a date with its hour, the
# address of a machine, a part of a second.
_NONE = re.compile(
    r"[1-9]\d{8}|(?:\d\d )?(?:19|20)\d\d-\d\d-\d\d(?: \d\d)?"
    r"|(?:[1-9]\d?|1\d\d|2[0-5]\d)(?:\.\d{1,3}){3}|0\.\d+"
)
# So is a number behind these: a person's lane, a link into a group.
_BEFORE_NONE = ("chat:", "t.me/c/")

#: Deeper values are written as they would be printed.
_DEEPEST = 8


def _clean(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The net under everything: what slipped through is masked, however deep it lies."""
    for key, value in event.items():
        # What logging has brought along itself is taken away before anything is written.
        if key not in _OF_LOGGING:
            event[key] = _masked(value)
    return event


_OF_LOGGING = frozenset({"_record", "_from_structlog"})


def _masked(value: Any, depth: int = 0) -> Any:
    match value:
        case None | bool() | int() | float():
            # Numbers (ids) are no text.
            return value
        case str():
            return _PHONE.sub(_hidden, _TOKEN.sub("<token>", value))
        case Mapping() if depth < _DEEPEST:
            return {_masked(key, depth + 1): _masked(one, depth + 1) for key, one in value.items()}
        case list() | tuple() | set() | frozenset() if depth < _DEEPEST:
            return [_masked(one, depth + 1) for one in value]
        case _:
            # As it would be printed: its words may be anything, an error's or a row's.
            return _masked(repr(value))


def _hidden(found: re.Match[str]) -> str:
    words = found[0]
    is_ours = words.isdecimal() and found.string.endswith(_BEFORE_NONE, 0, found.start())
    return words if is_ours or _NONE.fullmatch(words) else "<phone>"


def set_up_logs(level: str, log_format: str) -> None:
    """Let structlog and the libraries' loggers write to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _clean,
    ]
    last: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # They tell every request or update: too much, and with addresses that carry the token.
    for chatty in ("aiogram", "aiohttp.access", "apscheduler", "alembic", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
