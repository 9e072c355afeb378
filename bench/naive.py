"""What the product is measured against: the shortest bot that makes the same calls.

It has no database: it forgets everything when it stops, asks nobody who he is, and loses whatever
fails. It makes the calls that the product makes, in the same order: a lead, its duplicates and what
the list knows of them; the card; the answer to the press; the lead again, the comment and its
proof; the edit; the word to the operator.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.middlewares.base import BaseRequestMiddleware
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramRetryAfter
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message


class Crm:
    """Just enough of CRMKA's API."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def log_in(self, login: str, password: str) -> None:
        """Take the account's one session."""
        body = {"login": login, "password": password}
        token = (await self.call("POST", "users/auth", json=body))["token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    async def call(self, method: str, path: str, **more: Any) -> Any:
        """One call, JSON in and out."""
        async with self._http.request(method, f"/api/v2/{path}", **more) as response:
            response.raise_for_status()
            return await response.json()


@dataclass(frozen=True, slots=True)
class Shown:
    """A card: its words, and its one button."""

    text: str
    keyboard: InlineKeyboardMarkup


@dataclass(frozen=True, slots=True)
class Pressed:
    """A press: the lead, the id of the operator who asked, and what was decided by whom."""

    lead: str
    operator: int
    said: str


def lead_of(message: Message) -> str | None:
    """The key in a lead link."""
    found = re.search(r"/orders/([0-9a-f]{10})", message.text or "")
    return None if found is None else found[1]


async def read_card(key: str, message: Message, crm: Crm) -> Shown:
    """The lead, its duplicates, and what the list knows of the first of them."""
    assert message.from_user is not None
    lead = await crm.call("GET", f"orders/{key}")
    doubles = [row for row in await crm.call("GET", f"order_doubles/{key}") if row["key"] != key]
    wanted = json.dumps(["key", "=", doubles[0]["key"]])
    query = {"filter": wanted, "skip": "0", "take": "1"}
    first = (await crm.call("GET", "orders", params=query))["data"][0]
    status = (first["status_1"] or {}).get("name")
    button = InlineKeyboardButton(
        text="Разрешить", callback_data=f"{key}:{message.from_user.id}", style="success"
    )
    return Shown(
        f"Дубль {key}: {lead['projects']['title']}, спрашивает {message.from_user.full_name}\n"
        f"Первый заказ: {status}, {first['created_at']}",
        InlineKeyboardMarkup(inline_keyboard=[[button]]),
    )


async def show(message: Message, card: Shown) -> None:
    """As an answer to the post."""
    await message.reply(card.text, reply_markup=card.keyboard)


def press_of(query: CallbackQuery) -> Pressed:
    """What the button said."""
    key, _, operator = (query.data or "").partition(":")
    return Pressed(key, int(operator), f"Оформлять можно: {query.from_user.full_name}")


async def write(press: Pressed, crm: Crm) -> None:
    """The comment, and its proof."""
    lead = await crm.call("GET", f"orders/{press.lead}")
    change = {"phones": lead["phones"], "comment": press.said}
    after = await crm.call("PUT", f"orders/{press.lead}", json=change)
    assert any(comment["text"] == press.said for comment in after["comments"])


async def edit(press: Pressed, card: Message) -> None:
    """The card says that it is written."""
    await card.edit_text(f"{press.said}\nв CRM записано\n{press.lead}")


async def on_post(message: Message, crm: Crm) -> None:
    """A lead link becomes a card."""
    key = lead_of(message)
    if key is not None and message.from_user is not None:
        await show(message, await read_card(key, message, crm))


async def on_press(query: CallbackQuery, crm: Crm, bot: Bot, replies: bool) -> None:  # noqa: FBT001
    """One press decides."""
    await query.answer("Разрешено")
    press = press_of(query)
    await write(press, crm)
    if isinstance(query.message, Message):
        await edit(press, query.message)
    if replies and isinstance(query.message, Message):
        await query.message.reply(f"{press.said}: {press.lead}")
    else:
        await bot.send_message(press.operator, f"{press.said}: {press.lead}")


class Patient(BaseRequestMiddleware):
    """Waits for as long as a 429 says, and tries again."""

    async def __call__(self, make_request: Any, bot: Bot, method: Any) -> Any:
        """Make the call."""
        while True:
            try:
                return await make_request(bot, method)
            except TelegramRetryAfter as busy:
                await asyncio.sleep(busy.retry_after)


def make_dispatcher() -> Dispatcher:
    """All that it does."""
    dispatcher = Dispatcher()
    dispatcher.message.register(on_post)
    dispatcher.callback_query.register(on_press)
    return dispatcher


def make_bot(token: str, telegram_url: str) -> Bot:
    """Its side of Telegram."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(telegram_url))
    session.middleware(Patient())
    return Bot(token, session=session)


@contextlib.asynccontextmanager
async def running_naive(
    token: str, telegram_url: str, crm_url: str, login: str, password: str
) -> AsyncIterator[None]:
    """Let it run in this process, as most such bots do: outcomes are replies in the group."""
    bot, dispatcher = make_bot(token, telegram_url), make_dispatcher()
    async with aiohttp.ClientSession(crm_url) as http:
        crm = Crm(http)
        await crm.log_in(login, password)
        polling = asyncio.create_task(
            dispatcher.start_polling(bot, crm=crm, replies=True, handle_signals=False)
        )
        try:
            yield
        finally:
            await dispatcher.stop_polling()
            await polling


async def main() -> None:
    """Run until the signal; the environment is the product's."""
    bot, dispatcher = (
        make_bot(os.environ["BOT_TOKEN"], os.environ["TELEGRAM_API_URL"]),
        make_dispatcher(),
    )
    async with aiohttp.ClientSession(os.environ["CRM_URL"]) as http:
        crm = Crm(http)
        await crm.log_in(os.environ["CRM_LOGIN"], os.environ["CRM_PASSWORD"])
        dispatcher.startup.register(lambda: print("ready", file=sys.stderr, flush=True))
        await dispatcher.start_polling(bot, crm=crm, replies=False)


if __name__ == "__main__":
    asyncio.run(main())
