"""The calls of every round: what goes out is what aiogram's own objects would say, but sooner."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiogram import Bot
from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot import errors
from bot.cards import Card, Key
from bot.telegram import Answers, Messenger
from bot.wire import make_bot

GROUP = -1001234567890
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
WORDS = "<b>Можно ли оформить?</b>\nОля «Демо» & Ко · 2 990 ₽ 🏷"
ROWS = (
    (Key(text="Разрешить ✅", data="7:1:allow", style="success"), Key(text="Нет", data="7:1:deny")),
    (Key(text="Отменить решение", data="7:1:undo:a"),),
)
SENT = {"message_id": 12, "date": 1_790_000_000, "chat": {"id": GROUP, "type": "supergroup"}}


@dataclass
class Telegram:
    """Takes down what it is told, word by word, and answers as a test says."""

    bot: Bot
    asked: list[tuple[str, Any]] = field(default_factory=list)
    status: int = 200
    answer: Any = field(default_factory=lambda: {"ok": True, "result": SENT})

    @property
    def last(self) -> tuple[str, Any]:
        """What it was told last: the method and its parameters."""
        return self.asked[-1]


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    async def take(request: web.Request) -> web.Response:
        assert request.content_type == "application/json"
        peer.asked.append((request.match_info["method"], json.loads(await request.read())))
        said = peer.answer if isinstance(peer.answer, str) else json.dumps(peer.answer)
        return web.Response(text=said, status=peer.status, content_type="application/json")

    app = web.Application()
    app.router.add_post("/bot{token}/{method}", take)
    async with TestServer(app) as server:
        bot = make_bot("123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11", str(server.make_url("")))
        peer = Telegram(bot)
        yield peer
        # aiogram would wait a quarter of a second for TLS.
        await (await bot.session.create_session()).close()  # type: ignore[attr-defined]


def keyboard(card: Card) -> InlineKeyboardMarkup | None:
    """The buttons as aiogram's objects."""
    if not card.buttons:
        return None
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [
                InlineKeyboardButton(text=key.text, callback_data=key.data, style=key.style or None)
                for key in row
            ]
            for row in card.buttons
        ]
    )


@pytest.mark.parametrize("buttons", [(), ROWS])
@pytest.mark.parametrize(("topic", "reply"), [(0, 0), (5, 0), (0, 10), (5, 10)])
async def test_a_message_goes_out_as_aiogram_would_say_it(
    telegram: Telegram, buttons: tuple[tuple[Key, ...], ...], topic: int, reply: int
) -> None:
    card = Card(text=WORDS, buttons=buttons)
    await Messenger(telegram.bot).send(GROUP, card, topic_id=topic, reply_to=reply)
    answers = ReplyParameters(message_id=reply, allow_sending_without_reply=True)
    ours = telegram.last
    await telegram.bot.send_message(
        GROUP,
        WORDS,
        message_thread_id=topic or None,
        link_preview_options=NO_PREVIEW,
        reply_parameters=answers if reply else None,
        reply_markup=keyboard(card),
    )
    assert ours == telegram.last
    assert ours[1]["parse_mode"] == "HTML"


@pytest.mark.parametrize("buttons", [(), ROWS])
async def test_an_edit_goes_out_as_aiogram_would_say_it(
    telegram: Telegram, buttons: tuple[tuple[Key, ...], ...]
) -> None:
    card = Card(text=WORDS, buttons=buttons)
    await Messenger(telegram.bot).edit(GROUP, 12, card)
    ours = telegram.last
    await telegram.bot.edit_message_text(
        WORDS,
        chat_id=GROUP,
        message_id=12,
        link_preview_options=NO_PREVIEW,
        reply_markup=keyboard(card),
    )
    assert ours == telegram.last


@pytest.mark.parametrize("alert", [False, True])
async def test_the_answer_to_a_press_goes_out_as_aiogram_would_say_it(
    telegram: Telegram,
    alert: bool,  # noqa: FBT001 -- a parameter of the test
) -> None:
    telegram.answer = {"ok": True, "result": True}
    answers = Answers(telegram.bot)
    answers.give("123", "я" * 300, alert=alert)
    await answers.drain()
    ours = telegram.last
    await telegram.bot.answer_callback_query("123", text="я" * 200, show_alert=alert)
    assert ours == telegram.last


async def test_of_a_message_that_telegram_sends_back_the_number_is_enough(
    telegram: Telegram,
) -> None:
    # Whatever else it comes to say of a message one day is no reason to take it for not sent.
    telegram.answer = {"ok": True, "result": {"message_id": 12, "date": "?", "sender": [7]}}
    assert await Messenger(telegram.bot).send(GROUP, Card(text=WORDS)) == 12
    await Messenger(telegram.bot).edit(GROUP, 12, Card(text=WORDS))


async def test_an_edit_that_is_answered_with_true_is_done(telegram: Telegram) -> None:
    telegram.answer = {"ok": True, "result": True}
    await Messenger(telegram.bot).edit(GROUP, 12, Card(text=WORDS))
    assert telegram.last[0] == "editMessageText"


def refused(code: int, words: str, **parameters: int) -> tuple[int, dict[str, Any]]:
    """A refusal as Telegram writes it."""
    said = {"ok": False, "error_code": code, "description": words}
    return code, {**said, "parameters": parameters} if parameters else said


@pytest.mark.parametrize(
    ("refusal", "name", "words"),
    [
        (refused(429, "Too Many Requests", retry_after=40), errors.TelegramBusy, ""),
        (
            refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1007),
            errors.TelegramMoved,
            "",
        ),
        (refused(403, "Forbidden: bot was blocked"), errors.TelegramUnreachable, "blocked"),
        (refused(400, "Bad Request: chat not found"), errors.TelegramUnreachable, "not found"),
        (
            refused(400, "Bad Request: message to edit not found"),
            errors.MessageGone,
            "edit not found",
        ),
        (refused(400, "Bad Request: can't parse"), errors.TelegramRefused, "can't parse"),
        (refused(401, "Unauthorized"), errors.TelegramTemporary, "Unauthorized"),
        (refused(502, "Bad Gateway"), errors.TelegramTemporary, "TelegramServerError"),
        ((502, {"ok": False}), errors.TelegramTemporary, "TelegramServerError"),
        ((200, "<h1>Wi-Fi</h1>"), errors.TelegramTemporary, "TelegramServerError"),
    ],
)
async def test_refusals_have_their_names(
    telegram: Telegram,
    refusal: tuple[int, Any],
    name: type[errors.TelegramError],
    words: str,
) -> None:
    telegram.status, telegram.answer = refusal
    messenger = Messenger(telegram.bot)
    with pytest.raises(name) as sent:
        await messenger.send(GROUP, Card(text=WORDS))
    with pytest.raises(name) as edited:
        await messenger.edit(GROUP, 12, Card(text=WORDS))
    assert words in str(sent.value)
    assert words in str(edited.value)


async def test_what_looks_the_same_already_is_edited_well(telegram: Telegram) -> None:
    telegram.status, telegram.answer = refused(400, "Bad Request: message is not modified: …")
    await Messenger(telegram.bot).edit(GROUP, 12, Card(text=WORDS))
    assert len(telegram.asked) == 1
