"""The demo's people and chats are set up as an owner would, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.flows import FLOWS
from sandbox.telegram.errors import ControlError
from sandbox.telegram.server import TelegramSandbox
from sandbox.world import ADMINS, ANUSH, CHATS, MARAT, OPERATORS, OWNER, PEOPLE, STRANGER, settle

BOT = "workchats_bot"


async def test_the_owner_makes_the_group_with_its_people_and_the_bot_as_administrator() -> None:
    async with TelegramSandbox() as sandbox:
        ids = await settle(sandbox.url, BOT)
        world = await sandbox.control.world()
    group = next(chat for chat in world["chats"] if chat["title"] == "РФ Админы")
    statuses = {member["user_id"]: member["status"] for member in group["members"]}
    assert ids == {chat["title"]: chat["id"] for chat in world["chats"]}
    assert list(ids) == [chat.title for chat in CHATS]
    assert statuses == {
        OWNER.id: "creator",
        sandbox.bot_id: "administrator",
        **{person.id: "member" for person in (*OPERATORS, *ADMINS)},
    }


async def test_the_owner_binds_the_chat_and_then_gives_the_roles() -> None:
    async with TelegramSandbox() as sandbox:
        ids = await settle(sandbox.url, BOT)
        posts = await sandbox.control.messages(ids["РФ Админы"])
    texts = [post["text"] for post in posts if "text" in post]
    assert texts[0] == "/bind duplicates"
    assert texts[1:] == [f"/role admin {admin.id}" for admin in ADMINS]


def test_every_working_chat_is_in_the_demo() -> None:
    assert sorted(chat.flow for chat in CHATS) == sorted(kind.name for kind in FLOWS)


async def test_every_chat_of_the_demo_is_bound_as_its_owner_would() -> None:
    async with TelegramSandbox() as sandbox:
        ids = await settle(sandbox.url, BOT)
        for chat in CHATS:
            posts = await sandbox.control.messages(ids[chat.title])
            assert [post["text"] for post in posts if "text" in post] == [*chat.commands()]


async def test_people_start_the_bot_except_those_who_show_what_happens_without() -> None:
    async with TelegramSandbox() as sandbox:
        await settle(sandbox.url, BOT)
        world = await sandbox.control.world()
    silent = {person["id"] for person in world["people"] if not person["started"]}
    assert silent == {ANUSH.id, STRANGER.id}
    assert {person["last_name"] for person in world["people"]} == {"Демо"}


async def test_a_kept_world_stays_as_it_is(tmp_path: Path) -> None:
    state = tmp_path / "telegram.json"
    async with TelegramSandbox(state=state) as sandbox:
        ids = await settle(sandbox.url, BOT)
        await sandbox.control.block(MARAT.id)
        before = await sandbox.control.messages(ids["РФ Админы"])
    async with TelegramSandbox(state=state) as sandbox:
        assert await settle(sandbox.url, BOT) == ids
        world = await sandbox.control.world()
        assert await sandbox.control.messages(ids["РФ Админы"]) == before
    assert len(world["people"]) == len(PEOPLE)
    assert len(world["chats"]) == len(CHATS)
    assert [person["id"] for person in world["people"] if person["blocked"]] == [MARAT.id]


async def test_a_wrong_bot_name_is_said_plainly() -> None:
    async with TelegramSandbox() as sandbox:
        with pytest.raises(ControlError, match="no bot @nobody"):
            await settle(sandbox.url, "nobody")
