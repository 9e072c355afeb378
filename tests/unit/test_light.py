"""Aiogram's models, built when needed. Processes of their own: pytest's has imported it already."""

from __future__ import annotations

import subprocess
import sys

_BUILD_ALL = """
import bot.light
from aiogram import methods, types

def models():
    for package in (types, methods):
        for name in package.__all__:
            if hasattr(getattr(package, name), "model_rebuild"):
                yield getattr(package, name)

for model in models():
    model.model_rebuild()
print([model.__name__ for model in models() if not model.__pydantic_complete__])
"""

_TAKE_AN_UPDATE = """
import bot.__main__
from aiogram import types

chat = {"id": -1, "type": "group", "title": "T"}
message = {"message_id": 1, "date": 0, "chat": chat, "text": "hi",
           "entities": [{"type": "bold", "offset": 0, "length": 2}]}
update = types.Update.model_validate({"update_id": 1, "message": message})
print(type(update.message.entities[0]).__name__, types.StickerSet.__pydantic_complete__)
"""


def _printed(program: str) -> str:
    done = subprocess.run(  # noqa: S603 -- our own words
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr
    return done.stdout.strip()


def test_every_model_and_method_of_aiogram_can_still_be_built() -> None:
    assert _printed(_BUILD_ALL) == "[]"


def test_the_bot_reads_an_update_and_leaves_what_it_does_not_use_unbuilt() -> None:
    assert _printed(_TAKE_AN_UPDATE) == "MessageEntity False"


def test_pydantic_is_left_as_it_was() -> None:
    program = """
import pydantic
before = pydantic.BaseModel.__dict__["model_rebuild"]
import bot.light
print(pydantic.BaseModel.__dict__["model_rebuild"] is before)
"""
    assert _printed(program) == "True"


_WHAT_IS_KEPT = """
import bot.light
from aiogram.methods.base import Response
from bot import calls

ours = (calls.SendMessage, calls.EditMessageText, calls.AnswerCallbackQuery)
print(all(Response[call.__returning__] in bot.light.KEPT for call in ours))
"""


def test_what_the_calls_of_every_round_are_answered_with_is_kept() -> None:
    assert _printed(_WHAT_IS_KEPT) == "True"
