"""«Возврат Обмен» with everything real: the sandbox, the small CRM, the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

import pytest

from bot.flows import FLOWS
from bot.flows.base import Button, Flow
from bot.flows.records import Case
from sandbox.world import IRINA, LENA, OLYA, OWNER, TIMUR, ZARINA, DemoPerson
from tests.harness import World, a_world
from tests.harness.crm import CONFIRMED, DUPLICATE
from tests.harness.world import buttons_of
from tests.storage.conftest import a_case

RETURN = 70
HOUR = 3600
GIVES = (("returns", ZARINA), ("returns", LENA), ("supervisor", IRINA))
WORDS = "не включается, хочет обменять"


async def open_chat(world: World) -> None:
    """«Возврат Обмен» is bound, its people have their roles."""
    for who in (IRINA, ZARINA):
        await world.arrive(who)
    members: tuple[DemoPerson, ...] = (OLYA, TIMUR, ZARINA, LENA, IRINA)
    world.group = await world.new_group("Возврат Обмен", members=members)
    await world.bind(world.group, flow="returns")
    for role, who in GIVES:
        await world.give(who, role)


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    async with a_world(database_url) as running:
        await open_chat(running)
        yield running


async def test_the_lead_of_the_call_gets_70_read_back_and_one_comment(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead, WORDS), "Перезвонить до")
    await world.says(card, "никто не взял", "в CRM записано ✔", "«Брак обмен» · комментарий")
    await world.tg.control.redeliver(20)
    await world.quiet()
    assert await world.crm.status(lead) == RETURN
    [comment] = await world.crm.tagged(lead)
    assert f"Клиент: {WORDS} (оператор Оля Демо" in comment


async def test_the_promised_time_is_a_moment_in_the_reader_s_zone(world: World) -> None:
    post = await world.ask(OLYA, await world.crm.burning(), WORDS)
    card = await world.card(post, "Перезвонить до")
    await world.quiet()
    message = await world.message(card)
    [moment] = [one for one in message["entities"] if one["type"] == "date_time"]
    asked = await world.message(post)
    assert moment["unix_time"] == asked["date"] + 15 * HOUR
    assert moment["date_time_format"] == "dt"


async def test_a_confirmed_lead_is_never_trashed_without_the_poster_s_answer(world: World) -> None:
    lead = await world.crm.burning(statuses=[CONFIRMED])
    card = await world.card(await world.ask(OLYA, lead, WORDS), "это заявка текущего звонка?")
    await world.says(card, "в CRM записано ✔", "комментарий")
    assert (await world.press(ZARINA, card, "Да, этот звонок")).alert
    await world.press(ZARINA, card, "Беру")
    await world.pass_time(20 * HOUR)
    await world.quiet()
    assert await world.crm.status(lead) == CONFIRMED
    await world.told(OLYA, "Это заявка текущего звонка?", "Лид подтверждён")

    await world.press(OLYA, card, "Да, этот звонок")
    await world.says(card, "«Брак обмен» · комментарий")
    await world.quiet()
    assert await world.crm.status(lead) == RETURN
    assert len(await world.crm.tagged(lead)) == 1


async def test_a_question_that_nobody_answers_outlives_the_outcome(world: World) -> None:
    lead = await world.crm.burning(statuses=[CONFIRMED])
    card = await world.card(await world.ask(OLYA, lead, WORDS), "это заявка текущего звонка?")
    for word in ("Беру", "Дозвонились", "Обмен"):
        await world.press(ZARINA, card, word)
    await world.says(card, "Обмен — Зарина Демо")
    await world.quiet()
    await world.pass_time(2 * HOUR)
    await world.quiet()
    await world.pass_time(2 * HOUR)
    await world.told(OLYA, "Это заявка текущего звонка?")
    await world.told(IRINA, "Нет ответа: это заявка текущего звонка?", "Оператор: Оля Демо")

    assert (await world.press(IRINA, card, "Да, этот звонок")).text == "Ставлю «Брак обмен»."
    await world.quiet()
    assert await world.crm.status(lead) == RETURN


async def test_the_sale_itself_stays_confirmed(world: World) -> None:
    lead = await world.crm.burning(statuses=[CONFIRMED])
    card = await world.card(await world.ask(OLYA, lead, WORDS), "это заявка текущего звонка?")
    answer = await world.press(OLYA, card, "Нет, это сам заказ")
    assert "Лиду текущего звонка поставьте «Брак обмен» сами" in answer.text
    await world.quiet()
    assert await world.crm.status(lead) == CONFIRMED
    assert len(await world.crm.tagged(lead)) == 1


async def test_what_the_operator_has_set_himself_is_not_set_again(world: World) -> None:
    lead = await world.crm.burning(statuses=[RETURN])
    card = await world.card(await world.ask(OLYA, lead, WORDS))
    await world.says(card, "«Брак обмен» уже стоял · комментарий")
    await world.quiet()
    assert await world.crm.status(lead) == RETURN


async def test_from_taking_it_to_the_outcome_in_the_lead(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead, WORDS))
    assert (await world.press(OLYA, card, "Беру")).text == "Это делает отдел возвратов"
    await world.press(ZARINA, card, "Беру")
    assert (await world.press(LENA, card, "Дозвонились")).alert
    await world.press(ZARINA, card, "Дозвонились")
    await world.press(ZARINA, card, "Возврат денег")
    await world.says(card, "Возврат денег — Зарина Демо", "в CRM записано ✔")
    await world.told(OLYA, "Возврат денег — Зарина Демо")
    await world.crm.comment(lead, "итог: возврат денег (Зарина Демо")
    await world.reply(ZARINA, card, "деньги вернём в пятницу")
    await world.crm.comment(lead, "деньги вернём в пятницу")
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 3
    assert [word for word, _ in buttons_of(await world.message(card))] == ["↩️ Отменить решение"]


async def test_two_who_take_it_at_once_and_a_second_tap(world: World) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning(), WORDS))
    data = await world.button(card, "Беру")
    first = await world.press_data(ZARINA, card, data)
    late = await world.press_data(LENA, card, data)
    again = await world.press_data(ZARINA, card, data)
    assert first.text == again.text == "Карточка ваша. Позвоните клиенту и отметьте здесь."
    assert "Уже в работе: Зарина Демо" in late.text


async def test_three_calls_that_nobody_answers_an_hour_apart(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead, WORDS))
    await world.press(ZARINA, card, "Беру")
    data = await world.button(card, "Недозвон")
    for number in (1, 2, 3):
        # Twice in a row is one call.
        await world.press_data(ZARINA, card, data, repeat=2)
        await world.says(card, f"Недозвонов: {number}")
        if number < 3:
            await world.quiet()
            await world.pass_time(HOUR)
            await world.told(ZARINA, f"Пора звонить ещё раз, недозвонов: {number}")
    await world.press(ZARINA, card, "Закрыть: не дозвонились")
    await world.crm.comment(lead, "итог: не дозвонились")


async def test_the_fifteen_hours_survive_a_restart(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead, WORDS))
    await world.press(ZARINA, card, "Беру")
    await world.quiet()
    await world.bot.stop()
    world.clock.advance(12 * HOUR)
    await world.start_bot()
    await world.bot.look_around()
    await world.told(ZARINA, "Клиент ждёт звонка", lead)
    await world.quiet()
    assert await world.private(LENA) == []
    await world.restart_bot()
    await world.pass_time(2 * HOUR)
    await world.quiet()
    assert len(await world.private(ZARINA)) == 2
    assert await world.private(IRINA) == []
    await world.pass_time(HOUR)
    await world.told(IRINA, "Просрочено", "в работе: Зарина Демо")
    await world.says(card, "Просрочено")
    await world.quiet()
    await world.pass_time(24 * HOUR)
    await world.told(IRINA, "Всё ещё не закрыто")


async def test_the_hours_run_from_the_post_also_when_it_is_found_late(world: World) -> None:
    await world.bot.stop()
    post = await world.ask(OLYA, await world.crm.burning(), WORDS)
    world.clock.advance(16 * HOUR)
    await world.start_bot()
    await world.bot.look_around()
    await world.card(post, "Просрочено")
    await world.told(IRINA, "Просрочено")
    await world.quiet()
    assert await world.private(ZARINA) == []


async def test_a_phone_s_orders_are_offered_and_the_picked_one_is_asked_about(
    world: World,
) -> None:
    phone = world.crm.new_phone()
    older = await world.crm.lead(phones=[phone], statuses=[CONFIRMED], project="Лампа")
    newer = await world.crm.lead(phones=[phone], statuses=[CONFIRMED], project="Чайник")
    post = await world.post(OLYA, f"+{phone} хочет вернуть деньги")
    card = await world.card(post, "какой заказ?")
    words = [text for text, _ in buttons_of(await world.message(card))]
    assert [word.partition(",")[0] for word in words[:2]] == ["1. Чайник", "2. Лампа"]
    await world.press(OLYA, card, "2. Лампа")
    await world.says(card, older, "это заявка текущего звонка?")
    await world.quiet()
    assert await world.crm.status(older) == CONFIRMED
    [comment] = await world.crm.tagged(older)
    assert "хочет вернуть деньги" in comment
    assert await world.crm.comments(newer) == []


async def test_an_order_picked_by_phone_that_has_an_open_card_joins_it(world: World) -> None:
    phone = world.crm.new_phone()
    lead = await world.crm.lead(phones=[phone], statuses=[CONFIRMED])
    await world.card(await world.ask(TIMUR, lead, WORDS), "это заявка текущего звонка?")
    card = await world.card(await world.post(OLYA, f"+{phone} пахнет горелым"), "какой заказ?")
    await world.press(OLYA, card, "1. ")
    await world.says(card, "Этот лид уже на карточке выше")
    await world.crm.comment(lead, "пахнет горелым (оператор Оля Демо)")


async def test_a_phone_that_nobody_knows_is_not_our_client(world: World) -> None:
    post = await world.post(OLYA, "77019999999 хочет вернуть")
    card = await world.card(post, "Не наш клиент: заказов на номер …9999 нет")
    await world.says(card, "«РФ Админы»")


async def test_while_the_crm_is_down_the_staff_work_and_it_is_written_later(world: World) -> None:
    lead = await world.crm.burning()
    await world.crm.go_down()
    card = await world.card(await world.ask(OLYA, lead, WORDS))
    await world.says(card, "CRM не отвечает", "Работать можно и так")
    for word in ("Беру", "Дозвонились", "Обмен"):
        await world.press(ZARINA, card, word)
    await world.told(OLYA, "Обмен — Зарина Демо")
    await world.quiet()
    await world.crm.come_back()
    await world.pass_time(60)
    await world.crm.comment(lead, "итог: обмен")
    await world.crm.comment(lead, f"Клиент: {WORDS}")
    await world.says(card, "в CRM записано ✔", "«Брак обмен»")
    await world.quiet()
    assert await world.crm.status(lead) == RETURN
    assert len(await world.crm.tagged(lead)) == 2


async def test_a_status_that_changed_before_the_answer_is_the_staff_s_question(
    world: World,
) -> None:
    lead = await world.crm.burning(statuses=[CONFIRMED])
    card = await world.card(await world.ask(OLYA, lead, WORDS), "это заявка текущего звонка?")
    await world.quiet()
    await world.crm.set_status(lead, DUPLICATE)
    await world.press(OLYA, card, "Да, этот звонок")
    await world.says(card, "Статус лида уже другой", "дубль")
    await world.told(ZARINA, "Статус лида изменили без нас")
    assert await world.crm.status(lead) == DUPLICATE
    await world.press(ZARINA, card, "Оставить как есть")
    await world.says(card, "Статус в CRM оставлен: дубль")
    await world.quiet()
    assert await world.crm.status(lead) == DUPLICATE


async def test_a_refused_status_is_told_to_the_supervisors(world: World) -> None:
    lead = await world.crm.burning()
    await world.crm.fault(kind="status", status=403, body={}, method="PUT", times=10_000)
    card = await world.card(await world.ask(OLYA, lead, WORDS))
    await world.says(card, "CRM не приняла", "поставьте вручную")
    await world.told(IRINA, "CRM не приняла")


# --- a pause --------------------------------------------------------------------------------------


class Desk(StrEnum):
    AWAY = "away"
    HERE = "here"


@dataclass(frozen=True)
class NoTimes:
    """A pause of this test waits for nothing."""


class Lunch(Flow[NoTimes]):
    """Another chat that knows who is away; nothing is posted there."""

    name = "lunch"
    states = Desk
    actions = Desk
    data_type = NoTimes
    times_type = NoTimes
    closed = frozenset({Desk.HERE})
    openings = frozenset({Desk.AWAY})
    deciders = frozenset()
    away = frozenset({Desk.AWAY})

    def __init__(self, _times: NoTimes) -> None:
        super().__init__(())

    def buttons(self, case: Case[NoTimes]) -> tuple[tuple[Button, ...], ...]:
        del case
        return ()


async def test_a_taker_on_a_pause_hands_the_clock_to_the_others(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.wiring.FLOWS", (*FLOWS, Lunch))
    async with a_world(database_url) as world:
        await open_chat(world)
        card = await world.card(await world.ask(OLYA, await world.crm.burning(), WORDS))
        await world.press(ZARINA, card, "Беру")
        await world.quiet()
        await goes_away(world, ZARINA)
        await world.pass_time(12 * HOUR)
        await world.told(LENA, "Клиент ждёт звонка", "Зарина Демо на паузе")
        await world.says(card, "Зарина Демо на паузе: напоминание ушло остальным")
        await world.press(LENA, card, "Беру")
        await world.says(card, "Лена Демо")
        await world.quiet()
        heard = len(await world.private(ZARINA))
        await world.pass_time(2 * HOUR)
        await world.quiet()
        assert len(await world.private(ZARINA)) == heard
        assert len(await world.private(LENA)) == 2


async def goes_away(world: World, who: DemoPerson) -> None:
    now = world.clock()
    async with world.storage.change() as uow:
        await a_case(
            uow, flow="lunch", about=str(who.id), state=Desk.AWAY, data={}, poster_id=who.id,
            poster_name=who.first_name, posted_at=now, opened_at=now,
        )  # fmt: skip


@pytest.mark.parametrize("is_there", [True, False], ids=["a supervisor", "none"])
async def test_what_the_crm_refuses_the_owner_hears_once_and_that_no_supervisor_could_be_told(
    world: World, *, is_there: bool
) -> None:
    await world.start(OWNER)
    if not is_there:
        async with world.storage.change() as uow:
            await uow.people.take_all(IRINA.id)
    await world.quiet()
    before = len(await world.private(OWNER))
    await world.crm.fault(kind="status", status=422, body={}, method="PUT", times=1000)
    # A sale: there is nothing to write but the comment.
    post = await world.ask(OLYA, await world.crm.burning(statuses=[CONFIRMED]), WORDS)
    await world.says(await world.card(post), "CRM не приняла комментарий")
    await world.quiet()

    [told] = (await world.private(OWNER))[before:]
    assert "CRM не приняла комментарий" in told
    assert "python -m bot doctor" in told
    assert ("никому из супервайзеров сейчас не написать" in told) != is_there
    assert len(await world.private(IRINA)) == int(is_there)


async def test_an_escalation_that_comes_to_the_owner_says_why_it_does(world: World) -> None:
    await world.start(OWNER)
    async with world.storage.change() as uow:
        await uow.people.take_all(IRINA.id)
    await world.card(await world.ask(OLYA, await world.crm.burning(), WORDS))
    await world.pass_time(16 * HOUR)
    told = await world.told(OWNER, "Просрочено")

    assert "никому из супервайзеров сейчас не написать" in told["text"]
    await world.quiet()
    assert len([text for text in await world.private(OWNER) if "супервайзеров" in text]) == 1
