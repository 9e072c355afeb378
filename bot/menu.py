"""The commands that Telegram offers to whoever types «/»."""

from __future__ import annotations

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
)

from bot.cards import Cards

log = structlog.get_logger(__name__)

#: Who may do what is checked when it is done; an owner's commands are few people's, and typed.
PRIVATE = ("me", "code", "help", "link", "duty")
GROUP = ("help", "code")


async def show_menu(bot: Bot, cards: Cards) -> None:
    """Tell Telegram the commands; without them people type, and nothing else is lost."""
    for scope, names in (
        (BotCommandScopeAllPrivateChats(), PRIVATE),
        (BotCommandScopeAllGroupChats(), GROUP),
    ):
        commands = [
            BotCommand(command=name, description=cards.common_plain(f"people.menu_{name}"))
            for name in names
        ]
        try:
            await bot.set_my_commands(commands, scope=scope)
        except TelegramAPIError as error:
            log.warning("menu_not_shown", why=type(error).__name__)
