from __future__ import annotations

import pytest

from bot.telegram import link_to_message


@pytest.mark.parametrize(
    ("chat", "message", "topic", "link"),
    [
        (-1001234567890, 5, 0, "https://t.me/c/1234567890/5"),
        (-1001234567890, 5, 3, "https://t.me/c/1234567890/3/5"),
        (-4242, 5, 0, ""),
        (42, 5, 0, ""),
    ],
)
def test_a_message_has_a_link_where_telegram_has_one(
    chat: int, message: int, topic: int, link: str
) -> None:
    assert link_to_message(chat, message, topic) == link
