"""The wire to Telegram: JSON goes out, JSON comes in, and nothing that no database holds.

aiogram's own session writes a form, with JSON within it for whatever is nested: that takes several
times as long.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn, cast

import aiohttp
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import ClientDecodeError, TelegramNetworkError, TelegramServerError
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import InputFile
from aiogram.utils.token import TokenValidationError
from pydantic_core import from_json, to_json

from bot import errors
from bot.calls import Call
from crm_api.signs import held

_JSON = {"Content-Type": "application/json"}


def read_json(text: str) -> Any:
    """What Telegram wrote, without the signs that no database holds: a press may carry any bytes.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested deeper than anything of Telegram's.
    """
    if _NUL not in text:
        try:
            # Three times as fast, and it refuses the half of a pair.
            return from_json(text, allow_inf_nan=False, cache_strings="keys")
        except ValueError:
            # It is no JSON, or the slower way reads it all the same: that one says which.
            pass
    return held(_DECODER.decode(text), text)


#: As it stands in JSON.
_NUL = r"\u0000"


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number)


#: Of a message that we sent or edited: all that aiogram's type wants, and more than we need.
_OF_OURS = ("message_id", "date", "chat")


def _read_answer(text: str) -> Any:
    """What Telegram answers to a call. Our own message comes back whole: we want its number alone.

    Building aiogram's object of a card, its buttons and what it replies to takes as long as
    rendering the card did.
    """
    read = read_json(text)
    said = read.get("result") if isinstance(read, dict) else None
    if isinstance(said, dict) and all(name in said for name in _OF_OURS):
        read["result"] = {name: said[name] for name in _OF_OURS}
    elif isinstance(said, list):
        for one in said:
            leave_out_card(one)
    return read


def leave_out_card(update: Any) -> None:
    """A press brings the whole card along, and the post that it answers: its button is enough."""
    press = update.get("callback_query") if isinstance(update, dict) else None
    card = press.get("message") if isinstance(press, dict) else None
    if isinstance(press, dict) and isinstance(card, dict):
        press["message"] = {name: card[name] for name in _OF_OURS if name in card}
        if "reply_markup" in card:
            press["message"]["reply_markup"] = _pressed(card["reply_markup"], press.get("data"))


def _pressed(markup: Any, data: Any) -> Any:
    """Of a card's buttons those with this data: no other is asked for."""
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if not isinstance(rows, list):
        return markup
    keys = [key for row in rows if isinstance(row, list) for key in row if isinstance(key, dict)]
    return {"inline_keyboard": [[key for key in keys if key.get("callback_data") == data]]}


_NO_ANSWER = "it is no answer of the Bot API"


class Wire(AiohttpSession):
    """aiogram's session, with JSON instead of a form wherever no file goes along."""

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 -- aiogram asks for it
    ) -> TelegramType:
        """One call, one answer; errors as aiogram names them."""
        if isinstance(method, Call):
            said = method.said()
        else:
            files: dict[str, InputFile] = {}
            said = self.prepare_value(
                method.model_dump(warnings=False, exclude_none=True),
                bot=bot,
                files=files,
                _dumps_json=False,
            )
            if files:
                return await super().make_request(bot, method, timeout)
        session = await self.create_session()
        try:
            async with session.post(
                self.api.api_url(token=bot.token, method=method.__api_method__),
                data=to_json(said),
                headers=_JSON,
                timeout=aiohttp.ClientTimeout(total=self.timeout if timeout is None else timeout),
            ) as answer:
                # A proxy may speak whatever it likes; JSON is UTF-8.
                raw = (await answer.read()).decode(errors="replace")
        except TimeoutError as error:
            raise TelegramNetworkError(method=method, message="no answer in time") from error
        except aiohttp.ClientError as error:
            raise TelegramNetworkError(method=method, message=type(error).__name__) from error
        read = self.check_response(bot=bot, method=method, status_code=answer.status, content=raw)
        return cast("TelegramType", read.result)

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        """As aiogram does; what is no answer of Telegram's passes like any 5xx.

        A proxy's page may come instead: nobody should die of it. Nor of a refusal without a
        description, which aiogram takes for granted.
        """
        try:
            return super().check_response(bot, method, status_code, content)
        except ClientDecodeError as error:
            if isinstance(error.data, dict) and error.data.get("ok") is True:
                # Telegram's own, and newer than aiogram: `Intake` takes it apart.
                raise
            raise TelegramServerError(method=method, message=_NO_ANSWER) from None
        except TypeError:
            raise TelegramServerError(method=method, message=_NO_ANSWER) from None


def make_bot(token: str, api_url: str | None, *, timeout: float = 15) -> Bot:
    """Aiogram's bot on Telegram's own server, or on another that speaks the Bot API.

    Raises:
        errors.SettingsError: the token is not one.
    """
    api = TelegramAPIServer.from_base(api_url) if api_url else PRODUCTION
    session = Wire(api=api, timeout=timeout, json_loads=_read_answer)
    try:
        return Bot(
            token,
            session=session,
            default=DefaultBotProperties(parse_mode=ParseMode.HTML),
        )
    except TokenValidationError as error:
        raise errors.SettingsError(
            "BOT_TOKEN is not a token; it looks like 123456:ABC-DEF, @BotFather gives it"
        ) from error
