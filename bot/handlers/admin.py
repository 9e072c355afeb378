"""What an owner arranges, by commands: /bind, /unbind, /role, /people, /retry, /aside."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Router
from aiogram.enums import ChatType
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.cards import Cards
from bot.chats import Chats
from bot.flows.records import Person, Role
from bot.handlers.answering import answer, who_wrote, whom_answers
from bot.intake import Intake
from bot.people import People
from bot.repair import Repair
from bot.saying import Saying
from bot.staff import Staff
from bot.telegram import topic_of


def make_router() -> Router:
    """Commands of owners; `/bind@botname` works as well."""
    router = Router(name="admin")
    for name, handler in _COMMANDS.items():
        router.message.register(handler, Command(name))
    return router


async def _owner(message: Message, people: People, saying: Saying) -> Person | None:
    """The owner who wrote this, or None, and then he has been told."""
    person = await who_wrote(message, people, saying)
    if person is None or people.is_owner(person.id):
        return person
    # Once: he is not scolded at each try.
    once = f"hint:owners_only:{message.chat.id}:{person.id}"
    await answer(message, saying, "owners_only", once=once)
    return None


async def on_bind(
    message: Message,
    command: CommandObject,
    chats: Chats,
    cards: Cards,
    people: People,
    saying: Saying,
) -> None:
    """`/bind` and what the chat is, in a group."""
    owner = await _owner(message, people, saying)
    if owner is None:
        return
    flow = (command.args or "").strip().casefold()
    if message.chat.type == ChatType.PRIVATE or flow not in chats.flow_names:
        await answer(message, saying, "bind_usage", flows=list(chats.flow_names))
        return
    topic = topic_of(message)
    title = message.chat.title or ""
    has_deciders = await chats.bind(message.chat.id, topic, title, flow, owner)
    await answer(
        message,
        saying,
        "bound",
        topic=bool(topic),
        title=cards.title(flow),
        has_deciders=has_deciders,
        roles=chats.deciders(flow),
    )


async def on_unbind(message: Message, chats: Chats, people: People, saying: Saying) -> None:
    """`/unbind` in a group."""
    if await _owner(message, people, saying) is None:
        return
    done = await chats.unbind(message.chat.id, topic_of(message))
    await answer(message, saying, "unbound" if done else "not_bound")


async def on_role(
    message: Message, command: CommandObject, staff: Staff, people: People, saying: Saying
) -> None:
    """`/role admin` as a reply, or `/role admin 12345`."""
    owner = await _owner(message, people, saying)
    if owner is None:
        return
    given = {role.value for role in Role} - {Role.OWNER.value}
    words = (command.args or "").casefold().split()
    if not words or words[0] not in given:
        await answer(message, saying, "role_usage", roles=sorted(given - {Role.ADMIN.value}))
        return
    target = await _target(message, words[1:], people, saying)
    if target is None:
        return
    role = Role(words[0])
    needs: dict[str, Any] = {
        "needs_duty": await staff.needs_duty(target.id, role),
        "needs_link": await staff.needs_link(target.id, role),
    }
    name = await people.give(target.id, role, owner) or target.name
    what = "role_taken" if role is Role.OPERATOR else "role_given"
    await answer(message, saying, what, name=name, role=role.value, **needs)


async def _target(
    message: Message, words: list[str], people: People, saying: Saying
) -> Person | None:
    """Whom a role is for: by number, or by the message replied to. Never by a @name."""
    if not words:
        return await whom_answers(message, people, saying, usage="role_usage", roles=[])
    if re.fullmatch(r"\d{1,15}", words[0]):
        return Person(id=int(words[0]), name=words[0])
    await answer(message, saying, "role_usage", roles=[])
    return None


async def on_people(message: Message, staff: Staff, people: People, saying: Saying) -> None:
    """`/people`: who holds which role, who is on duty, who is who in the CRM."""
    if await _owner(message, people, saying) is not None:
        await answer(message, saying, "people.people", people=await staff.people())


async def on_retry(
    message: Message, command: CommandObject, repair: Repair, people: People, saying: Saying
) -> None:
    """`/retry` as a reply to a card, or with the case's number."""
    if await _owner(message, people, saying) is None:
        return
    number = re.fullmatch(r"#?C?(\d{1,18})", (command.args or "").strip(), re.IGNORECASE)
    replied = message.reply_to_message
    if number is None and replied is None:
        await answer(message, saying, "retry_usage")
        return
    count = await repair.retry(
        None if number is None else int(number[1]),
        message.chat.id,
        0 if replied is None else replied.message_id,
    )
    if count is None:
        await answer(message, saying, "retry_usage")
    else:
        await answer(message, saying, "retried" if count else "nothing_to_retry", count=count)


async def on_aside(
    message: Message,
    command: CommandObject,
    repair: Repair,
    intake: Intake,
    people: People,
    saying: Saying,
) -> None:
    """`/aside`: updates that could not be taken; `/aside replay` takes them again.

    Also cases with deadlines that could not be dealt with.
    """
    if await _owner(message, people, saying) is None:
        return
    if (command.args or "").strip().casefold() == "replay":
        replayed = await intake.replay()
        if replayed is None:
            await answer(message, saying, "replay_under_way")
        else:
            await answer(message, saying, "replayed", done=replayed[0], failed=replayed[1])
        return
    aside = await repair.aside()
    put_off = await repair.put_off()
    await answer(message, saying, "aside", count=len(aside), list=aside[:10], put_off=put_off)


_COMMANDS: dict[str, Callable[..., Awaitable[None]]] = {
    "bind": on_bind,
    "unbind": on_unbind,
    "role": on_role,
    "people": on_people,
    "retry": on_retry,
    "aside": on_aside,
}
