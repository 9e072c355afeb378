"""Faults on demand: what a network and a troubled Telegram do to a bot."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Literal

from sandbox.telegram.errors import BotApiError, too_many_requests
from sandbox.telegram.model import Json

FaultKind = Literal["error", "lost_answer", "slow", "drop"]


@dataclass
class Fault:
    """What happens to the next `times` calls of `method`.

    error        answered with `code` and `description`; nothing is done
    lost_answer  done, and the connection is cut without an answer
    slow         done after `seconds`
    drop         the connection is cut; nothing is done

    `method` "*" means each method but getUpdates, which would use the fault up by itself.
    """

    method: str
    kind: FaultKind
    code: int = 500
    description: str = ""
    retry_after: int | None = None
    seconds: float = 0.0
    times: int = 1

    def error(self) -> BotApiError:
        """Give the answer of an `error` fault."""
        if self.retry_after is not None:
            return too_many_requests(self.retry_after)
        return BotApiError(self.code, self.description or HTTPStatus(self.code).phrase)


class Faults:
    """The faults that wait for their calls, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let a fault wait."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Forget all."""
        self._waiting.clear()

    def listed(self) -> list[Json]:
        """Give those that still wait, as JSON."""
        return [asdict(fault) for fault in self._waiting]

    def take(self, method: str) -> Fault | None:
        """Use one fault up for a call of this method, if one waits."""
        for fault in self._waiting:
            everywhere = fault.method == "*" and method != "getUpdates"
            if everywhere or fault.method.lower() == method.lower():
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
