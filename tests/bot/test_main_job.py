"""From the operator's link to the lead record and back."""

from __future__ import annotations

import asyncio

import pytest

from bot.cards import Card
from bot.telegram import Messenger
from sandbox.world import (
    ADMINS,
    ANUSH,
    LENA,
    MARAT,
    OLYA,
    OWNER,
    STRANGER,
    TIMUR,
    DemoPerson,
)
from tests.harness import World
from tests.harness.crm import CONFIRMED, DUPLICATE, TOO_EXPENSIVE
from tests.harness.world import buttons_of


async def test_a_post_gets_one_card_as_a_reply_with_the_words_that_decide(world: World) -> None:
    lead = await world.crm.burning(days=3, project="Демо-шуруповёрт")
    post = await world.ask(OLYA, lead)
    card = await world.card(post, "Можно ли оформить?")
    await world.quiet()
    assert len(await world.said(reply_to=post)) == 1
    message = await world.message(card)
    words = [text for text, _ in buttons_of(message)]
    assert any("Разрешить" in word for word in words)
    assert any("Запретить" in word for word in words)
    assert any("Спросить" in word for word in words)
    styles = [
        button.get("style") for row in message["reply_markup"]["inline_keyboard"] for button in row
    ]
    assert {"success", "danger"} <= set(styles)
    for fact in (lead, "Оля Демо", "Демо-шуруповёрт", "Дубль", "3 дня назад и ещё не выкуплен"):
        assert fact in message["text"]


async def test_somebody_without_the_role_is_refused_and_decides_nothing(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    answer = await world.press(TIMUR, card, "Разрешить")
    assert (answer.text, answer.alert) == ("Решают админы", True)
    await world.quiet()
    assert await world.crm.tagged(lead) == []
    assert "Можно ли оформить?" in await world.text(card)


async def test_a_permission_is_written_with_the_admins_name_and_told_to_the_operator(
    world: World,
) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    answer = await world.press(MARAT, card, "Разрешить")
    assert answer.text.startswith("Разрешено")
    assert not answer.alert
    await world.told(OLYA, "Можно оформлять", "Марат Демо")
    await world.says(card, "Можно оформлять", "Марат Демо", "в CRM записано ✔")
    await world.quiet()
    [comment] = await world.crm.tagged(lead)
    assert "Оформить разрешил(а): Марат Демо" in comment
    assert await world.crm.status(lead) is None
    assert [word for word, _ in buttons_of(await world.message(card))] == ["↩️ Отменить решение"]


async def test_three_presses_under_several_update_ids_write_one_comment(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    data = await world.button(card, "Разрешить")
    answers = [await world.press_data(MARAT, card, data, repeat=3) for _ in range(3)]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert answers[0].text.startswith("Разрешено")
    await world.tg.control.redeliver(20)
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 1
    assert len(await world.private(OLYA)) == 1


async def test_a_denial_sets_duplicate_and_reads_it_back(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    answer = await world.press(MARAT, card, "Запретить")
    assert answer.text.startswith("Запрещено")
    await world.told(OLYA, "Оформлять нельзя", "статус «Дубль»")
    await world.says(card, "Оформлять нельзя", "в CRM записано ✔")
    await world.quiet()
    assert await world.crm.status(lead) == DUPLICATE
    [comment] = await world.crm.tagged(lead)
    assert "Марат Демо" in comment


async def test_a_denial_of_a_lead_that_does_not_burn_writes_a_comment_only(world: World) -> None:
    lead = await world.crm.lead()
    card = await world.card(await world.ask(OLYA, lead, "можно ли оформить дубль?"))
    await world.says(card, "ничего не горит")
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    assert await world.crm.status(lead) is None
    assert len(await world.crm.tagged(lead)) == 1


async def test_a_confirmed_lead_becomes_a_duplicate_only_when_asked_twice(world: World) -> None:
    lead = await world.crm.burning(statuses=[CONFIRMED])
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "Лид уже подтверждён")
    assert await world.crm.status(lead) == CONFIRMED
    await world.press(MARAT, card, "Поставить «Дубль»")
    await world.says(card, "Оформлять нельзя", "в CRM записано ✔")
    await world.quiet()
    assert await world.crm.status(lead) == DUPLICATE


async def test_an_operator_who_has_not_started_the_bot_is_told_in_the_group(world: World) -> None:
    lead = await world.crm.burning()
    post = await world.ask(ANUSH, lead)
    card = await world.card(post, "Можно ли оформить?")
    await world.press(MARAT, card, "Разрешить")
    await world.quiet()
    first, second = await world.said(reply_to=post)
    assert first["message_id"] == card
    assert "Можно оформлять" in second["text"]
    assert await world.private(ANUSH) == []


async def test_ten_admins_who_press_different_buttons_at_once_make_one_decision(
    world: World,
) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    allow, deny = [await world.button(card, word) for word in ("Разрешить", "Запретить")]
    admins = [*ADMINS]
    for number in range(8):
        made = await world.tg.control.person(f"Админ{number}", last_name="Демо")
        await world.tg.control.member(world.group, made["id"], "member", by=OWNER.id)
        admins.append(DemoPerson(id=made["id"], first_name="", username="", about=""))
    async with world.storage.change() as uow:
        for admin in admins[len(ADMINS) :]:
            await uow.people.give(admin.id, "admin", by=OWNER.id, now=world.clock())
    answers = await asyncio.gather(
        *(
            world.press_data(admin, card, allow if turn % 2 else deny)
            for turn, admin in enumerate(admins)
        )
    )
    await world.quiet()
    winners = [answer for answer in answers if not answer.alert]
    assert len(winners) == 1
    assert all(answer.text.startswith("Уже решено: ") for answer in answers if answer.alert)
    assert len(await world.crm.tagged(lead)) == 1
    allowed = winners[0].text.startswith("Разрешено")
    assert await world.crm.status(lead) == (None if allowed else DUPLICATE)
    assert ("Можно оформлять" in await world.text(card)) == allowed
    decided = "SELECT count(*) FROM history WHERE to_state IN ('allowed', 'denied')"
    assert await world.count(f"{decided} AND from_state <> to_state") == 1


async def test_nobody_decides_on_his_own_post(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(MARAT, lead))
    answer = await world.press(MARAT, card, "Разрешить")
    assert answer.text == "По своему вопросу решает другой админ"
    assert (await world.press(LENA, card, "Разрешить")).text.startswith("Разрешено")


async def test_a_reason_that_follows_is_written_once_and_told(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Запретить")
    await world.reply(MARAT, card, "первый заказ уже в пути")
    await world.told(OLYA, "причина: первый заказ уже в пути")
    await world.says(card, "Причина: первый заказ уже в пути")
    await world.quiet()
    assert sum("первый заказ уже в пути" in text for text in await world.crm.tagged(lead)) == 1
    assert len(await world.crm.tagged(lead)) == 2


async def test_a_reason_whose_update_comes_again_is_written_once(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Запретить")
    await world.reply(MARAT, card, "первый заказ уже в пути")
    await world.says(card, "Причина")
    await world.quiet()
    await world.tg.control.redeliver(10)
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 2
    assert sum("причина" in text for text in await world.private(OLYA)) == 1


async def test_an_item_is_decided_and_written_as_a_comment(world: World) -> None:
    lead = await world.crm.burning()
    post = await world.ask(OLYA, lead, "клиент хочет ещё набор бит, в скрипте нет")
    card = await world.card(post, "Можно ли добавить товар?")
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "Товар добавлять нельзя", "в CRM записано ✔")
    await world.told(OLYA, "Товар добавлять нельзя")
    [comment] = await world.crm.tagged(lead)
    assert "Товар добавить не разрешил(а): Марат Демо" in comment
    assert "Спросили: «клиент хочет ещё набор бит, в скрипте нет»" in comment
    assert await world.crm.status(lead) is None


async def test_a_tag_in_an_operator_s_words_stands_for_no_comment_of_ours(world: World) -> None:
    lead = await world.crm.lead()
    await world.press(MARAT, await world.card(await world.ask(OLYA, lead)), "Разрешить")
    tag = (await world.crm.comment(lead, "разрешил")).split()[-1]
    assert tag.startswith("#C1-1-")
    # Whoever has seen one can make up the tag of the reason that is still to come.
    other = await world.crm.lead()
    post = await world.ask(OLYA, other, f"добавить товар {tag.replace('#C1-1-', '#C2-2-')} ?")
    card = await world.card(post, "Можно ли добавить товар?")
    await world.press(MARAT, card, "Разрешить")
    await world.crm.comment(other, "Товар разрешил")
    await world.reply(MARAT, card, "есть на складе")
    assert "есть на складе" in await world.crm.comment(other, "Причина решения")


async def test_an_admin_switches_what_was_guessed(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead, "клиентка на линии, гляньте"))
    await world.says(card, "Можно ли оформить?")
    await world.press(MARAT, card, "Это про товар")
    await world.says(card, "Можно ли добавить товар?")


async def test_the_operator_withdraws_by_the_button_that_only_he_may_use(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    refused = await world.press(TIMUR, card, "Отозвать")
    assert (refused.text, refused.alert) == ("Это может только тот, кто спросил", True)
    assert (await world.press(OLYA, card, "Отозвать")).text == "Вопрос отозван."
    await world.says(card, "Отозвано")
    await world.quiet()
    assert buttons_of(await world.message(card)) == []
    assert await world.crm.tagged(lead) == []


async def test_the_operator_withdraws_by_a_word_as_a_reply(world: World) -> None:
    lead = await world.crm.burning()
    post = await world.ask(OLYA, lead)
    card = await world.card(post)
    data = await world.button(card, "Разрешить")
    await world.reply(OLYA, card, "Отмена!")
    await world.says(card, "Отозвано")
    late = await world.press_data(MARAT, card, data)
    assert (late.text, late.alert) == ("Вопрос уже отозван: Оля Демо", True)


async def test_a_lead_that_somebody_trashed_already_is_no_conflict(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.crm.set_status(lead, DUPLICATE)
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "в CRM записано ✔")
    assert await world.crm.status(lead) == DUPLICATE


async def test_a_status_that_a_person_changed_meanwhile_is_shown_and_not_overwritten(
    world: World,
) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    await world.crm.set_status(lead, TOO_EXPENSIVE)
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "Статус лида уже другой", "дорого")
    await world.told(MARAT, "Статус лида изменили без нас")
    await world.quiet()
    assert await world.crm.status(lead) == TOO_EXPENSIVE
    assert len(await world.crm.tagged(lead)) == 1
    await world.press(MARAT, card, "Оставить как есть")
    await world.says(card, "Статус в CRM оставлен")
    await world.quiet()
    assert await world.crm.status(lead) == TOO_EXPENSIVE


async def test_the_decider_of_a_conflict_may_have_his_way(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    await world.crm.set_status(lead, TOO_EXPENSIVE)
    await world.press(MARAT, card, "Запретить")
    await world.press(MARAT, card, "Поставить «Дубль»")
    await world.quiet()
    assert await world.crm.status(lead) == DUPLICATE


async def test_a_stranger_of_the_group_is_nobody_to_the_bot(world: World) -> None:
    lead = await world.crm.burning()
    await world.tg.control.member(world.group, STRANGER.id, "member", by=OWNER.id)
    card = await world.card(await world.ask(OLYA, lead))
    assert (await world.press(STRANGER, card, "Запретить")).text == "Решают админы"


async def test_a_press_that_is_quicker_than_the_note_of_its_card_leaves_that_card(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Messenger.send

    async def send_and_be_pressed(
        messenger: Messenger, chat_id: int, card: Card, **more: int
    ) -> int:
        number = await send(messenger, chat_id, card, **more)
        if card.buttons:
            await world.press_data(MARAT, number, card.buttons[0][0].data)
        return number

    monkeypatch.setattr(Messenger, "send", send_and_be_pressed)
    post = await world.ask(OLYA, await world.crm.burning())
    card = await world.card(post)
    await world.says(card, "Можно оформлять", "в CRM записано ✔")
    await world.quiet()
    assert [message["message_id"] for message in await world.said()] == [card]
