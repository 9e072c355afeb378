"""What can go wrong on our side of the world.

    WorkchatsError
    ├── SettingsError        a setting is missing or wrong: one clear line, exit 2
    ├── NotNow               an update could not be taken (the database is down): it comes again
    ├── OtherRelease         a row or a case that only another release knows: that one delivers it
    └── TelegramError        what a delivery to Telegram may meet
        ├── TelegramBusy         429: this chat pauses for `retry_after`, the others go on
        ├── TelegramTemporary    no answer, 5xx: try again; it may have been sent all the same
        ├── TelegramMoved        the group became a supergroup: go on in `new_id`
        ├── TelegramUnreachable  blocked, never started, kicked: this person or chat cannot be told
        ├── MessageGone          the message to edit is not there (any more)
        └── TelegramRefused      any other refusal: trying again changes nothing

The CRM's tree is drawn in `crm_api/errors.py`, the database's in `storage/errors.py`, what a flow
refuses (`IllegalAction`, `NotAllowed`) in `bot/flows/base.py`.
"""

from __future__ import annotations


class WorkchatsError(Exception):
    """The base of our own errors."""


class SettingsError(WorkchatsError):
    """A setting is missing or wrong. The message is one line for the person who starts the bot."""


class NotNow(WorkchatsError):
    """The update was not taken and must not be confirmed. `soon`: a moment later it can be."""

    def __init__(self, why: str, *, soon: bool = False) -> None:
        super().__init__(why)
        self.soon = soon


class OtherRelease(WorkchatsError):
    """Another release has written it. While both are at work, it is that one's."""


class TelegramError(WorkchatsError):
    """The base of what a delivery to Telegram may meet."""


class TelegramBusy(TelegramError):
    """Flood control. `retry_after` is in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"busy for {retry_after} s")
        self.retry_after = retry_after


class TelegramTemporary(TelegramError):
    """No usable answer. What was asked may have been done."""


class TelegramMoved(TelegramError):
    """The group became a supergroup."""

    def __init__(self, new_id: int) -> None:
        super().__init__("the group became a supergroup")
        self.new_id = new_id


class TelegramUnreachable(TelegramError):
    """The person blocked or never started the bot, or the bot is not in the chat."""


class MessageGone(TelegramError):
    """The message to edit does not exist, or is not the bot's to edit."""


class TelegramRefused(TelegramError):
    """Telegram refused for good; its words are the message."""
