"""What faults write into the log: what they are and where, and nobody's name."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, update

from sandbox.world import MARAT, OLYA, OWNER
from storage import tables
from tests.harness import World


async def test_an_update_that_cannot_be_read_is_not_quoted_when_it_is_tried_again(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    message = {"message_id": "?", "from": {"id": OLYA.id, "first_name": "Тестина"}}
    await world.bot.parts.intake.take_raw({"update_id": 5, "message": message})
    await world.card(await world.post(OWNER, "/aside replay"), "не удалось: 1")
    written = capsys.readouterr().out
    for event in ("update_not_read", "replay_failed"):
        assert f"event={event} update=5 why=ValidationError" in written
    assert "Тестина" not in written


async def test_a_case_that_cannot_be_read_is_not_quoted_and_it_is_said_where_it_is_wrong(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.quiet()
    async with world.database.transaction() as connection:
        data = json.dumps(await connection.scalar(select(tables.cases.c.data)))
        assert '"name": "' in data
        unknown = json.loads(data.replace('"name":', '"called":'))
        await connection.execute(update(tables.cases).values(data=unknown))
    await world.press_data(MARAT, card, await world.button(card, "Разрешить"), wait=0.1)
    await world.told(OWNER, "отложено", "OtherRelease")
    written = capsys.readouterr().out
    assert "event=update_set_aside" in written
    assert "OtherRelease: duplicates, waiting: ValidationError at askers.0.person.name" in written
    assert "Оля" not in written
