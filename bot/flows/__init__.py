"""The decision core: one file per working chat, and the explicit list of them."""

from __future__ import annotations

from typing import Any

from bot.flows.anomalies import Anomalies
from bot.flows.base import Flow
from bot.flows.duplicates import Duplicates

#: Every working chat that the bot can run. A new one is one line here.
FLOWS: tuple[type[Flow[Any]], ...] = (Duplicates, Anomalies)
