"""The bot's own port: the webhook, health and metrics."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from sandbox.world import MARAT, OLYA
from storage.migrate import head
from tests.bot.test_database_down import broken
from tests.harness import World
from tests.harness.port import SECRET, Port, a_world_with_webhook, an_update


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    async with a_world_with_webhook(database_url) as running:
        yield running


async def test_the_main_job_goes_through_the_webhook(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    assert (await world.press(MARAT, card, "Разрешить")).text.startswith("Разрешено")
    await world.says(card, "в CRM записано ✔")
    assert len(await world.crm.tagged(lead)) == 1
    assert world.tg.telegram.world.webhook.url == world.settings.webhook_url


async def test_without_the_secret_nobody_is_heard(world: World, port: Port) -> None:
    for secret in (None, "", "wrong", SECRET + "x", SECRET[:-1], "секрет", b"\xff\xfe"):
        assert await port.post(an_update(1), secret) == 401
    assert await port.post(an_update(1)) == 200
    assert (await port.get("/hook"))[0] == 405


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        "[]",
        "null",
        "7",
        '"x"',
        "{}",
        '{"update_id": "x"}',
        "[" * 90_000,
    ],
    ids=lambda body: repr(body)[:20],
)
async def test_garbage_is_refused_and_stops_nothing(
    world: World, port: Port, body: bytes | str
) -> None:
    assert await port.post(body) == 400
    assert await port.post(an_update(2)) == 200


async def test_an_update_that_cannot_be_read_is_set_aside_and_not_sent_again(
    world: World, port: Port
) -> None:
    assert await port.post('{"update_id": 7, "message": {"text": []}}') == 200
    assert await port.post('{"update_id": 8, "news_of_2030": {}}') == 200
    rows = await world.rows("SELECT update_id FROM set_aside ORDER BY update_id")
    assert [row[0] for row in rows] == [7, 8]


async def test_a_body_that_is_too_long_is_refused(world: World, port: Port) -> None:
    assert await port.post(io.BytesIO(b"x" * (2 * 1024 * 1024))) == 413


async def test_while_the_database_is_down_telegram_is_asked_to_come_again(
    world: World, port: Port
) -> None:
    lead = await world.crm.burning()
    body = an_update(
        3, chat={"id": world.group, "type": "supergroup"}, text=f"{world.crm.link(lead)} можно?"
    )
    with broken(world.bot.parts):
        assert await port.post(body) == 503
        assert (await port.get("/healthz"))[0] == 200
    assert await port.post(body) == 200
    assert await port.post(body) == 200
    await world.quiet()
    assert await world.count("SELECT count(*) FROM cases") == 1


async def schema_is(world: World, revision: str) -> None:
    async with world.database.transaction() as connection:
        await connection.execute(
            text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision}
        )


async def test_it_is_ready_only_with_the_current_schema(world: World, port: Port) -> None:
    assert await port.get("/healthz") == (200, '{"status": "ok"}')
    assert (await port.get("/readyz"))[0] == 200
    await schema_is(world, "0001")
    status, said = await port.get("/readyz")
    await schema_is(world, head())
    assert status == 503
    assert "python -m bot migrate" in said
    assert (await port.get("/readyz"))[0] == 200


async def test_it_stays_ready_when_a_later_release_has_migrated(world: World, port: Port) -> None:
    await schema_is(world, "9999")
    try:
        assert (await port.get("/readyz"))[0] == 200
    finally:
        await schema_is(world, head())


async def test_the_metrics_tell_what_an_operator_waits_for_and_no_names(
    world: World, port: Port
) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Разрешить")
    await world.quiet()
    await world.bot.parts.tidying.tidy()
    status, figures = await port.get("/metrics")
    assert status == 200
    for name in (
        'workchats_cases_opened_total{flow="duplicates"} 1.0',
        'workchats_decisions_total{decision="allowed",flow="duplicates"} 1.0',
        'workchats_time_to_decision_seconds_count{flow="duplicates"} 1.0',
        'workchats_outbox_depth{destination="telegram"} 0.0',
        'workchats_outbox_depth{destination="crm"} 0.0',
        'workchats_outbox_age_seconds{destination="crm"} 0.0',
        "workchats_telegram_budget_left ",
    ):
        assert name in figures
    for secret in ("Марат", "Оля", lead, SECRET, world.tg.token):
        assert secret not in figures
