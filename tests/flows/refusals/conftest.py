"""«Не проставленные отказы» on a working day: who posts, and who decides."""

from __future__ import annotations

import pytest

from tests.flows.chat import Chat, Somebody
from tests.flows.refusals.refusing import caller, refusals_chat, supervisor


@pytest.fixture
def chat() -> Chat:
    return refusals_chat()


@pytest.fixture
def olya(chat: Chat) -> Somebody:
    return caller(chat)


@pytest.fixture
def irina(chat: Chat) -> Somebody:
    return supervisor(chat)
