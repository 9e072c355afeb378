"""Thin: a handler turns a Telegram event into one call, and its answer into words.

None of them names a flow, and none calls Telegram for effect; only answers to presses (after the
commit) and to inline queries go out from here.
"""

from __future__ import annotations

from aiogram import Dispatcher

from bot.handlers import admin, buttons, groups, messages, personal, private, records


def register(dispatcher: Dispatcher) -> None:
    """Hang up the routers; commands come before posts. Few: aiogram asks them one after another."""
    for module in (admin, personal, records, private, groups, buttons, messages):
        dispatcher.include_router(module.make_router())
