"""«Проект Белкин» on a working day: who goes off the line, and who consents."""

from __future__ import annotations

import pytest

from bot.flows.pauses import Pauses, Times
from bot.flows.records import Role
from tests.flows.chat import Chat, Somebody


@pytest.fixture
def chat() -> Chat:
    """Two may be away at once, without a supervisor."""
    return Chat(Pauses(Times(places=2)))


@pytest.fixture
def olya(chat: Chat) -> Somebody:
    return chat.operator("Оля")


@pytest.fixture
def irina(chat: Chat) -> Somebody:
    return chat.person("Ирина", Role.SUPERVISOR)
