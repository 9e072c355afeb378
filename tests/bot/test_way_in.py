"""Two processes with one token: nobody waits for a wrong reason, and people hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiogram.exceptions import TelegramConflictError
from structlog.testing import capture_logs

from sandbox.telegram.model import Webhook
from sandbox.world import OLYA, OWNER
from tests.bot.test_database_down import broken
from tests.harness import World, a_world, eventually
from tests.harness.port import SECRET, a_world_with_webhook
from tests.harness.time import PATIENCE

#: Nobody listens there.
ELSEWHERE = "http://127.0.0.1:9/Secret/path"


def why(said: list[Any], event: str) -> set[str]:
    """The reasons that the log gives for it."""
    return {str(one["why"]) for one in said if one["event"] == event}


async def times_told(world: World, words: str) -> int:
    """So often the owner has heard it."""
    return len([text for text in await world.private(OWNER) if words in text])


# --- one polls ------------------------------------------------------------------------------------


async def test_who_polls_while_a_webhook_is_set_says_so_and_goes_on_when_it_is_gone(
    world: World,
) -> None:
    assert await world.tg.telegram.polling.begun(PATIENCE)
    with capture_logs() as said:
        await world.bot.parts.bot.set_webhook(ELSEWHERE)
        post = await world.ask(OLYA, await world.crm.burning())
        await world.told(OWNER, "включён webhook", "Остановите его")
    assert all("a webhook is set" in one for one in why(said, "polling_conflict"))
    # It is another's, who may be at work: it is not taken away behind his back.
    assert world.tg.telegram.world.webhook.url == ELSEWHERE

    await world.bot.parts.bot.delete_webhook()
    await world.card(post, "Можно ли оформить?")


async def test_the_owner_hears_of_a_webhook_once_an_hour(world: World) -> None:
    refused = world.bot.parts.way_in.refused
    words = "Conflict: can't use getUpdates method while webhook is active"
    for _ in range(30):
        await refused(words)
    await world.quiet()
    assert await times_told(world, "включён webhook") == 1
    world.clock.advance(3600)
    for _ in range(6):
        await refused(words)
    await world.quiet()
    assert await times_told(world, "включён webhook") == 2


async def test_who_polls_beside_another_tells_the_owner_of_two(world: World) -> None:
    bot = world.bot.parts.bot

    async def polls_too() -> None:
        while True:
            with suppress(TelegramConflictError):
                await bot.get_updates(offset=0, timeout=0)
            await asyncio.sleep(0.01)

    with capture_logs() as said:
        other = asyncio.create_task(polls_too())
        try:
            await world.told(OWNER, "работает ещё один бот", "то мне, то ему")
        finally:
            other.cancel()
    assert all("another process polls" in one for one in why(said, "polling_conflict"))
    await world.card(await world.ask(OLYA, await world.crm.burning()), "Можно ли оформить?")


async def test_a_refusal_now_and_then_alarms_nobody(world: World) -> None:
    """Each restart may bring one."""
    for _ in range(20):
        await world.bot.parts.way_in.refused("Conflict: terminated by other getUpdates request")
        world.clock.advance(100)
    await world.quiet()
    assert await world.private(OWNER) == []


async def test_who_starts_to_poll_removes_the_webhook_and_loses_nothing_that_waits(
    database_url: str,
) -> None:
    async with a_world(database_url, running=False) as world:
        world.tg.telegram.world.webhook = Webhook(ELSEWHERE)
        post = await world.ask(OLYA, await world.crm.burning())
        with capture_logs() as said:
            await world.start_bot()
            await world.card(post, "Можно ли оформить?")
        [removed] = [one for one in said if one["event"] == "webhook_removed"]
        assert removed["host"] == "127.0.0.1"
        assert "Secret" not in str(said)


@pytest.mark.parametrize("answer", ["error", "drop"])
async def test_a_start_waits_until_telegram_tells_of_the_webhook(
    database_url: str, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr("bot.way_in._PAUSE", 0.01)
    async with a_world(database_url, running=False) as world:
        world.tg.telegram.world.webhook = Webhook(ELSEWHERE)
        for method in ("getWebhookInfo", "deleteWebhook"):
            await world.tg.control.fault(method, answer)
        await world.start_bot()
        await world.card(await world.ask(OLYA, await world.crm.burning()), "Можно ли оформить?")


# --- one has the webhook --------------------------------------------------------------------------


@asynccontextmanager
async def a_webhook(database_url: str) -> AsyncIterator[World]:
    """The bot has set it."""
    async with a_world_with_webhook(database_url) as world:

        async def is_set() -> bool:
            return world.tg.telegram.world.webhook.url == world.settings.webhook_url

        await eventually(is_set, "the webhook is set")
        yield world


@asynccontextmanager
async def a_watched_webhook(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """The bot looks at once, and again and again."""
    monkeypatch.setattr("bot.way_in._LOOK_EVERY", 0.02)
    async with a_webhook(database_url) as world:
        yield world


async def test_a_webhook_that_a_poller_has_removed_is_set_again_and_nothing_is_lost(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_watched_webhook(database_url, monkeypatch) as world:
        # What fails now and then is looked at again.
        await world.tg.control.fault("getWebhookInfo", "error", code=502)
        with capture_logs() as said:
            world.tg.telegram.world.webhook = Webhook()
            post = await world.ask(OLYA, await world.crm.burning())
            await world.card(post, "Можно ли оформить?")
            await world.told(OWNER, "снял webhook", "поставил его снова")
        assert all("stop whatever polls" in one for one in why(said, "webhook_gone"))
        assert world.tg.telegram.world.webhook.url == world.settings.webhook_url


async def test_a_webhook_is_set_again_while_the_database_is_away(database_url: str) -> None:
    async with a_webhook(database_url) as world:
        world.tg.telegram.world.webhook = Webhook()
        with broken(world.bot.parts):
            await world.bot.parts.way_in.look()
        assert world.tg.telegram.world.webhook.url == world.settings.webhook_url


async def test_another_s_webhook_is_left_to_people_who_are_told(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_watched_webhook(database_url, monkeypatch) as world:
        with capture_logs() as said:
            world.tg.telegram.world.webhook = Webhook(ELSEWHERE)
            await world.told(OWNER, "на чужой адрес", "Остановите его")
        assert {one["host"] for one in said if one["event"] == "webhook_elsewhere"} == {"127.0.0.1"}
        assert "Secret" not in str(said)
        assert world.tg.telegram.world.webhook.url == ELSEWHERE


async def test_another_s_webhook_for_a_moment_alarms_nobody(database_url: str) -> None:
    """Replicas that are restarted with another address: the older ones see it before they go."""
    async with a_webhook(database_url) as world:
        hook = world.tg.telegram.world.webhook
        for now in (Webhook(ELSEWHERE), hook, Webhook(ELSEWHERE), hook):
            world.tg.telegram.world.webhook = now
            await world.bot.parts.way_in.look()
        await world.quiet()
        assert await world.private(OWNER) == []


# --- nobody listens there -------------------------------------------------------------------------


async def test_an_address_that_telegram_refuses_is_named_and_told(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.way_in._PAUSE", 0.01)
    refusal = "Bad Request: bad webhook: Failed to resolve host"
    async with a_world(
        database_url, running=False, webhook_url=ELSEWHERE, webhook_secret=SECRET
    ) as world:
        world.clock.begin_an_hour()
        fault = {"code": 400, "description": refusal, "times": 12}
        await world.tg.control.fault("setWebhook", "error", **fault)
        with capture_logs() as said:
            await world.start_bot()
            await world.told(OWNER, "не принимает адрес webhook", "Failed to resolve host")

            async def is_set() -> bool:
                return world.tg.telegram.world.webhook.url == ELSEWHERE

            await eventually(is_set, "it is tried again")
        assert why(said, "webhook_refused") == {refusal}
        await world.quiet()
        assert await times_told(world, "не принимает адрес") == 1


async def test_a_webhook_that_cannot_be_set_again_is_told(database_url: str) -> None:
    async with a_webhook(database_url) as world:
        world.tg.telegram.world.webhook = Webhook()
        refusal = "Bad Request: bad webhook: Failed to resolve host"
        await world.tg.control.fault("setWebhook", "error", code=400, description=refusal)
        await world.bot.parts.way_in.look()
        await world.told(OWNER, "не принимает адрес webhook", "Failed to resolve host")
        await world.bot.parts.way_in.look()
        assert world.tg.telegram.world.webhook.url == world.settings.webhook_url


async def test_what_telegram_fails_to_bring_is_told_to_the_owner(database_url: str) -> None:
    async with a_webhook(database_url) as world:
        # As a proxy that passes nothing on.
        world.tg.telegram.world.webhook.secret_token = "another"
        await world.ask(OLYA, await world.crm.burning())

        async def has_failed() -> bool:
            return world.tg.telegram.world.webhook.last_error_date is not None

        await eventually(has_failed, "Telegram has tried")
        with capture_logs() as said:
            for _ in range(3):
                assert why(said, "webhook_unheard") == set()
                await world.bot.parts.way_in.look()
        assert why(said, "webhook_unheard") == {"Wrong response from the webhook: 401 Unauthorized"}
        await world.told(OWNER, "не может передать", "401", "сертификат")


async def test_a_failure_that_is_over_alarms_nobody(database_url: str) -> None:
    async with a_webhook(database_url) as world:
        hook = world.tg.telegram.world.webhook
        hook.last_error_date = int(world.clock().timestamp())
        hook.last_error_message = "Connection failed"
        for _ in range(5):
            await world.bot.parts.way_in.look()
        await world.quiet()
        assert await world.private(OWNER) == []
