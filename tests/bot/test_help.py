"""Help where it is asked for; a hint once where something is used wrongly."""

from __future__ import annotations

from bot.flows import FLOWS
from bot.menu import GROUP, PRIVATE
from sandbox.telegram.model import Json
from sandbox.world import ANUSH, IRINA, KOSTYA, LENA, MARAT, OLYA, OWNER, TIMUR
from tests.harness import World, eventually


async def test_help_in_a_chat_tells_its_rules_and_an_example(world: World) -> None:
    help_ = await world.text(await world.card(await world.post(OLYA, "/help"), "«РФ Админы»"))
    title, *rules, _, example = help_.splitlines()
    assert len(rules) == 3
    assert example.startswith("Пример:")
    await world.card(await world.post(TIMUR, "/help@workchats_bot"), title)


async def test_help_in_a_chat_that_is_not_bound_tells_how_to_bind_it(world: World) -> None:
    chat = await world.new_group("Новый чат")
    asked = await world.post(OLYA, "/help", chat=chat)
    await world.card(asked, "Подключает владелец бота командой /bind", chat=chat)
    asked = await world.post(OWNER, "/help", chat=chat)
    card = await world.card(asked, "Подключите: /bind", chat=chat)
    for kind in FLOWS:
        assert f"/bind {kind.name}" in await world.text(card, chat=chat)


async def test_help_in_private_tells_what_this_person_can_do(world: World) -> None:
    await world.write_privately(OLYA, "/help")
    operator = (await world.told(OLYA, "/me мои вопросы"))["text"]
    assert "/duty" not in operator
    assert "/bind" not in operator
    await world.write_privately(MARAT, "/help")
    assert "/duty on" in (await world.told(MARAT, "/me мои вопросы"))["text"]
    await world.write_privately(OWNER, "/help")
    assert "/bind" in (await world.told(OWNER, "/me мои вопросы"))["text"]


async def test_help_in_private_tells_of_looking_up_to_those_who_may(world: World) -> None:
    lookups = ("/history", "/find", "/export")
    for who, role in ((LENA, "admin"), (IRINA, "supervisor"), (ANUSH, "auditor"), (OWNER, "")):
        await world.arrive(who)
        await world.give(who, role)
        await world.write_privately(who, "/help")
        await world.told(who, "/me мои вопросы", *lookups)
    await world.arrive(KOSTYA)
    await world.give(KOSTYA, "it")
    for other in (OLYA, KOSTYA):
        await world.write_privately(other, "/help")
        told = (await world.told(other, "/me мои вопросы"))["text"]
        assert not any(command in told for command in lookups)


async def test_a_link_of_another_crm_gets_a_hint_once_to_a_person(world: World) -> None:
    link = "https://evil.example/orders/f5086aeebb могу?"
    await world.card(await world.post(OLYA, link), "Это ссылка не нашей CRM")
    again = await world.post(OLYA, link)
    await world.card(await world.post(TIMUR, link), "Это ссылка не нашей CRM")
    await world.quiet()
    assert await world.said(reply_to=again) == []
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    assert "Можно ли оформить?" in await world.text(card)


async def test_an_unknown_command_gets_a_hint_once_and_other_bots_are_left_alone(
    world: World,
) -> None:
    await world.post(OLYA, "/weather@other_bot")
    await world.quiet()
    assert await world.said() == []
    await world.card(await world.post(OLYA, "/zakaz"), "Такой команды у меня нет")
    await world.post(OLYA, "/zakaz")
    await world.quiet()
    assert len(await world.said()) == 1


async def test_a_command_of_owners_is_refused_once_to_a_person(world: World) -> None:
    await world.card(await world.post(OLYA, "/unbind"), "Это может только владелец")
    again = await world.post(OLYA, "/people")
    await world.card(await world.post(TIMUR, "/unbind"), "Это может только владелец")
    await world.quiet()
    assert await world.said(reply_to=again) == []


async def test_a_command_with_a_lead_behind_it_is_a_question_all_the_same(world: World) -> None:
    lead = await world.crm.burning()
    await world.card(await world.post(OLYA, f"/zakaz {world.crm.link(lead)} можно?"), lead)


async def test_words_in_private_get_a_hint_once_a_day(world: World) -> None:
    await world.write_privately(OLYA, "привет")
    await world.told(OLYA, "Я работаю в группах")
    await world.write_privately(OLYA, "ты тут?")
    await world.quiet()
    assert len(await world.private(OLYA)) == 1
    await world.pass_time(24 * 3600)
    await world.write_privately(OLYA, "привет")
    await world.quiet()
    assert len(await world.private(OLYA)) == 2


async def test_an_anonymous_post_asks_for_nothing(world: World) -> None:
    await world.tg.control.member(
        world.group, MARAT.id, "administrator", by=OWNER.id, is_anonymous=True
    )
    await world.card(await world.post(MARAT, "/duty on"), "от имени группы")
    await world.card(await world.post(MARAT, "/help"), "«РФ Админы»")
    assert await world.count("SELECT count(*) FROM people WHERE on_duty IS NOT NULL") == 0


async def test_telegram_offers_the_commands_that_there_are(world: World) -> None:
    async def told() -> list[Json]:
        calls = await world.tg.control.log("setMyCommands")
        return calls if len(calls) == 2 else []

    calls = await eventually(told, "both menus")
    offered = {
        call["params"]["scope"]["type"]: [one["command"] for one in call["params"]["commands"]]
        for call in calls
    }
    assert offered == {"all_private_chats": list(PRIVATE), "all_group_chats": list(GROUP)}
    for command in PRIVATE:
        await world.write_privately(OLYA, f"/{command}")
    await world.quiet()
    said = await world.private(OLYA)
    assert len(said) == len(PRIVATE)
    assert not any("Я работаю в группах" in text for text in said)
