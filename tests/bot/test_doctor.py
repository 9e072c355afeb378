"""What `doctor` says where nothing need be mended, and where Telegram itself is not well."""

from __future__ import annotations

from bot.doctor import doctor
from tests.harness import World


async def test_it_says_whether_statuses_are_found_from_the_input_line(world: World) -> None:
    said: list[str] = []
    await doctor(world.settings, said.append)
    assert "ok   inline mode: on: @bot and a word finds a status" in said
    await world.tg.control.inline_mode(on=False)
    said.clear()
    await doctor(world.settings, said.append)
    [line] = [one for one in said if "inline mode" in one]
    assert line.startswith("ok   inline mode: off")
    assert "/setinline" in line


async def test_a_telegram_that_fails_in_the_middle_is_told_in_plain_words(world: World) -> None:
    await world.tg.control.fault("getWebhookInfo", "error", code=500)
    said: list[str] = []
    assert not await doctor(world.settings, said.append)
    assert any("it knows the token, and then fails (TelegramServerError)" in one for one in said)
    # What is checked after Telegram is checked all the same.
    assert any(one.startswith("ok   CRM") for one in said), said
