"""Telegram's refusals by our names (`bot.errors`): it tells most of them apart by words only."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from bot import errors


@contextlib.contextmanager
def said_in_vain(words: str) -> Iterator[None]:
    """A refusal with these words means that all is as wanted."""
    try:
        yield
    except TelegramBadRequest as error:
        if words not in error.message:
            raise


_GONE = (
    "message to edit not found",
    "message can't be edited",
    "message to delete not found",
    "message can't be deleted",
    "message_id_invalid",
)
_NOBODY = (
    "chat not found",
    "user is deactivated",
    "peer_id_invalid",
    "have no rights",
    "not enough rights",
    "chat_write_forbidden",
    "topic_closed",
    "topic_deleted",
    "message thread not found",
)


@contextlib.contextmanager
def named() -> Iterator[None]:
    """Raise our errors instead of aiogram's."""
    try:
        yield
    except TelegramRetryAfter as error:
        raise errors.TelegramBusy(error.retry_after) from error
    except TelegramMigrateToChat as error:
        raise errors.TelegramMoved(error.migrate_to_chat_id) from error
    except TelegramForbiddenError as error:
        raise errors.TelegramUnreachable(error.message) from error
    except (TelegramNetworkError, TelegramServerError) as error:
        raise errors.TelegramTemporary(type(error).__name__) from error
    except (TelegramNotFound, TelegramUnauthorizedError) as error:
        # A wrong token or API address: nothing is wrong with the message itself.
        raise errors.TelegramTemporary(error.message) from error
    except TelegramBadRequest as error:
        words = error.message.casefold()
        if any(gone in words for gone in _GONE):
            raise errors.MessageGone(error.message) from error
        if any(nobody in words for nobody in _NOBODY):
            raise errors.TelegramUnreachable(error.message) from error
        raise errors.TelegramRefused(error.message) from error
    except TelegramAPIError as error:
        raise errors.TelegramTemporary(type(error).__name__) from error
