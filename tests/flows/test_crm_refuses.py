"""The CRM takes a write for good: who decided hears it in his own words, the owner how to look."""

from __future__ import annotations

from typing import Any

import pytest

from bot.flows.anomalies import Anomalies
from bot.flows.base import Flow
from bot.flows.duplicates import Duplicates
from bot.flows.it import It
from bot.flows.records import Role
from bot.flows.refusals import Refusals
from bot.flows.returns import Returns
from tests.flows.chat import Chat
from tests.flows.world import CALLER, LINK, REFUSED, a_lead

COMMAND = "python -m bot doctor"
CHATS: list[tuple[Flow[Any], Role, str, tuple[str, ...], str]] = [
    (Duplicates(), Role.ADMIN, "можно оформить?", ("Разрешить",), "Владелец бота предупреждён"),
    (Anomalies(), Role.ADMIN, "3990/4990", ("Цена сайта",), "Владелец бота предупреждён"),
    (Refusals(), Role.SUPERVISOR, "", ("Закрепить",), "вручную"),
    (Returns(), Role.RETURNS, "сломан", ("Беру", "Дозвонились", "Обмен"), "Владелец бота"),
    (It(), Role.IT, "CRM зависла", ("Решено",), ""),
]


@pytest.mark.parametrize(
    ("flow", "role", "words", "presses", "told"), CHATS, ids=[flow.name for flow, *_ in CHATS]
)
def test_only_the_owner_is_told_of_a_command_for_his_shell(
    flow: Flow[Any], role: Role, words: str, presses: tuple[str, ...], told: str
) -> None:
    chat = Chat(flow)
    chat.crm.knows(a_lead(REFUSED))
    olya, marat = chat.operator("Оля"), chat.person("Марат", role)
    irina = chat.person("Ирина", Role.SUPERVISOR)
    olya.posts(f"{LINK} {words}")
    chat.crm.refuses = True

    for word in presses:
        marat.presses(word)

    assert any(COMMAND in one for one in chat.owner.hears)
    everybody = [*olya.hears, *marat.hears, *irina.hears]
    assert not any(COMMAND in one for one in everybody)
    assert not told or any("вручную" in one and told in one for one in marat.hears)


def test_the_supervisors_of_returns_are_told_what_to_do_by_hand() -> None:
    chat = Chat(Returns())
    chat.crm.knows(a_lead(REFUSED))
    irina = chat.person("Ирина", Role.SUPERVISOR)
    chat.crm.refuses = True
    chat.operator("Оля").posts(f"{LINK} сломан")
    assert "вручную" in irina.hears[-1]
    assert "Владелец бота предупреждён" in irina.hears[-1]
    assert any(COMMAND in one for one in chat.owner.hears)


def test_nobody_of_that_name_is_for_him_who_decided_to_mend() -> None:
    chat = Chat(Refusals())
    chat.crm.knows(a_lead(REFUSED))
    chat.crm.strangers.add(CALLER)
    irina = chat.person("Ирина", Role.SUPERVISOR)
    chat.operator("Оля").posts(LINK)
    irina.presses("Закрепить")
    assert CALLER in irina.hears[-1]
    assert chat.owner.hears == []
