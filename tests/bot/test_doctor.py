"""What `doctor` says where nothing need be mended, and where Telegram itself is not well."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.doctor import doctor
from sandbox.telegram.model import Webhook
from tests.harness import World, a_world
from tests.harness.port import SECRET
from tests.harness.time import PATIENCE


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


async def test_neither_it_nor_the_bot_reads_a_file_of_settings_that_it_was_not_told_of(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("DUPLICATES_UNDO=soon\n")
    monkeypatch.chdir(tmp_path)
    async with a_world(database_url, bound=False) as world:
        said: list[str] = []
        await doctor(world.settings, said.append)
        assert "ok   settings: every setting is understood" in said


async def test_a_telegram_that_fails_in_the_middle_is_told_in_plain_words(world: World) -> None:
    # The bot itself asks for that as it starts.
    assert await world.tg.telegram.polling.begun(PATIENCE)
    await world.tg.control.fault("getWebhookInfo", "error", code=500)
    said: list[str] = []
    assert not await doctor(world.settings, said.append)
    assert any("it knows the token, and then fails (TelegramServerError)" in one for one in said)
    # What is checked after Telegram is checked all the same.
    assert any(one.startswith("ok   CRM") for one in said), said


async def test_it_says_whether_telegram_knows_the_webhook(world: World) -> None:
    address = "http://127.0.0.1:9/hook"
    settings = world.settings.model_copy(
        update={"webhook_url": address, "webhook_secret": SecretStr(SECRET)}
    )
    found = []
    for there in ("", address):
        world.tg.telegram.world.webhook = Webhook(there)
        said: list[str] = []
        await doctor(settings, said.append)
        found += [one for one in said if "webhook" in one]
    assert found == ["ok   webhook: not set now: `run` sets it", "ok   webhook: set"]
