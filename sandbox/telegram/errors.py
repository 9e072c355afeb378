"""What the sandbox refuses with.

BotApiError    the bot asked for something that Telegram refuses; its words are Telegram's own
ConnectionCut  an injected fault: the connection is closed without an answer
ControlError   a person or a test asked the control API for something impossible
"""

from __future__ import annotations

from sandbox.telegram.model import Json


class BotApiError(Exception):
    """A Bot API answer with `ok: false`.

    `code` is both the HTTP status and `error_code`; `parameters` may hold `retry_after` (seconds)
    or `migrate_to_chat_id`.
    """

    def __init__(self, code: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> Json:
        """Give the answer's JSON."""
        answer: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


class ConnectionCut(Exception):
    """The caller gets no answer at all."""


class ControlError(Exception):
    """A control call that cannot be done; `status` is the HTTP status."""

    def __init__(self, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.status = status


def bad_request(words: str) -> BotApiError:
    """Make Telegram's usual refusal."""
    return BotApiError(400, f"Bad Request: {words}")


def forbidden(words: str) -> BotApiError:
    """Make the refusal of a bot that may not speak there."""
    return BotApiError(403, f"Forbidden: {words}")


def conflict(words: str) -> BotApiError:
    """Make the refusal of two ways to get updates at once."""
    return BotApiError(409, f"Conflict: {words}")


def too_many_requests(retry_after: int) -> BotApiError:
    """Make the flood limit's refusal; `retry_after` in whole seconds."""
    return BotApiError(
        429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after}
    )
