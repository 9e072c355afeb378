"""structlog: one line per event, JSON or for a terminal. No phones, names or tokens ever."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# A bot token, a phone-like run of digits. Keys, ids and times are shorter or have other signs.
_TOKEN = re.compile(r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{20,}\b")
_PHONE = re.compile(r"(?<![\w:.-])\+?[78]?\d{10}(?![\w:.-])|(?<![\w:.-])\+?374\d{8}(?![\w:.-])")


def _clean(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The net under everything: what slipped through is masked. Numbers (ids) are no text."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _PHONE.sub("<phone>", _TOKEN.sub("<token>", value))
    return event


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
