"""A refusal is attributed in the CRM's record, and read back."""

from __future__ import annotations

from sandbox.world import IRINA, OLYA, OWNER, TIMUR
from tests.bot.refusals.refusing import GLEB, VERA, a_lead, names
from tests.harness import World, eventually
from tests.harness.crm import CONFIRMED, TOO_EXPENSIVE


async def test_the_crm_chose_another_and_is_set_right_and_the_card_says_what_stayed(
    world: World,
) -> None:
    lead = await a_lead(world, (VERA, 184), (GLEB, 97))
    card = await world.card(await world.ask(OLYA, lead, "отказ не проставлен"), VERA)

    answer = await world.press(IRINA, card, "Закрепить")

    assert answer.text.startswith("Закрепляю")
    shown = await world.says(card, "в CRM записано ✔", f"Отказ за: {VERA}")
    await world.quiet()
    assert await names(world, lead) == (VERA, GLEB)
    assert f"Поле «оператор» CRM заполнила сама: {GLEB}" in shown
    assert await world.crm.status(lead) == TOO_EXPENSIVE
    [comment] = await world.crm.tagged(lead)
    assert f"Отказ закрепить за: {VERA}" in comment
    assert "Ирина Демо" in comment
    await world.told(OLYA, f"Отказ за: {VERA}")


async def test_where_the_crm_chooses_right_nothing_is_repaired(world: World) -> None:
    lead = await a_lead(world, (VERA, 184), (GLEB, 60))
    card = await world.card(await world.ask(OLYA, lead), VERA)
    await world.press(IRINA, card, "Закрепить")
    shown = await world.says(card, "в CRM записано ✔")
    await world.quiet()

    assert await names(world, lead) == (VERA, VERA)
    assert "заполнила сама" not in shown
    assert not [path for path in await world.crm.requests("PUT") if "change_m" in path]


async def test_what_was_pinned_beforehand_is_only_verified(world: World) -> None:
    lead = await a_lead(world, (VERA, 184))
    card = await world.card(await world.ask(OLYA, lead), VERA)
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "в CRM записано ✔")
    again = await world.card(await world.ask(TIMUR, lead), f"В CRM отказ уже за: {VERA} ✔")
    await world.press(IRINA, again, "Закрепить")
    await world.says(again, "в CRM записано ✔")
    await world.quiet()

    pins = [path for path in await world.crm.requests("POST") if "refuse_order" in path]
    assert len(pins) == 1
    assert len(await world.crm.tagged(lead)) == 2


async def test_a_name_without_a_user_is_told_to_the_supervisor(world: World) -> None:
    lead = await a_lead(world, ("Неизвестная Нина", 184), (GLEB, 97))
    card = await world.card(await world.ask(OLYA, lead), "Неизвестная Нина")
    await world.press(IRINA, card, "Закрепить")

    shown = await world.says(card, "В CRM нет пользователя с таким именем")
    assert f"(сейчас в CRM: {GLEB})" in shown
    await world.told(IRINA, "В CRM нет пользователя с таким именем", "Неизвестная Нина")

    await world.press(IRINA, card, "Решить заново")
    await world.press(IRINA, card, "Другой оператор")
    await world.press(IRINA, card, GLEB)
    await world.says(card, f"Отказ за: {GLEB}", "в CRM записано ✔")
    await world.quiet()
    assert (await names(world, lead))[0] == GLEB


async def test_retry_pins_nobody_of_whom_it_was_decided_anew_since(world: World) -> None:
    lead = await a_lead(world, ("Неизвестная Нина", 184), (GLEB, 97))
    card = await world.card(await world.ask(OLYA, lead), "Неизвестная Нина")
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "В CRM нет пользователя с таким именем")
    await world.press(IRINA, card, "Решить заново")
    await world.press(IRINA, card, "Другой оператор")
    await world.press(IRINA, card, GLEB)
    await world.says(card, f"Отказ за: {GLEB}", "в CRM записано ✔")
    await world.quiet()
    world.crm.store.add_user("nina", last_name="Неизвестная", first_name="Нина")

    await world.reply(OWNER, card, "/retry")

    async def none_is_left() -> bool:
        return not await world.count("SELECT count(*) FROM outbox WHERE state <> 'done'")

    await eventually(none_is_left, "it was tried again")
    await world.quiet()
    assert (await names(world, lead))[0] == GLEB


async def test_of_two_users_of_one_name_none_is_guessed(world: World) -> None:
    last, first = VERA.split()
    world.crm.store.add_user("namesake", last_name=last, first_name=first)
    lead = await a_lead(world, (VERA, 184), (GLEB, 97))
    card = await world.card(await world.ask(OLYA, lead), VERA)
    await world.press(IRINA, card, "Закрепить")

    await world.says(card, "В CRM несколько пользователей с таким именем")
    await world.quiet()
    assert (await names(world, lead))[0] == GLEB


async def test_without_such_a_call_a_named_operator_is_made_responsible(world: World) -> None:
    lead = await a_lead(world, (VERA, 60))
    card = await world.card(
        await world.ask(OLYA, lead),
        "Разговор другого оператора длительностью более 60 сек не найден в карточке заказа",
    )
    await world.press(IRINA, card, "Назвать оператора")
    await world.says(card, "За кем закрепить отказ?")
    await world.reply(IRINA, card, "Глеб Гудочкин, говорил со второго номера")
    await world.says(card, "Закрепить отказ за: Глеб Гудочкин? Почему: говорил со второго номера")
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, f"Отказ за: {GLEB}", "в CRM записано ✔")
    await world.quiet()

    assert (await names(world, lead))[0] == GLEB
    [comment] = await world.crm.tagged(lead)
    assert "говорил со второго номера" in comment


async def test_a_lead_that_was_confirmed_meanwhile_is_not_refused(world: World) -> None:
    lead = await a_lead(world, (VERA, 184))
    card = await world.card(await world.ask(OLYA, lead), VERA)
    await world.crm.set_status(lead, CONFIRMED)
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "Статус лида уже другой")
    await world.quiet()

    assert await world.crm.status(lead) == CONFIRMED
    assert (await names(world, lead))[0] == "Менеджер не указан"


async def test_a_pin_whose_answer_was_lost_is_not_pressed_twice(world: World) -> None:
    lead = await a_lead(world, (VERA, 184))
    card = await world.card(await world.ask(OLYA, lead), VERA)
    await world.crm.fault(kind="cut_after", path="*/refuse_order/*")
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "CRM не отвечает, запись сделаю")
    await world.pass_time(10)
    await world.says(card, "в CRM записано ✔")
    await world.quiet()

    pins = [path for path in await world.crm.requests("POST") if "refuse_order" in path]
    assert len(pins) == 1
    assert await names(world, lead) == (VERA, VERA)
