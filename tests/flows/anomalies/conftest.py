"""«Аномальные заказы» on a working day: two leads of one project."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.flows.anomalies import Anomalies
from tests.flows.anomalies.pricing import OTHER
from tests.flows.chat import Chat
from tests.flows.world import NEW, a_lead


@pytest.fixture
def chat() -> Chat:
    """A working day: two leads of one project."""
    chat = Chat(Anomalies())
    lead = replace(a_lead(NEW), currency="RUB", total=Decimal(3990), items=a_lead(NEW).items[:2])
    chat.crm.knows(lead)
    chat.crm.knows(replace(lead, id=OTHER, number="36974"))
    return chat
