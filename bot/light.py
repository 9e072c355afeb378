"""Imports aiogram without building all of its models: import this before anything of aiogram's.

aiogram's types say `defer_build`, and then its package builds all of them, four hundred, at the end
of its import, because their annotations name classes that their own modules do not import. That
takes 2 seconds and 95 MB, and we use a tenth. Here the names are put into the modules instead, so
that pydantic can build each model by itself when it is first used.

And aiogram makes a class of pydantic's for the answer to every call, which is forgotten as soon as
the garbage is collected, and costs milliseconds when it is made again: ours are kept.

Where aiogram was imported already its models stay as they are.
"""

from __future__ import annotations

import sys
from typing import Any

from pydantic import BaseModel


def _import_without_building() -> None:
    names: dict[str, Any] = {}
    modules: set[str] = set()

    def note(
        model: type[BaseModel], /, *, _types_namespace: dict[str, Any] | None = None, **_: Any
    ) -> None:
        names.update(_types_namespace or {})
        modules.add(model.__module__)

    builds = BaseModel.__dict__["model_rebuild"]
    BaseModel.model_rebuild = classmethod(note)  # type: ignore[method-assign,assignment]
    try:
        import aiogram.types  # noqa: F401, PLC0415 -- what it builds at its end is noted instead
    finally:
        BaseModel.model_rebuild = builds  # type: ignore[method-assign]
    for module in modules:
        known = vars(sys.modules[module])
        for name, value in names.items():
            known.setdefault(name, value)


def _answers_kept() -> tuple[object, ...]:
    """What we speak and hear all day, built before the first operator waits for it."""
    from aiogram import methods, types  # noqa: PLC0415 -- not before its models are held back
    from aiogram.methods import base  # noqa: PLC0415 -- the same

    from bot import calls  # noqa: PLC0415 -- the same

    answer_to: Any = base.Response
    # The inner ones first: a model that is built already is not built once more inside another.
    for model in (types.User, types.Chat, types.Message, types.CallbackQuery, types.Update):
        model.model_rebuild()
    asked = (
        methods.GetUpdates,
        methods.GetMe,
        calls.SendMessage,
        calls.EditMessageText,
        calls.AnswerCallbackQuery,
    )
    return tuple(answer_to[call.__returning__] for call in asked)


_import_without_building()
KEPT = _answers_kept()
