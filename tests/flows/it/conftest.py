"""«КЦ IT Вопросы» on a working day: something is broken, somebody repairs it."""

from __future__ import annotations

import pytest

from bot.flows.it import It
from tests.flows.chat import Chat
from tests.flows.world import NEW, a_lead


@pytest.fixture
def chat() -> Chat:
    chat = Chat(It())
    chat.crm.knows(a_lead(NEW))
    return chat
