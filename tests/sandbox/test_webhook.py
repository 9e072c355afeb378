from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from sandbox.telegram import Clock, TelegramSandbox
from tests.sandbox.hand_driven import HandDrivenBot, Json


class Hook:
    """A bot's webhook that answers as it is told, 200 in the end, and remembers what came."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.reply: Json | None = None
        self.came: list[tuple[str | None, Json]] = []
        self.full = asyncio.Event()
        self.expected = 1
        self.url = ""
        #: Updates with these numbers get no answer before `let_go`.
        self.held: set[int] = set()
        self.let_go = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        update = await request.json()
        self.came.append((secret, update))
        if len(self.came) >= self.expected:
            self.full.set()
        if self.held and _number(update) in self.held:
            await self.let_go.wait()
        status = self.statuses.pop(0) if self.statuses else 200
        return web.json_response(self.reply or {}, status=status)

    async def expect(self, count: int) -> list[Json]:
        """Wait until so many requests have come, and give their updates."""
        self.expected = count
        if len(self.came) < count:
            self.full.clear()
            async with asyncio.timeout(5):
                await self.full.wait()
        return [update for _, update in self.came]


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    made = Hook()
    app = web.Application()
    app.router.add_post("/hook", made.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
async def tg(waits: list[float]) -> AsyncIterator[TelegramSandbox]:
    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    async with TelegramSandbox(clock=Clock(lambda: 1.8e9), limits=False, sleep=sleep) as running:
        yield running


async def test_updates_are_pushed_in_order_with_the_secret(
    tg: TelegramSandbox, bot: HandDrivenBot, hook: Hook
) -> None:
    await tg.control.push({"message": {"n": 1}})
    await bot.ok("setWebhook", url=hook.url, secret_token="s3cret")
    await tg.control.push({"message": {"n": 2}})
    updates = await hook.expect(2)
    assert [update["message"]["n"] for update in updates] == [1, 2]
    assert {secret for secret, _ in hook.came} == {"s3cret"}


async def test_a_refused_update_is_tried_again_before_the_next(
    tg: TelegramSandbox, bot: HandDrivenBot, hook: Hook, waits: list[float]
) -> None:
    hook.statuses = [500, 503]
    await bot.ok("setWebhook", url=hook.url)
    await tg.control.push({"message": {"n": 1}})
    await tg.control.push({"message": {"n": 2}})
    updates = await hook.expect(4)
    assert [update["message"]["n"] for update in updates] == [1, 1, 1, 2]
    assert waits == [0.5, 1.0]
    info = await bot.ok("getWebhookInfo")
    words = "Wrong response from the webhook: 503 Service Unavailable"
    assert info["last_error_message"] == words
    assert info["url"] == hook.url


async def test_polling_is_a_conflict_while_a_webhook_is_set(bot: HandDrivenBot, hook: Hook) -> None:
    await bot.ok("setWebhook", url=hook.url)
    answer = await bot.call("getUpdates")
    assert answer["error_code"] == 409
    assert answer["description"].startswith(
        "Conflict: can't use getUpdates method while webhook is active"
    )
    await bot.ok("deleteWebhook")
    assert await bot.ok("getUpdates") == []


async def test_the_answer_to_a_push_can_be_a_call(
    tg: TelegramSandbox, bot: HandDrivenBot, hook: Hook
) -> None:
    olya = await tg.control.person("Оля")
    hook.reply = {"method": "sendMessage", "chat_id": olya["id"], "text": "привет"}
    await bot.ok("setWebhook", url=hook.url)
    await tg.control.start(olya["id"])
    await tg.control.until(olya["id"], lambda message: message["text"] == "привет")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"url": "http://bot.example/"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        (
            {"url": "https://bot.example/", "secret_token": "a b"},
            "secret token contains unallowed characters",
        ),
    ],
)
async def test_a_bad_webhook_is_refused(bot: HandDrivenBot, params: Json, words: str) -> None:
    assert await bot.refused("setWebhook", **params) == f"Bad Request: {words}"


async def test_pending_updates_can_be_dropped(tg: TelegramSandbox, bot: HandDrivenBot) -> None:
    await tg.control.push({"message": {}})
    assert (await bot.ok("getWebhookInfo"))["pending_update_count"] == 1
    await bot.ok("deleteWebhook", drop_pending_updates=True)
    assert (await bot.ok("getWebhookInfo"))["pending_update_count"] == 0


async def test_a_chat_whose_update_is_refused_holds_up_no_other_chat(
    tg: TelegramSandbox, bot: HandDrivenBot, hook: Hook
) -> None:
    hook.held = {1}
    await bot.ok("setWebhook", url=hook.url)
    for chat, number in ((1, 1), (1, 2), (2, 3)):
        await tg.control.push({"message": {"n": number, "chat": {"id": chat}}})
    await tg.control.push({"callback_query": {"n": 4, "from": {"id": 1}}})
    updates = await hook.expect(3)
    assert sorted(map(_number, updates)) == [1, 3, 4]
    hook.let_go.set()
    updates = await hook.expect(4)
    assert _number(updates[-1]) == 2


async def test_no_more_connections_are_opened_than_the_bot_wants(
    tg: TelegramSandbox, bot: HandDrivenBot, hook: Hook
) -> None:
    hook.held = {1, 2, 3}
    await bot.ok("setWebhook", url=hook.url, max_connections=2)
    for chat in (1, 2, 3):
        await tg.control.push({"message": {"n": chat, "chat": {"id": chat}}})
    await hook.expect(2)
    assert (await bot.ok("getWebhookInfo"))["pending_update_count"] == 3
    assert len(hook.came) == 2
    hook.let_go.set()
    await hook.expect(3)


async def test_what_is_shuffled_while_another_update_is_under_way_is_pushed_all_the_same(
    tg: TelegramSandbox, bot: HandDrivenBot, hook: Hook
) -> None:
    hook.held = {1, 2}
    await bot.ok("setWebhook", url=hook.url)
    for chat, number in ((1, 1), (2, 2), (1, 3), (2, 4), (1, 5), (2, 6)):
        await tg.control.push({"message": {"n": number, "chat": {"id": chat}}})
    await hook.expect(2)
    assert await tg.control.shuffle(1) == 6
    hook.held.clear()
    hook.let_go.set()
    updates = await hook.expect(6)
    assert sorted(map(_number, updates)) == [1, 2, 3, 4, 5, 6]


def _number(update: Json) -> int:
    [payload] = (payload for name, payload in update.items() if name != "update_id")
    number: int = payload["n"]
    return number
