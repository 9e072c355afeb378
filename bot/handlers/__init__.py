"""Thin: a handler turns a Telegram event into one call, and its answer into words.

None of them names a flow, and none calls Telegram for effect; only answers to presses (after the
commit) and to inline queries go out from here.
"""

from __future__ import annotations

from aiogram import Dispatcher

from bot.handlers import admin, buttons, groups, messages, personal, private, records


def register(dispatcher: Dispatcher) -> None:
    """Hang up the routers; aiogram asks them one after another, so what comes most comes first."""
    dispatcher.include_router(messages.make_posts_router())
    for module in (buttons, admin, personal, records, private, groups, messages):
        dispatcher.include_router(module.make_router())
