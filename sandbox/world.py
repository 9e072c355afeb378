"""The demo's people and chats, set up through the control API just as a real owner would do it.

The people are plainly demo people. Their ids are fixed, so that `OWNER_IDS` can name the owner
before anything runs. `settle` may be called at every start: what is there already stays as it is.

A working chat of the handbook (section 2) is one entry in `CHATS`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.telegram.control_client import ControlClient
from sandbox.telegram.errors import ControlError
from sandbox.telegram.model import Json

SURNAME = "Демо"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """Somebody of the demo.

    `about` is the role word on the page; what the bot lets them do comes from `/role` alone.
    `starts`: has opened the private chat with the bot, so that it may write to them.
    """

    id: int
    first_name: str
    username: str
    about: str
    starts: bool = True


OLYA = DemoPerson(id=500100001, first_name="Оля", username="demo_olya", about="оператор")
TIMUR = DemoPerson(id=500100002, first_name="Тимур", username="demo_timur", about="оператор")
#: Has not started the bot: outcomes reach her as replies in the group.
ANUSH = DemoPerson(
    id=500100003, first_name="Ануш", username="demo_anush", about="оператор", starts=False
)
MARAT = DemoPerson(id=500100011, first_name="Марат", username="demo_marat", about="админ")
LENA = DemoPerson(id=500100012, first_name="Лена", username="demo_lena", about="админ")
IRINA = DemoPerson(id=500100021, first_name="Ирина", username="demo_irina", about="супервайзер")
KOSTYA = DemoPerson(id=500100031, first_name="Костя", username="demo_kostya", about="айтишник")
ZARINA = DemoPerson(id=500100041, first_name="Зарина", username="demo_zarina", about="возвраты")
OWNER = DemoPerson(id=500100091, first_name="Виктор", username="demo_viktor", about="владелец")
STRANGER = DemoPerson(
    id=500100099, first_name="Гость", username="demo_guest", about="посторонний", starts=False
)

OPERATORS = (OLYA, TIMUR, ANUSH)
ADMINS = (MARAT, LENA)
PEOPLE = (*OPERATORS, *ADMINS, IRINA, KOSTYA, ZARINA, OWNER, STRANGER)


@dataclass(frozen=True, slots=True)
class Ready:
    """A ready post: the chip's label, and what an operator would write.

    `lead`: about which of the leads that the CRM's seed recommends (its `Showcase.kind`); its link
    goes before the words, or its client's number where they say {phone}. "": about none.
    """

    label: str
    words: str
    lead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoChat:
    """A working chat: all that the demo needs to know of it.

    `flow` is the word of `/bind`, `gives` the roles that the owner hands out, `posts` what the page
    offers to operators, in this order.
    """

    title: str
    flow: str
    members: tuple[DemoPerson, ...]
    gives: tuple[tuple[str, DemoPerson], ...] = ()
    posts: tuple[Ready, ...]

    def commands(self) -> tuple[str, ...]:
        """Return what the owner posts in the chat, in order."""
        roles = (f"/role {role} {person.id}" for role, person in self.gives)
        return (f"/bind {self.flow}", *roles)


CHATS = (
    DemoChat(
        title="РФ Админы",
        flow="duplicates",
        members=(*OPERATORS, *ADMINS),
        gives=(("admin", MARAT), ("admin", LENA)),
        posts=(
            Ready("Дубль, заказ едет", "Могу ли оформить? Клиент на линии", lead="burning"),
            Ready("Дубль, выкуплен", "Горит дубль, можно оформить?", lead="burning_bought_out"),
            Ready(
                "Товар не из скрипта",
                "Клиент хочет ещё ножи в подарок, можно добавить?",
                lead="extra_item",
            ),
            Ready("Заказ на номер?", "{phone} был ли заказ на этот номер?", lead="phone_known"),
            Ready(
                "Дубль, вернулся", "Могу оформить? Говорит, теперь заберёт", lead="burning_returned"
            ),
            Ready(
                "Дубль, был отказ",
                "Раньше отказался, теперь согласен. Могу?",
                lead="burning_refused",
            ),
            Ready(
                "Дубль, подтверждён",
                "Заказ подтверждён, а горит дубль. Что делать?",
                lead="confirmed",
            ),
            Ready("Дублей нет", "Посмотрите, можно оформлять?", lead="no_duplicate"),
            Ready("Странное имя", "Могу ли оформить?", lead="odd_name"),
        ),
    ),
    DemoChat(
        title="КЦ IT Вопросы",
        flow="it",
        members=(*OPERATORS, IRINA, KOSTYA),
        gives=(("it", KOSTYA), ("supervisor", IRINA)),
        posts=(
            Ready(
                "Нет баланса звонков",
                "Нет баланса звонков, не могу позвонить клиенту",
                lead="no_duplicate",
            ),
            Ready("Баланс без ссылки", "Закончился баланс на смс"),
            Ready("CRM зависла", "срм зависла, карточка не открывается"),
            Ready("Звонилка", "MicroSIP не регистрируется, пишет ошибку"),
        ),
    ),
    DemoChat(
        title="Проект Белкин",
        flow="pauses",
        members=(*OPERATORS, IRINA),
        gives=(("supervisor", IRINA),),
        posts=(
            Ready("Обед", "обед 30 мин"),
            Ready("Перерыв", "перерыв 15"),
            Ready("Обед подольше", "можно обед 45 минут?"),
            Ready("Сип завис", "сип завис, выключаю"),
            Ready("Вернулась", "вернулась"),
            Ready("Кто где", "/pauses"),
            Ready("Конец смены", "смену закончила"),
        ),
    ),
    DemoChat(
        title="Возврат Обмен",
        flow="returns",
        members=(*OPERATORS, ZARINA, IRINA),
        gives=(("returns", ZARINA), ("supervisor", IRINA)),
        posts=(
            Ready(
                "Брак, прошлый заказ выкуплен",
                "Пришёл с браком: не включается, хочет обменять",
                lead="return",
            ),
            Ready(
                "Возврат, есть только номер",
                "{phone} не подошёл, хочет вернуть деньги",
                lead="phone_known",
            ),
        ),
    ),
    DemoChat(
        title="Не проставленные отказы (Удаленка)",
        flow="refusals",
        members=(*OPERATORS, IRINA),
        gives=(("supervisor", IRINA),),
        posts=(
            Ready(
                "Отказ не стоит",
                "Клиент отказался раньше, отказ не проставлен",
                lead="refusal_unset",
            ),
            Ready(
                "Отказ не на том",
                "Отказ стоит, закрепите за первым говорившим",
                lead="refused_before",
            ),
        ),
    ),
    DemoChat(
        title="Аномальные заказы",
        flow="anomalies",
        members=(*OPERATORS, *ADMINS),
        gives=(("admin", MARAT), ("admin", LENA)),
        posts=(
            Ready("Цены разные", "в скрипте 3990, на сайте 4990", lead="burning"),
            Ready("Цены через дробь", "2990/3490, клиент на линии", lead="extra_item"),
            Ready("Цен нет", "на сайте дороже, какую цену называть?", lead="no_duplicate"),
        ),
    ),
)


async def settle(base_url: str, bot_username: str) -> dict[str, int]:
    """Make sure that the demo's people and chats are there; return chat ids by title.

    `base_url` is the sandbox's address. The bot must be known to the sandbox, but need not run
    yet: what the owner posts waits for it as Telegram's updates do.

    Raises:
        ControlError: the sandbox refused a step, or has no such bot.
    """
    async with ControlClient(base_url) as control:
        world = await control.world()
        bot_id = _bot_id(world, bot_username)
        known = {person["id"]: person for person in world["people"]}
        for person in PEOPLE:
            if person.id not in known:
                known[person.id] = await _arrive(control, person)
        # People start the bot first: that is how it learns their names, and they their ids.
        for person in PEOPLE:
            there = known[person.id]
            if person.starts and not there["started"] and not there["blocked"]:
                await control.start(person.id)
        return {chat.title: await _settle_chat(control, world, chat, bot_id) for chat in CHATS}


async def _arrive(control: ControlClient, person: DemoPerson) -> Json:
    return await control.person(
        person.first_name,
        id=person.id,
        last_name=SURNAME,
        username=person.username,
        about=person.about,
    )


async def _settle_chat(control: ControlClient, world: Json, chat: DemoChat, bot_id: int) -> int:
    there = [c for c in world["chats"] if c["title"] == chat.title and not c["migrated_to"]]
    members = [person.id for person in chat.members]
    group = there[0] if there else await control.chat(chat.title, creator=OWNER.id, members=members)
    chat_id = int(group["id"])
    if bot_id not in {member["user_id"] for member in group["members"]}:
        # An administrator reads every post whatever its privacy mode: that is what the bot needs.
        await control.member(chat_id, bot_id, "administrator", by=OWNER.id)
    posts = await control.messages(chat_id)
    posted = {post.get("text") for post in posts if post.get("from", {}).get("id") == OWNER.id}
    for command in chat.commands():
        if command not in posted:
            await control.post(chat_id, OWNER.id, command)
    return chat_id


def _bot_id(world: Json, username: str) -> int:
    for bot in world["bots"]:
        if bot["username"].lower() == username.lower():
            return int(bot["id"])
    raise ControlError(f"the sandbox has no bot @{username}")
