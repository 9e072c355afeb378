"""A press may come before the bot has noted the card that it was on."""

from __future__ import annotations

import pytest

from storage.db import Database
from storage.messages import MessageRow
from storage.uow import Storage
from tests.storage.conftest import a_case


@pytest.mark.parametrize("shown", ["", "as sent"])
async def test_a_card_that_is_noted_twice_is_one_card_as_noted_last(
    database_url: str, shown: str
) -> None:
    database = Database(database_url)
    try:
        storage = Storage(database)
        async with storage.change() as uow:
            case = await a_case(uow)

        def card(looks: str) -> MessageRow:
            return MessageRow(
                chat_id=-1, message_id=2, case_id=case.id, kind="card", current=True, shown=looks
            )

        for looks in ("before", shown):
            async with storage.change() as uow:
                await uow.messages.note(card(looks))
        async with storage.look() as uow:
            assert await uow.messages.card(case.id) == card(shown)
    finally:
        await database.close()
