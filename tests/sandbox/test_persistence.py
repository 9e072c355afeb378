from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sandbox.telegram import TelegramSandbox, new_world
from sandbox.telegram.persistence import load, save
from tests.sandbox.hand_driven import HandDrivenBot, button, buttons


async def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    state = tmp_path / "kept" / "telegram.json"
    async with TelegramSandbox(state=state, limits=False) as tg, HandDrivenBot(tg) as bot:
        olya = (await tg.control.person("Оля"))["id"]
        chat = (await tg.control.chat("чат", creator=olya, members=[tg.bot_id]))["id"]
        await bot.updates()
        sent = await bot.send(
            chat, "<b>карточка</b>", parse_mode="HTML", reply_markup=buttons([button()])
        )
        await tg.control.post(chat, olya, "ответ", reply_to=sent["message_id"])
        press = await tg.control.press(chat, sent["message_id"], olya, "yes")
        await tg.control.privacy(on=True)
        await tg.control.advance(60)
        pending = await bot.ok("getUpdates")
        before = await tg.control.messages(chat)
        world = await tg.control.world()
    async with TelegramSandbox(state=state) as tg, HandDrivenBot(tg) as bot:
        assert await tg.control.messages(chat) == before
        assert await bot.ok("getUpdates") == pending
        again = await tg.control.world()
        assert again["now"] >= world["now"]
        assert {**again, "now": 0} == {**world, "now": 0}
        await bot.ok("answerCallbackQuery", callback_query_id=press["query_id"])
        assert (await bot.send(chat))["message_id"] == before[-1]["message_id"] + 1


async def test_what_the_bot_sent_can_still_be_taken_after_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "telegram.json"
    async with TelegramSandbox(state=state) as tg:
        tg.telegram.files.put("file-sandboxdoc1", b"1;2")
    async with TelegramSandbox(state=state) as tg:
        assert await tg.control.file("file-sandboxdoc1") == b"1;2"


async def test_a_change_is_written_without_waiting_for_the_end(tmp_path: Path) -> None:
    state = tmp_path / "telegram.json"
    async with TelegramSandbox(state=state) as tg:
        assert load(state) is None
        await tg.control.person("Оля")
        async with asyncio.timeout(5):
            assert tg._file is not None
            await tg._file.written.wait()
        kept = load(state)
    assert kept is not None
    assert [person.first_name for person in kept.people.values()] == ["Оля"]


def test_a_world_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    state = tmp_path / "telegram.json"
    world = new_world("42:a", username="a_bot", first_name="А", privacy=False, limits=True)
    save(world, state)
    world.privacy = True
    save(world, state)
    assert load(state) == world
    # Nothing half written stays beside it.
    assert [path.name for path in tmp_path.iterdir()] == ["telegram.json"]


async def test_a_file_that_is_no_world_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "telegram.json"
    state.write_text("{")
    with pytest.raises(ValueError, match="JSON"):
        TelegramSandbox(state=state)


async def test_another_bots_world_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "telegram.json"
    async with TelegramSandbox("42:a", state=state):
        pass
    with pytest.raises(ValueError, match="belongs to the bot 42"):
        TelegramSandbox("43:b", state=state)
    with pytest.raises(ValueError, match="numeric id"):
        TelegramSandbox("secret")
