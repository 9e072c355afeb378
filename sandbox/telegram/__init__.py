"""A strict stand-in for the Bot API of Telegram.

`TelegramSandbox` runs it; `ControlClient` is its people; `Clock` is its time.
"""

from __future__ import annotations

from sandbox.telegram.clock import Clock
from sandbox.telegram.control_client import ControlClient
from sandbox.telegram.errors import ControlError
from sandbox.telegram.server import TelegramSandbox, create_app
from sandbox.telegram.telegram import Telegram, new_world

__all__ = [
    "Clock",
    "ControlClient",
    "ControlError",
    "Telegram",
    "TelegramSandbox",
    "create_app",
    "new_world",
]
