"""Commands for everybody: /help, /code, /me, /duty, /link; and the handbook by inline query."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Router
from aiogram.enums import ChatType
from aiogram.filters import Command, CommandObject
from aiogram.types import InlineQuery, Message

from bot.cards import Cards
from bot.chats import Chats
from bot.flows.records import Role
from bot.handlers.answering import answer, who_wrote, whom_answers
from bot.links import Linking
from bot.lookup import Entry, Handbook
from bot.people import People
from bot.records import READERS
from bot.saying import Saying
from bot.staff import Staff
from bot.telegram import Answers, Offer, topic_of
from bot.whois import Where

_WITH_ID = re.compile(r"(\d{5,15})\s+(.+)", re.DOTALL)
_OFF = {"off", "нет", "-"}


def make_router() -> Router:
    """Commands; `/help@botname` works as well."""
    router = Router(name="personal")
    for name, handler in _COMMANDS.items():
        router.message.register(handler, Command(name))
    router.inline_query.register(on_inline)
    return router


def _is_private(message: Message) -> bool:
    return message.chat.type == ChatType.PRIVATE


async def on_help(
    message: Message, chats: Chats, cards: Cards, staff: Staff, people: People, saying: Saying
) -> None:
    """`/help`: the rules of this chat; privately, what one can do here."""
    user = message.from_user
    # A post in a group's name comes with a stand-in's id, which holds no role.
    roles = frozenset[Role]() if user is None else await people.roles(user.id)
    is_owner = Role.OWNER in roles
    if _is_private(message):
        words: dict[str, Any] = {
            "decides": staff.decides(roles),
            "reads": bool(roles & READERS),
            "is_owner": is_owner,
        }
        await answer(message, saying, "people.help_private", **words)
        return
    topic = topic_of(message)
    flow = await chats.flow_in(message.chat.id, topic)
    if flow:
        await answer(message, saying, "people.help", flow=flow)
        return
    flows = [(name, cards.title(name)) for name in chats.flow_names]
    await answer(
        message, saying, "people.help_unbound", topic=bool(topic), is_owner=is_owner, flows=flows
    )


async def on_code(
    message: Message, command: CommandObject, handbook: Handbook, saying: Saying
) -> None:
    """`/code дорого`: which status to set, and when; without a word, or for a strange one: all."""
    query = (command.args or "").strip()
    found = handbook.find(query)
    if found:
        await answer(message, saying, "codes.found", entries=[entry.words() for entry in found])
    else:
        await answer(message, saying, "codes.groups", query=query, groups=handbook.groups())


async def on_me(message: Message, staff: Staff, people: People, saying: Saying) -> None:
    """`/me` privately: my open cases, and who waits for me."""
    person = await who_wrote(message, people, saying)
    if person is None:
        return
    if not _is_private(message):
        await answer(message, saying, "people.me_private")
        return
    await people.set_reachable(person.id, reachable=True)
    what, words = await staff.mine(person)
    await answer(message, saying, what, **words)


async def on_duty(
    message: Message, command: CommandObject, staff: Staff, people: People, saying: Saying
) -> None:
    """`/duty on|off`: whether I am pinged."""
    person = await who_wrote(message, people, saying)
    if person is None:
        return
    if _is_private(message):
        await people.set_reachable(person.id, reachable=True)
    on = {"on": True, "off": False}.get((command.args or "").strip().casefold())
    what, words = await staff.duty(person, on=on)
    await answer(message, saying, what, **words)


async def on_link(
    message: Message, command: CommandObject, linking: Linking, people: People, saying: Saying
) -> None:
    """`/link Иванова`: who I am in the CRM; an owner says it of somebody else."""
    person = await who_wrote(message, people, saying)
    if person is None or message.from_user is None:
        return
    query = " ".join((command.args or "").split())
    if people.is_owner(person.id) and (
        await _of_another(message, query, linking, people, saying) or not _is_private(message)
    ):
        return
    if not _is_private(message):
        await answer(message, saying, "people.link_in_private")
    elif not query:
        await answer(message, saying, "people.link_usage")
    else:
        await people.set_reachable(person.id, reachable=True)
        username = message.from_user.username or ""
        await linking.asked(person, username, query[:100], message.message_id)


async def _of_another(
    message: Message, query: str, linking: Linking, people: People, saying: Saying
) -> bool:
    """An owner names somebody by id, or by the message replied to. Returns whether he did."""
    numbered = _WITH_ID.fullmatch(query)
    if numbered is not None:
        target, query = int(numbered[1]), numbered[2]
    elif _is_private(message):
        return False
    else:
        usage = "people.link_usage_owner"
        person = await whom_answers(message, people, saying, usage=usage)
        if person is None:
            return True
        target = person.id
    if not query:
        await answer(message, saying, "people.link_usage_owner")
    elif query.casefold() in _OFF:
        await linking.forget(target)
        await answer(message, saying, "people.unlinked")
    else:
        where = Where(chat=message.chat.id, topic=topic_of(message), reply_to=message.message_id)
        if not await linking.appointed(target, query[:100], where):
            await answer(message, saying, "people.link_unknown")
    return True


async def on_inline(query: InlineQuery, handbook: Handbook, cards: Cards, answers: Answers) -> None:
    """`@bot дорого` in any chat: what is chosen is sent in the person's own name."""
    found = handbook.find(query.query, most=20) if query.query.strip() else handbook.entries
    answers.offer(query.id, [_offer(entry, cards) for entry in found])


def _offer(entry: Entry, cards: Cards) -> Offer:
    words = entry.words()
    return Offer(
        id=entry.code.code,
        title=cards.common_plain("codes.title", **words),
        description=cards.common_plain("codes.description", **words),
        text=cards.common("codes.chosen", **words).text,
    )


_COMMANDS: dict[str, Callable[..., Awaitable[None]]] = {
    "help": on_help,
    "code": on_code,
    "me": on_me,
    "duty": on_duty,
    "link": on_link,
}
