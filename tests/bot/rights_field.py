"""Where the attack on rights takes place: the chats at work, and all their people."""

from __future__ import annotations

from itertools import cycle
from typing import Any

from sandbox.world import (
    ANUSH,
    IRINA,
    KOSTYA,
    LENA,
    MARAT,
    OLYA,
    OWNER,
    STRANGER,
    SURNAME,
    TIMUR,
    ZARINA,
    DemoPerson,
)
from tests.bot.rights import AUDITOR_ID, DEEDS, ROLES
from tests.bot.rights_seen import Seen
from tests.harness import World
from tests.harness.crm import CONFIRMED, PASSWORD, TOO_EXPENSIVE

AUDITOR = DemoPerson(id=AUDITOR_ID, first_name="Вера", username="demo_vera", about="аудитор")
PEOPLE = (OLYA, TIMUR, ANUSH, MARAT, LENA, IRINA, KOSTYA, ZARINA, AUDITOR, OWNER, STRANGER)
#: What operators write in each chat; «@» is a lead's link.
WORDS = {
    "duplicates": (
        "@ могу оформить?",
        "@ хочет чехол, в скрипте нет",
        "#был ли заказ на этот номер?",
    ),
    "anomalies": ("@ в скрипте 3990, на сайте 4990", "@ какая цена?", "@ 3990/4990"),
    "refusals": ("@ клиент отказался раньше", "@"),
    "returns": ("@ не включается, хочет обменять", "#брак, хочет вернуть"),
    "it": ("@ нет баланса звонков", "CRM зависла", "нет баланса смс", "/it мышка сломалась"),
    "pauses": ("обед", "перерыв 15", "обучение 60", "сип завис, выключаю", "обед 90"),
}
CLIENT = "Секретова Клавдия"
#: Each lead's client is called so, and lives so: no other does (`rights_words`).
_CLIENTS = (
    *("Тайн", "Скрыт", "Потаен", "Загад", "Заповед", "Укром"),
    *("Сокров", "Безвест", "Глуш", "Немот", "Незрим", "Утаен"),
)
VERA, GLEB = "Трелькина Вера", "Гудочкин Глеб"


class Field:
    """Where the attack takes place."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.chats: dict[str, int] = {}
        self.leads: list[str] = []
        #: What each lead is known by, its key first.
        self.marks: dict[str, list[str]] = {}
        self.channel = self.forum = self.topic = 0
        self.secrets: set[str] = set()
        self.seen: Seen | None = None
        self.made = 0

    def places(self) -> list[tuple[int, int]]:
        """(chat, topic) of all groups."""
        return [*((chat, 0) for chat in self.chats.values()), (self.forum, self.topic)]

    def messages(self, chat: int) -> list[Any]:
        """All messages of a chat that are there."""
        known = self.world.tg.telegram.world.chats.get(chat)
        return [one for one in known.messages.values() if not one.deleted] if known else []

    def people_said(self, chat: int) -> str:
        """All that people have written in a chat."""
        own = [one for one in self.messages(chat) if one.author_id != self.world.tg.bot_id]
        return "\n".join(str(one.content) for one in own)

    def spoken(self, chat: int) -> list[Any]:
        """The bot's messages in a chat."""
        return [one for one in self.messages(chat) if one.author_id == self.world.tg.bot_id]

    def case_of(self, data: str) -> dict[str, Any] | None:
        """The case that a press's data names."""
        number = data.partition(":")[0]
        known = self.seen.cases if self.seen else {}
        return known.get(int(number)) if number.isascii() and number.isdecimal() else None

    def likely(self, data: str, part: str, which: int) -> DemoPerson | None:
        """Who may well do that: the poster, or one whose role decides there; else nobody."""
        case = self.case_of(data)
        if case is None:
            return None
        roles = {role for who in DEEDS[case["flow"]].values() for role in who.split()}
        fit = {
            "poster": [who for who in PEOPLE if who.id == case["poster_id"]],
            "decider": [
                who for who in PEOPLE if who is OWNER or ROLES.get(who.id, frozenset()) & roles
            ],
        }.get(part)
        return fit[which % len(fit)] if fit else None

    def words(self, template: str, which: int) -> str:
        lead = self.world.crm.link(self.leads[which % len(self.leads)])
        return template.replace("@", lead).replace("#", f"+7 701 000-00-{which % 90 + 10} ")


def data_of(message: Any) -> list[str]:
    """The data of a message's buttons."""
    rows = (message.reply_markup or {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row]


async def prepare(field_: Field) -> None:
    """The chats with cases in many states, a group that runs nothing, and a forum."""
    world = field_.world
    for who in PEOPLE:
        await world.arrive(who)
    for number, name in enumerate((VERA, GLEB)):
        last, first = name.split()
        world.crm.store.add_user(f"operator{number}", last_name=last, first_name=first)
    for flow in WORDS:
        field_.chats[flow] = await world.new_group(f"Чат {flow}", members=PEOPLE)
    field_.chats["none"] = await world.new_group("Курилка", members=PEOPLE)
    field_.forum = await world.new_group("Форум", members=PEOPLE, is_forum=True)
    field_.topic = int((await world.tg.control.topic(field_.forum, "РФ Админы"))["id"])
    channel = await world.tg.control.chat("Новости", creator=OWNER.id, kind="channel")
    field_.channel = int(channel["id"])
    await world.quiet()
    for flow in WORDS:
        await world.bind(field_.chats[flow], flow=flow)
    await world.bind(field_.forum, field_.topic, "duplicates")
    now = world.clock()
    async with world.storage.change() as uow:
        await uow.chats.entered(field_.chats["none"], "Курилка", by=OWNER.id, now=now)
        for who in PEOPLE:
            await uow.people.met(who.id, f"{who.first_name} {SURNAME}", who.username, now=now)
            await uow.people.set_reachable(who.id, reachable=who.starts)
            for role in ROLES.get(who.id, ()):
                await uow.people.give(who.id, role, by=OWNER.id, now=now)
        for who, name in ((OLYA, VERA), (TIMUR, GLEB)):
            await uow.people.link(who.id, crm_user="", crm_name=name)
    for number, client in enumerate(_CLIENTS):
        calls = [{"operator": (VERA, GLEB)[number % 2], "talked": 30 + 40 * (number % 3)}]
        signs = [f"{client}ецкая", f"{client}ецкий переулок"]
        comments = [f"дом 5, {signs[1]}"]
        more: dict[str, Any] = {"calls": calls, "client_name": signs[0], "comments": comments}
        if number % 3 == 0:
            field_.leads.append(await world.crm.burning(**more))
        else:
            statuses = [(), (TOO_EXPENSIVE,), (CONFIRMED,)][number % 3]
            items = [{"name": "Демо-шуруповёрт", "price": 3990}]
            lead = await world.crm.lead(statuses=list(statuses), items=items, **more)
            field_.leads.append(lead)
        lead = field_.leads[-1]
        field_.marks[lead] = [lead, *signs, *(await world.crm.truth(lead))["phones"]]
    await _live(field_)
    await _know_secrets(field_)


async def _live(field_: Field) -> None:
    """Work as on any day: posts, and presses that go some way."""
    world = field_.world
    decider = {"it": KOSTYA, "returns": ZARINA, "duplicates": LENA, "anomalies": LENA}
    number = 0
    for flow, templates in WORDS.items():
        posters = cycle((OLYA, decider.get(flow, IRINA), TIMUR, OWNER, ANUSH))
        for template in (*templates, *templates):
            number += 1
            chat = field_.chats[flow]
            await world.post(next(posters), field_.words(template, number), chat=chat)
    await world.quiet()
    for step in range(3):
        for flow, chat in ((flow, field_.chats[flow]) for flow in WORDS):
            cards = [one for one in field_.spoken(chat) if data_of(one)]
            for at, card in enumerate(cards[step::3]):
                data = data_of(card)
                who = decider.get(flow, IRINA) if at % 2 else OWNER
                await world.press_data(
                    who, card.message_id, data[(at + step) % len(data)], chat=chat, wait=0
                )
        await world.quiet()


async def _know_secrets(field_: Field) -> None:
    """What no log may hold."""
    world = field_.world
    field_.secrets = {world.tg.token.partition(":")[2], PASSWORD + '"', *CLIENT.split()}
    field_.secrets |= {one.first_name for one in PEOPLE} | {SURNAME, *VERA.split(), *GLEB.split()}
    for lead, signs in field_.marks.items():
        field_.secrets |= {*signs} - {lead}
    field_.secrets |= {row[0] for row in await world.rows("SELECT token FROM crm_tokens")}
    field_.secrets |= {"000-00-"}
