"""«Проект Белкин» for its tests: who is off the line already."""

from __future__ import annotations

from tests.flows.chat import Chat, Somebody


def two_are_away(chat: Chat) -> tuple[Somebody, Somebody]:
    """As many as may be without a supervisor."""
    first, second = chat.operator("Тимур"), chat.operator("Ануш")
    first.posts("обед")
    second.posts("перерыв 15")
    return first, second
