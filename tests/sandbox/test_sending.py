from __future__ import annotations

import io

import aiohttp
import pytest

from sandbox.telegram import TelegramSandbox
from sandbox.telegram.errors import ControlError
from sandbox.telegram.files import LARGEST_UPLOAD
from tests.sandbox.conftest import NOW, Cast
from tests.sandbox.hand_driven import HandDrivenBot, Json, button, buttons


async def test_a_sent_message_comes_back_complete(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    post = await tg.control.post(cast.group, cast.olya, "могу ли оформить?")
    keyboard = buttons([button(style="success"), button("Запретить", "no", style="danger")])
    sent = await bot.send(
        cast.group,
        "карточка",
        reply_parameters={"message_id": post["message_id"]},
        reply_markup=keyboard,
        link_preview_options={"is_disabled": True},
    )
    assert sent["message_id"] == post["message_id"] + 1
    assert sent["date"] == NOW
    assert sent["chat"] == {"id": cast.group, "type": "supergroup", "title": "РФ Админы"}
    assert sent["from"]["is_bot"]
    assert sent["reply_to_message"]["text"] == "могу ли оформить?"
    assert sent["reply_markup"] == keyboard
    assert sent["link_preview_options"] == {"is_disabled": True}


async def test_an_unknown_method_is_not_found(bot: HandDrivenBot) -> None:
    answer = await bot.call("sendPigeon", chat_id=1)
    assert answer == {"ok": False, "error_code": 404, "description": "Not Found"}


async def test_a_wrong_token_is_unauthorized(tg: TelegramSandbox) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{tg.url}/bot42:wrong/getMe") as answer,
    ):
        assert answer.status == 401
        assert (await answer.json())["description"] == "Unauthorized"


@pytest.mark.parametrize("name", ["disable_web_page_preview", "reply_to_message_id", "txt"])
async def test_an_unknown_parameter_is_refused_and_noted(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast, name: str
) -> None:
    words = await bot.refused("sendMessage", chat_id=cast.group, text="а", **{name: "1"})
    assert words == f'Bad Request: unknown parameter "{name}"'
    [note] = await tg.control.log("sendMessage")
    assert note["unknown_parameters"] == [name]


async def test_a_lenient_sandbox_only_notes_unknown_parameters() -> None:
    async with TelegramSandbox(strict=False) as tg, HandDrivenBot(tg) as bot:
        await bot.ok("getMe", typo=1)
        assert (await tg.control.log("getMe"))[0]["unknown_parameters"] == ["typo"]


async def test_parameters_come_as_query_form_multipart_or_json(
    tg: TelegramSandbox, cast: Cast
) -> None:
    url = f"{tg.url}/bot{tg.token}/sendMessage"
    fields = {"chat_id": str(cast.group), "text": "а", "reply_markup": '{"force_reply": true}'}
    multipart = aiohttp.FormData(fields, default_to_multipart=True)
    async with aiohttp.ClientSession() as session:
        for ways in ({"params": fields}, {"data": fields}, {"data": multipart}, {"json": fields}):
            async with session.post(url, **ways) as answer:
                assert (await answer.json())["ok"], ways


BAD_PARAMETERS: list[tuple[Json, str]] = [
    ({"chat_id": None}, "chat_id is empty"),
    ({"chat_id": "@nobody"}, "chat not found"),
    ({"chat_id": -100}, "chat not found"),
    ({"message_thread_id": "x"}, 'invalid value of parameter "message_thread_id"'),
    ({"message_thread_id": 77}, "message thread not found"),
    ({"reply_parameters": {"message_id": 999}}, "message to be replied not found"),
    ({"reply_parameters": {"message": 1}}, "can't parse reply parameters JSON object"),
    ({"reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
    ({"reply_markup": {"keys": []}}, "can't parse reply keyboard markup JSON object"),
]


@pytest.mark.parametrize(("wrong", "words"), BAD_PARAMETERS)
async def test_bad_parameters_are_refused(
    bot: HandDrivenBot, cast: Cast, wrong: Json, words: str
) -> None:
    params = {"chat_id": cast.group, "text": "а"} | wrong
    assert await bot.refused("sendMessage", **params) == f"Bad Request: {words}"


BAD_BUTTONS: list[tuple[Json, str]] = [
    (button(data=""), "BUTTON_DATA_INVALID"),
    (button(data="я" * 33), "BUTTON_DATA_INVALID"),
    (button(text=" "), "BUTTON_TEXT_INVALID"),
    (button(style="red"), "invalid button style specified"),
    (button(colour="red"), 'unknown field "colour" in InlineKeyboardButton'),
    (
        {"text": "а"},
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    (
        {"text": "а", "url": "http://localhost/1"},
        "inline keyboard button URL 'http://localhost/1' is invalid: Wrong HTTP URL",
    ),
]


@pytest.mark.parametrize(("wrong", "words"), BAD_BUTTONS)
async def test_bad_buttons_are_refused(
    bot: HandDrivenBot, cast: Cast, wrong: Json, words: str
) -> None:
    refusal = await bot.refused(
        "sendMessage", chat_id=cast.group, text="а", reply_markup=buttons([wrong])
    )
    assert refusal == f"Bad Request: {words}"


async def test_64_bytes_of_data_and_100_buttons_are_the_most(
    bot: HandDrivenBot, cast: Cast
) -> None:
    full = buttons(*([button(data="я" * 32)] for _ in range(100)))
    await bot.send(cast.group, reply_markup=full)
    more = buttons(*full["inline_keyboard"], [button()])
    words = await bot.refused("sendMessage", chat_id=cast.group, text="а", reply_markup=more)
    assert words == "Bad Request: reply markup is too long"


async def test_a_reply_to_nothing_can_be_sent_without_it(bot: HandDrivenBot, cast: Cast) -> None:
    sent = await bot.send(
        cast.group, reply_parameters={"message_id": 99, "allow_sending_without_reply": True}
    )
    assert "reply_to_message" not in sent


async def test_a_quote_must_be_in_the_message(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    post = await tg.control.post(cast.group, cast.olya, "можно оформить?")
    reply: Json = {"message_id": post["message_id"], "quote": "оформить"}
    sent = await bot.send(cast.group, reply_parameters=reply)
    assert sent["quote"] == {"text": "оформить", "position": 6, "is_manual": True}
    reply["quote"] = "запретить"
    words = await bot.refused("sendMessage", chat_id=cast.group, text="а", reply_parameters=reply)
    assert words == "Bad Request: QUOTE_TEXT_INVALID"


async def test_a_private_chat_opens_only_when_its_person_started_it(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    async def refusal() -> str:
        return await bot.refused("sendMessage", chat_id=cast.olya, text="а")

    stranger = await tg.control.person("Чужой")
    words = await bot.refused("sendMessage", chat_id=stranger["id"], text="а")
    assert words == "Bad Request: chat not found"
    assert await refusal() == "Forbidden: bot can't initiate conversation with a user"
    await tg.control.start(cast.olya)
    assert (await bot.send(cast.olya))["chat"]["type"] == "private"
    await tg.control.block(cast.olya)
    assert await refusal() == "Forbidden: bot was blocked by the user"
    await tg.control.unblock(cast.olya)
    await bot.send(cast.olya)


@pytest.mark.parametrize("kind", ["group", "supergroup"])
async def test_a_chat_without_the_bot_is_forbidden(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast, kind: str
) -> None:
    chat = await tg.control.chat("чат", creator=cast.marat, members=[tg.bot_id], kind=kind)
    await tg.control.member(chat["id"], tg.bot_id, "left", by=cast.marat)
    words = await bot.refused("sendMessage", chat_id=chat["id"], text="а")
    assert words == f"Forbidden: bot is not a member of the {kind} chat"
    await tg.control.member(chat["id"], tg.bot_id, "kicked", by=cast.marat)
    words = await bot.refused("sendMessage", chat_id=chat["id"], text="а")
    assert words == f"Forbidden: bot was kicked from the {kind} chat"


async def test_a_muted_bot_has_not_enough_rights(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    await tg.control.member(
        cast.group, tg.bot_id, "restricted", by=cast.marat, can_send_messages=False
    )
    words = await bot.refused("sendMessage", chat_id=cast.group, text="а")
    assert words == "Bad Request: not enough rights to send text messages to the chat"


async def test_a_document_keeps_its_name_and_size(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    fields = {"chat_id": str(cast.group), "document": "attach://f"}
    form = aiohttp.FormData(fields, quote_fields=False)
    form.add_field("f", b"1;2\n", filename="отчёт.csv", content_type="text/csv")
    form.add_field("caption", "<b>отчёт</b>")
    form.add_field("parse_mode", "HTML")
    url = f"{tg.url}/bot{tg.token}/sendDocument"
    async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
        sent = (await answer.json())["result"]
    assert sent["document"]["file_name"] == "отчёт.csv"
    assert sent["document"]["file_size"] == 4
    assert sent["caption"] == "отчёт"
    words = await bot.refused(
        "editMessageText", chat_id=cast.group, message_id=sent["message_id"], text="а"
    )
    assert words == "Bad Request: there is no text in the message to edit"
    edited = await bot.ok(
        "editMessageCaption", chat_id=cast.group, message_id=sent["message_id"], caption="итог"
    )
    assert edited["caption"] == "итог"


async def test_copies_and_forwards_differ_in_their_origin(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    post = await tg.control.post(cast.group, cast.olya, "слова")
    source = {"from_chat_id": cast.group, "message_id": post["message_id"]}
    forwarded = await bot.ok("forwardMessage", chat_id=cast.group, **source)
    assert forwarded["forward_origin"]["sender_user"]["id"] == cast.olya
    copied = await bot.ok("copyMessage", chat_id=cast.group, **source)
    assert copied == {"message_id": forwarded["message_id"] + 1}
    words = await bot.refused(
        "copyMessage", chat_id=cast.group, from_chat_id=cast.group, message_id=999
    )
    assert words == "Bad Request: message to copy not found"


async def uploaded(tg: TelegramSandbox, chat: int, content: bytes) -> Json:
    """The whole answer to sendDocument with such a file."""
    form = aiohttp.FormData({"chat_id": str(chat)}, quote_fields=False)
    form.add_field("document", io.BytesIO(content), filename="отчёт.xlsx")
    url = f"{tg.url}/bot{tg.token}/sendDocument"
    async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
        given: Json = await answer.json()
    return given


async def test_a_document_can_be_taken_back_as_it_was_sent(tg: TelegramSandbox, cast: Cast) -> None:
    sent = await uploaded(tg, cast.group, b"PK\x03\x04\x00")
    document = sent["result"]["document"]
    assert await tg.control.file(document["file_id"]) == b"PK\x03\x04\x00"
    [call] = await tg.control.log("sendDocument")
    assert call["params"]["document"] == {"file_name": "отчёт.xlsx", "file_size": 5}
    with pytest.raises(ControlError, match="no such file"):
        await tg.control.file("file-nobodys")


async def test_an_empty_document_and_one_without_its_content_are_refused(
    tg: TelegramSandbox, bot: HandDrivenBot, cast: Cast
) -> None:
    empty = await uploaded(tg, cast.group, b"")
    assert empty["description"] == "Bad Request: file must be non-empty"
    words = await bot.refused(
        "sendDocument", chat_id=cast.group, document={"file_name": "a", "file_size": 1}
    )
    assert words == "Bad Request: wrong file identifier/HTTP URL specified"


async def test_more_than_fifty_megabytes_are_refused(tg: TelegramSandbox, cast: Cast) -> None:
    large = await uploaded(tg, cast.group, bytes(LARGEST_UPLOAD + 1))
    assert (large["error_code"], large["description"]) == (413, "Request Entity Too Large")
