"""What people learn about themselves: /start, /me, /duty; and what the owner sees of them."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.world import ANUSH, LENA, MARAT, OLYA, OWNER, STRANGER, TIMUR, DemoPerson
from storage.people import People
from tests.harness import World


async def at_last(world: World, who: DemoPerson) -> str:
    """The last thing that the bot has told somebody, when all is said."""
    await world.quiet()
    return (await world.private(who))[-1]


async def duty(world: World, who: DemoPerson, word: str) -> str:
    await world.write_privately(who, f"/duty {word}")
    return await at_last(world, who)


# --- /start -----------------------------------------------------------------------------------


async def test_start_says_who_one_is_and_what_the_bot_will_tell_here(world: World) -> None:
    await world.start(MARAT)
    hello = (await world.told(MARAT, "Здравствуйте, Марат"))["text"]
    assert "Вы здесь: Марат Демо, админ" in hello
    assert "напоминания о тех, кто ждёт вас: «РФ Админы»" in hello
    assert str(MARAT.id) in hello
    await world.start(OLYA)
    hello = (await world.told(OLYA, "Здравствуйте, Оля"))["text"]
    assert "Оля Демо, оператор" in hello
    assert "ответы на ваши вопросы" in hello
    assert "напоминания" not in hello
    await world.start(OWNER)
    assert "владелец" in (await world.told(OWNER, "Здравствуйте, Виктор"))["text"]


# --- /me --------------------------------------------------------------------------------------


async def test_me_shows_ones_own_open_cases_with_links_to_their_cards(world: World) -> None:
    leads = [await world.crm.burning() for _ in range(3)]
    cards = [await world.card(await world.ask(OLYA, lead)) for lead in leads[:2]]
    await world.ask(TIMUR, leads[2])
    await world.press(MARAT, cards[0], "Разрешить")
    await world.quiet()
    await world.write_privately(OLYA, "/me")
    mine = await world.told(OLYA, "Мои вопросы")
    assert leads[1] in mine["text"]
    assert leads[0] not in mine["text"]
    assert leads[2] not in mine["text"]
    assert "Ждут" not in mine["text"]
    links = [one["url"] for one in mine["entities"] if one["type"] == "text_link"]
    assert links == [f"https://t.me/c/{str(world.group)[4:]}/{cards[1]}"]


async def test_who_joined_a_case_has_it_too(world: World) -> None:
    lead = await world.crm.burning()
    await world.card(await world.ask(OLYA, lead))
    await world.card(await world.ask(TIMUR, lead), "уже на карточке")
    await world.write_privately(TIMUR, "/me")
    await world.told(TIMUR, "Мои вопросы", lead)


async def test_me_shows_those_who_wait_for_ones_decision(world: World) -> None:
    lead, own = await world.crm.burning(), await world.crm.burning()
    await world.card(await world.ask(OLYA, lead))
    await world.card(await world.ask(MARAT, own))
    await world.write_privately(MARAT, "/me")
    mine = (await world.told(MARAT, "Ждут вашего решения"))["text"]
    asked, waiting = mine.split("Ждут вашего решения")
    assert own in asked
    assert own not in waiting
    assert lead in waiting
    assert "Оля Демо" in waiting
    await world.write_privately(OWNER, "/me")
    assert "Ждут" not in (await world.told(OWNER, "Открытых вопросов у вас нет"))["text"]


async def test_me_is_not_shown_to_a_group(world: World) -> None:
    lead = await world.crm.burning()
    await world.card(await world.ask(OLYA, lead))
    me = await world.post(OLYA, "/me")
    assert lead not in await world.text(await world.card(me, "Свои вопросы смотрите в личке"))


# --- /duty ------------------------------------------------------------------------------------


async def test_until_somebody_uses_duty_all_are_on_duty(world: World) -> None:
    assert "Сменами пока никто не пользуется" in await duty(world, MARAT, "")
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.pass_time(61)
    await world.told(MARAT, "Оператор ждёт")
    await world.told(LENA, "Оператор ждёт")
    assert "Решать некому" not in await world.text(card)


async def test_only_those_on_duty_are_pinged_and_all_who_may_decide_still_may(
    world: World,
) -> None:
    assert "Вы на смене" in await duty(world, MARAT, "on")
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.pass_time(61)
    await world.told(MARAT, "Оператор ждёт")
    await world.quiet()
    assert not any("ждёт" in text for text in await world.private(LENA))
    assert (await world.press(LENA, card, "Разрешить")).text.startswith("Разрешено")


async def test_the_first_to_go_off_duty_does_not_send_the_others_home(world: World) -> None:
    said = await duty(world, MARAT, "off")
    assert "Вы не на смене" in said
    assert "На смене: Лена Демо" in said
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.pass_time(61)
    await world.told(LENA, "Оператор ждёт")
    await world.quiet()
    assert not any("Оператор ждёт" in text for text in await world.private(MARAT))
    assert "Решать некому" not in await world.text(card)


async def test_the_first_two_who_go_off_duty_at_once_are_both_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_used, looked, both = People.is_duty_used, 0, asyncio.Event()

    async def slowly(people: People) -> bool:
        """Nobody goes on before both have looked, where there may be two at a time."""
        nonlocal looked
        found = await is_used(people)
        looked += 1
        if looked == 2:
            both.set()
        if people._connection.dialect.name == "postgresql":
            await both.wait()
        return found

    with monkeypatch.context() as patch:
        patch.setattr(People, "is_duty_used", slowly)
        for who in (MARAT, LENA):
            await world.write_privately(who, "/duty off")
        await world.quiet()

    duty = await world.rows("SELECT user_id, on_duty FROM people WHERE on_duty IS NOT NULL")
    assert {who: bool(on) for who, on in duty} == {MARAT.id: False, LENA.id: False}


async def test_with_nobody_on_duty_the_card_says_so_and_the_owner_is_told(world: World) -> None:
    # Somebody was there a second ago: the bot must not believe its memory.
    await world.card(await world.ask(OLYA, await world.crm.burning()), "Можно ли оформить?")
    await duty(world, MARAT, "on")
    said = await duty(world, MARAT, "off")
    assert "Теперь на смене никого: «РФ Админы»" in said
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.says(card, "Решать некому: на смене никого")
    await world.told(OWNER, "а решать некому", "/duty on")
    await duty(world, LENA, "on")
    later = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.quiet()
    assert "Решать некому" not in await world.text(later)


@pytest.mark.parametrize("who", [OLYA, OWNER, STRANGER], ids=lambda who: who.about)
async def test_duty_is_for_those_who_decide(world: World, who: DemoPerson) -> None:
    assert "Смены только для тех, кто решает" in await duty(world, who, "on")
    assert await world.count("SELECT count(*) FROM people WHERE on_duty IS NOT NULL") == 0


async def test_a_new_decider_hears_that_he_is_not_on_duty_yet(world: World) -> None:
    role = await world.post(OWNER, f"/role admin {OLYA.id}")
    assert "/duty" not in await world.text(await world.card(role, "роль admin дана"))
    await duty(world, MARAT, "on")
    role = await world.post(OWNER, f"/role admin {TIMUR.id}")
    await world.card(role, "выйдите на смену: /duty on")


async def test_duty_works_in_the_group_too_and_twice_is_once(world: World) -> None:
    await world.card(await world.post(MARAT, "/duty on"), "Вы на смене")
    await world.card(await world.post(MARAT, "/duty@workchats_bot on"), "Вы на смене")
    await world.card(await world.post(LENA, "/duty"), "Вы не на смене. На смене ещё: Марат Демо")


async def test_who_has_not_started_the_bot_is_told_that_no_reminder_will_come(
    world: World,
) -> None:
    async with world.storage.change() as uow:
        await uow.people.give(ANUSH.id, "admin", by=OWNER.id, now=world.clock())
    await world.card(await world.post(ANUSH, "/duty on"), "нажмите «Запустить»")


# --- /people ----------------------------------------------------------------------------------


async def test_the_owner_sees_roles_duty_and_crm_names(world: World) -> None:
    people = await world.text(await world.card(await world.post(OWNER, "/people"), "Люди и роли"))
    assert "на смене" not in people
    await duty(world, MARAT, "on")
    async with world.storage.change() as uow:
        await uow.people.link(LENA.id, crm_user="7", crm_name="Проверкина Инна")
    people = await world.text(await world.card(await world.post(OWNER, "/people"), "Люди и роли"))
    assert f"Марат Демо ({MARAT.id}): admin · 🟢 на смене" in people
    assert f"Лена Демо ({LENA.id}): admin · ⚪️ не на смене · CRM: Проверкина Инна" in people
    assert f"Виктор Демо ({OWNER.id}): owner\n" in people
