"""The decision core: what chats share, a file or a folder for each, and the list of them."""

from __future__ import annotations

from typing import Any

from bot.flows.anomalies import Anomalies
from bot.flows.base import Flow
from bot.flows.duplicates import Duplicates
from bot.flows.it import It
from bot.flows.pauses import Pauses
from bot.flows.refusals import Refusals
from bot.flows.returns import Returns

#: Every working chat that the bot can run. A new one is one line here.
FLOWS: tuple[type[Flow[Any]], ...] = (
    Duplicates,
    Refusals,
    Anomalies,
    Returns,
    It,
    Pauses,
)
