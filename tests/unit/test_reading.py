"""What a Telegram message is to a flow: its media, its album, whether it answers somebody."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.types import Message

from bot.reading import Reader

READER = Reader(frozenset({"crm.example"}), lambda _: None)
CHAT = {"id": -100, "type": "supergroup", "title": "КЦ IT Вопросы"}
FILE = {"file_id": "f", "file_unique_id": "u"}
SIZED = FILE | {"width": 1, "height": 1}
MEDIA: dict[str, Any] = {
    "photo": [SIZED],
    "video": SIZED | {"duration": 1},
    "video_note": FILE | {"length": 1, "duration": 1},
    "voice": FILE | {"duration": 1},
    "audio": FILE | {"duration": 1},
    "document": FILE,
}


def user(number: int) -> dict[str, Any]:
    return {"id": number, "is_bot": False, "first_name": "Оля"}


def message(by: int = 1, number: int = 7, **more: Any) -> Message:
    given = {"message_id": number, "date": 1, "chat": CHAT, "from": user(by), **more}
    return Message.model_validate(given)


@pytest.mark.parametrize("kind", MEDIA)
def test_the_kind_of_media_is_told_by_telegram_s_word(kind: str) -> None:
    post = READER.post(message(**{kind: MEDIA[kind]}, media_group_id="g1"))
    assert post is not None
    assert (post.media, post.album) == (kind, "g1")


def test_a_gif_is_no_document_and_a_sticker_is_nothing() -> None:
    gif = READER.post(message(animation=SIZED | {"duration": 1}, document=FILE))
    sticker = {"type": "regular", "is_animated": False, "is_video": False}
    fun = READER.post(message(sticker=SIZED | sticker))
    assert gif is not None
    assert fun is not None
    assert (gif.media, fun.media) == ("animation", "")


@pytest.mark.parametrize(("by", "is_reply"), [(1, False), (2, True)])
def test_an_answer_to_somebody_else_is_a_reply_and_to_oneself_none(by: int, is_reply: bool) -> None:  # noqa: FBT001 -- pytest passes it by name
    earlier = message(by, 5).model_dump(by_alias=True, exclude_none=True)
    post = READER.post(message(reply_to_message=earlier))
    assert post is not None
    assert post.is_reply is is_reply


def test_the_beginning_of_a_topic_is_nobody_s_message() -> None:
    topic = {"name": "IT", "icon_color": 1}
    beginning = message(2, 5, forum_topic_created=topic)
    given = beginning.model_dump(by_alias=True, exclude_none=True)
    post = READER.post(message(reply_to_message=given))
    assert post is not None
    assert not post.is_reply


def test_a_message_in_the_name_of_a_group_is_read_but_is_nobody_s() -> None:
    anonymous = message(sender_chat=CHAT, text="не работает")
    assert READER.post(anonymous) is None
    assert READER.unsigned(anonymous).by.id == 0
