"""«Не проставленные отказы» for its tests: a lead that was refused before, and who talked on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.flows.records import Role
from bot.flows.refusals import Refusals
from crm_api.port import Call, Disposition
from tests.flows.chat import Chat, Somebody
from tests.flows.world import NOW, REFUSED, a_lead

VERA, GLEB, ANNA = "Ильина Вера", "Гудков Глеб", "Орлова Анна"


def refusals_chat() -> Chat:
    """Whose CRM knows nothing yet."""
    return Chat(Refusals())


def caller(chat: Chat) -> Somebody:
    """Оля, whom the CRM knows, too."""
    return chat.person("Оля", crm_name="Орешкина Ольга")


def supervisor(chat: Chat) -> Somebody:
    """Who decides."""
    return chat.person("Ирина", Role.SUPERVISOR)


def a_call(operator: str, talked: int, *, day: int = 0, answered: bool = True) -> Call:
    """A call of some day before the post; they were made in the order of their days."""
    return Call(
        operator=operator,
        started_at=NOW - timedelta(days=20 - day),
        talked=talked,
        answered=answered,
        recording="https://crm.example/orders/records/1.wav",
    )


def a_refused_lead(
    chat: Chat, *calls: Call, status: Disposition = REFUSED, manager: str = ""
) -> None:
    """What the CRM knows; without calls Вера talked first, and Глеб after her."""
    made: Sequence[Call] = calls or (a_call(VERA, 184), a_call(GLEB, 97, day=1))
    chat.crm.knows(replace(a_lead(status), calls=tuple(made), manager=manager))
