"""`doctor`: checks everything that a working chat needs, and says in plain words how to mend it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramAPIError, TelegramUnauthorizedError
from aiogram.types import ChatMemberAdministrator, ChatMemberMember, ChatMemberOwner

from bot.config import Settings, make_flow
from bot.errors import SettingsError
from bot.flows import FLOWS
from bot.wire import make_bot
from bot.wiring import crm_settings, make_database
from crm_api.errors import CrmConfig, CrmError
from crm_api.port import Finding
from crm_api.registry import make_crm
from crm_api.tokens import MemoryTokens, TokenStore
from storage.chats import BindingRow
from storage.db import Database
from storage.errors import StorageError
from storage.migrate import current, is_fit
from storage.tokens import DatabaseTokens
from storage.uow import Storage

#: Seconds that our clock may differ from Telegram's: deadlines count from Telegram's times.
_DRIFT = 5.0


def _now() -> datetime:
    return datetime.now(UTC)


async def doctor(settings: Settings, say: Callable[[str], None] | None = None) -> bool:
    """Check everything, a line each. Returns whether all is well."""
    out = say or _print
    well = True
    async for finding in examine(settings):
        out(f"{'ok  ' if finding.ok else 'MEND'} {finding.check}: {finding.say}")
        if not finding.ok:
            well = False
            if finding.mend:
                out(f"     -> {finding.mend}")
    out("All is well." if well else "Mend the lines marked MEND, then run doctor again.")
    return well


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """One finding after another; a part that fails does not hide the others."""
    yield _settings(settings)
    database = make_database(settings)
    try:
        bindings, finding = await _database(database)
        yield finding
        # Without its tables there is no stored session; a bot that might hold one does not run.
        tokens = DatabaseTokens(database, _now) if finding.ok else MemoryTokens()
        async for finding in _telegram(settings, bindings):
            yield finding
        for finding in await _crm(settings, tokens):
            yield finding
    finally:
        await database.close()


def _settings(settings: Settings) -> Finding:
    try:
        for kind in FLOWS:
            make_flow(kind, settings.environment)
    except SettingsError as error:
        return Finding(check="settings", ok=False, say=str(error), mend="See .env.example.")
    return Finding(check="settings", ok=True, say="every setting is understood")


async def _database(database: Database) -> tuple[list[BindingRow], Finding]:
    try:
        if not await is_fit(database):
            return [], Finding(
                check="database",
                ok=False,
                say="the schema is not current",
                mend="Run `python -m bot migrate`; `run` does it by itself.",
            )
        async with Storage(database).look() as uow:
            bindings = await uow.chats.bindings()
    except StorageError as error:
        return [], Finding(
            check="database",
            ok=False,
            say=f"it cannot be reached ({error})",
            mend="Check DATABASE_URL, and that the server runs and lets this user in.",
        )
    engine = "SQLite" if database.is_sqlite else "PostgreSQL"
    return bindings, Finding(
        check="database", ok=True, say=f"{engine}, schema {await current(database)}"
    )


async def _telegram(settings: Settings, bindings: list[BindingRow]) -> AsyncIterator[Finding]:
    try:
        bot = make_bot(settings.bot_token.get_secret_value(), settings.telegram_api_url or None)
    except SettingsError as error:
        yield Finding(check="token", ok=False, say=str(error))
        return
    try:
        try:
            async for finding in _bot(bot, settings):
                yield finding
                if finding.check == "token" and not finding.ok:
                    return
        except TelegramAPIError as error:
            yield Finding(
                check="Telegram",
                ok=False,
                say=f"it knows the token, and then fails ({type(error).__name__})",
                mend="Try again in a minute. With a server of your own: look at its log, and at "
                "TELEGRAM_API_URL.",
            )
            return
        if not bindings:
            yield Finding(
                check="chats",
                ok=False,
                say="no chat is bound yet",
                mend="Add the bot to the working group, then write /bind duplicates in it.",
            )
        for chat_id in sorted({binding.chat_id for binding in bindings}):
            yield await _chat(bot, chat_id)
    finally:
        await bot.session.close()


async def _bot(bot: Bot, settings: Settings) -> AsyncIterator[Finding]:
    try:
        me = await bot.get_me()
    except TelegramUnauthorizedError:
        yield Finding(
            check="token",
            ok=False,
            say="Telegram does not know it",
            mend="Copy BOT_TOKEN from @BotFather again; after /revoke only the new one works.",
        )
        return
    except TelegramAPIError as error:
        yield Finding(
            check="token",
            ok=False,
            say=f"Telegram cannot be reached ({type(error).__name__})",
            mend="Check the network and TELEGRAM_API_URL.",
        )
        return
    yield Finding(check="token", ok=True, say=f"@{me.username}")
    if me.can_read_all_group_messages:
        yield Finding(check="privacy mode", ok=True, say="off: the bot reads the posts")
    else:
        yield Finding(
            check="privacy mode",
            ok=False,
            say="on: in groups where it is no administrator the bot does not see the posts",
            mend="@BotFather: /setprivacy, Disable; then take the bot out of the group and add it "
            "again. Or make it an administrator there.",
        )
    yield _inline(bool(me.supports_inline_queries))
    async for finding in _way_in(bot, settings):
        yield finding
    yield await _clock(settings)


def _inline(on: bool) -> Finding:  # noqa: FBT001 -- Telegram's own flag
    """Nothing depends on it: /code tells the same. So it is no fault."""
    if on:
        return Finding(check="inline mode", ok=True, say="on: @bot and a word finds a status")
    say = "off: only /code finds statuses; @BotFather, /setinline switches it on"
    return Finding(check="inline mode", ok=True, say=say)


async def _way_in(bot: Bot, settings: Settings) -> AsyncIterator[Finding]:
    info = await bot.get_webhook_info()
    wanted = settings.webhook_url
    if info.url and info.url != wanted:
        yield Finding(
            check="webhook",
            ok=False,
            say="Telegram sends the updates to another address",
            mend="Another installation uses this token. Stop it; `run` sets the way in anew.",
        )
    elif info.last_error_message and wanted:
        yield Finding(
            check="webhook",
            ok=False,
            say=f"Telegram's last try failed: {info.last_error_message}",
            mend="Open WEBHOOK_URL to the internet over https, with a valid certificate.",
        )
    elif wanted and not info.url:
        yield Finding(check="webhook", ok=True, say="not set now: `run` sets it")
    else:
        yield Finding(check="webhook", ok=True, say="set" if wanted else "not used: long polling")


async def _clock(settings: Settings) -> Finding:
    """Telegram's own clock, as its HTTP server tells it; the sandbox's is as good."""
    url = settings.telegram_api_url or "https://api.telegram.org"
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.head(
                url, timeout=aiohttp.ClientTimeout(total=10), allow_redirects=False
            ) as answer,
        ):
            there = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return Finding(check="clock", ok=True, say="not compared: the server tells no time")
    drift = abs((there - _now()).total_seconds())
    if drift <= _DRIFT:
        return Finding(check="clock", ok=True, say="agrees with Telegram's")
    return Finding(
        check="clock",
        ok=False,
        say=f"differs from Telegram's by {drift:.0f} s: deadlines would come at wrong times",
        mend="Switch time synchronisation on (for example: timedatectl set-ntp true).",
    )


async def _chat(bot: Bot, chat_id: int) -> Finding:
    check = f"chat {chat_id}"
    try:
        member = await bot.get_chat_member(chat_id, bot.id)
        chat = await bot.get_chat(chat_id)
    except AiogramError as error:
        return Finding(
            check=check,
            ok=False,
            say=f"the bot is not there ({getattr(error, 'message', type(error).__name__)})",
            mend="Add the bot to the group again; the binding is kept. Or write /unbind there.",
        )
    match member:
        case ChatMemberAdministrator() | ChatMemberOwner():
            return Finding(check=check, ok=True, say="administrator: reads and writes")
        case ChatMemberMember():
            permissions = chat.permissions
            if permissions is not None and permissions.can_send_messages is False:
                return Finding(
                    check=check,
                    ok=False,
                    say="members may not write there, the bot neither",
                    mend="Allow members to send messages, or make the bot an administrator.",
                )
            return Finding(check=check, ok=True, say="member: writes; reads if privacy mode is off")
        case _:
            return Finding(
                check=check,
                ok=False,
                say=f"the bot may not work there (it is {member.status})",
                mend="Add the bot to the group again, without restrictions.",
            )


async def _crm(settings: Settings, tokens: TokenStore) -> list[Finding]:
    try:
        crm = make_crm(settings.crm, crm_settings(settings), tokens)
    except CrmConfig as error:
        return [Finding(check="CRM", ok=False, say=error.say, mend="See .env.example.")]
    try:
        return list(await crm.check())
    except (CrmError, CrmConfig) as error:
        return [Finding(check="CRM", ok=False, say=error.say)]
    finally:
        await crm.aclose()


def _print(line: str) -> None:
    print(line, file=sys.stdout, flush=True)  # noqa: T201 -- the command line speaks here
