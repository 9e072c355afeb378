"""«КЦ IT Вопросы» for its tests: who repairs."""

from __future__ import annotations

from bot.flows.records import Role
from tests.flows.chat import Chat, Somebody


def it_man(chat: Chat, name: str = "Костя") -> Somebody:
    return chat.person(name, Role.IT)
