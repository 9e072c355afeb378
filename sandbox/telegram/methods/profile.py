"""Methods about the bot itself."""

from __future__ import annotations

import re
from typing import Literal

from sandbox.telegram import render
from sandbox.telegram.errors import bad_request
from sandbox.telegram.model import Json
from sandbox.telegram.params import (
    MyCommands,
    Nothing,
    SetMyCommands,
    SetMyDescription,
    SetMyName,
    SetMyShortDescription,
)
from sandbox.telegram.telegram import Telegram

_COMMAND = re.compile(r"/?[a-z0-9_]{1,32}")
_MOST_COMMANDS = 100
_DESCRIPTION_LIMIT = 256
_SCOPES = {
    "default": set[str](),
    "all_private_chats": set[str](),
    "all_group_chats": set[str](),
    "all_chat_administrators": set[str](),
    "chat": {"chat_id"},
    "chat_administrators": {"chat_id"},
    "chat_member": {"chat_id", "user_id"},
}


def get_me(tg: Telegram, _asked: Nothing) -> Json:
    """Give the bot, and whether it reads all that groups write."""
    return render.user(tg.world, tg.world.bot.id) | {
        "can_join_groups": True,
        "can_read_all_group_messages": not tg.world.privacy,
        "supports_inline_queries": tg.world.inline,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def set_my_commands(tg: Telegram, asked: SetMyCommands) -> Literal[True]:
    """Keep the menu's commands for a scope and a language."""
    if len(asked.commands) > _MOST_COMMANDS:
        raise bad_request("too many commands specified")
    kept = []
    for given in asked.commands:
        name, words = given.get("command"), given.get("description")
        if not isinstance(name, str) or not _COMMAND.fullmatch(name):
            raise bad_request("BOT_COMMAND_INVALID")
        if not isinstance(words, str) or not 1 <= len(words) <= _DESCRIPTION_LIMIT:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        kept.append({"command": name.removeprefix("/"), "description": words})
    tg.world.commands[_scope(asked)] = kept
    return True


def get_my_commands(tg: Telegram, asked: MyCommands) -> list[Json]:
    """Give what was kept for exactly this scope and language."""
    return tg.world.commands.get(_scope(asked), [])


def delete_my_commands(tg: Telegram, asked: MyCommands) -> Literal[True]:
    """Forget what was kept for this scope and language."""
    tg.world.commands.pop(_scope(asked), None)
    return True


def set_my_name(tg: Telegram, asked: SetMyName) -> Literal[True]:
    """Rename the bot."""
    if len(asked.name) > 64:  # noqa: PLR2004 - Telegram's own limit
        raise bad_request("BOT_TITLE_INVALID")
    tg.world.about_bot[f"name/{asked.language_code}"] = asked.name
    if asked.name and not asked.language_code:
        tg.world.bot.first_name = asked.name
        tg.events.emit("world")
    return True


def set_my_description(tg: Telegram, asked: SetMyDescription) -> Literal[True]:
    """Keep what an empty chat with the bot shows."""
    if len(asked.description) > 512:  # noqa: PLR2004 - Telegram's own limit
        raise bad_request("BOT_DESCRIPTION_INVALID")
    tg.world.about_bot[f"description/{asked.language_code}"] = asked.description
    return True


def set_my_short_description(tg: Telegram, asked: SetMyShortDescription) -> Literal[True]:
    """Keep what the bot's page shows."""
    if len(asked.short_description) > 120:  # noqa: PLR2004 - Telegram's own limit
        raise bad_request("BOT_SHORT_DESCRIPTION_INVALID")
    tg.world.about_bot[f"short/{asked.language_code}"] = asked.short_description
    return True


def log_out_or_close(_tg: Telegram, _asked: Nothing) -> Literal[True]:
    """Agree: there is no other server to move to."""
    return True


def _scope(asked: MyCommands) -> str:
    scope = asked.scope or {"type": "default"}
    kind = scope.get("type")
    needed = _SCOPES.get(kind) if isinstance(kind, str) else None
    if needed is None or scope.keys() - {"type"} != needed:
        raise bad_request("can't parse BotCommandScope JSON object")
    ids = "/".join(str(scope[name]) for name in sorted(needed))
    return f"{kind}/{ids}/{asked.language_code}"
