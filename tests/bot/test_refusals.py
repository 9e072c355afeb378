"""«Не проставленные отказы» through the real engine, into the CRM's record and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot import known
from bot.flows.refusals import Refusals
from sandbox.world import IRINA, OLYA, OWNER, TIMUR, DemoPerson
from storage.people import People
from tests.bot.locks import transactions_that_wait
from tests.harness import World, a_world
from tests.harness.crm import CONFIRMED, TOO_EXPENSIVE, WAITING
from tests.harness.time import eventually

VERA, GLEB, ANNA = "Трелькина Вера", "Гудочкин Глеб", "Орлова Анна"
UNDO = "Отменить решение"
FLOWS = {Refusals.name: Refusals()}


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """A chat with its supervisor; the operators are users of the CRM."""
    async with a_world(database_url, bound=False) as running:
        await running.arrive(IRINA)
        for number, name in enumerate((VERA, GLEB, ANNA)):
            last, first = name.split()
            running.crm.store.add_user(f"operator{number}", last_name=last, first_name=first)
        running.group = await running.new_group(
            "Не проставленные отказы (Удаленка)", members=(OLYA, TIMUR, IRINA)
        )
        await running.bind(running.group, flow="refusals")
        for who in (OLYA, TIMUR, OWNER):
            await running.give(who)
        await running.give(IRINA, "supervisor")
        yield running


async def a_lead(world: World, *calls: tuple[str, int], **more: Any) -> str:
    """A lead that was refused as too expensive; its calls, an hour after one another."""
    made = [
        {
            "operator": operator,
            "at": world.crm._local(world.clock() - timedelta(hours=len(calls) - number)),
            "talked": talked,
        }
        for number, (operator, talked) in enumerate(calls)
    ]
    return await world.crm.lead(calls=made, **({"statuses": [TOO_EXPENSIVE]} | more))


async def link(world: World, who: DemoPerson, crm_name: str) -> None:
    async with world.storage.change() as uow:
        await uow.people.link(who.id, crm_user="", crm_name=crm_name)


async def names(world: World, lead: str) -> tuple[str, str]:
    """Who is responsible for the lead, and its operator."""
    truth = await world.crm.truth(lead)
    return truth["call_manager"]["name"], truth["operator"]


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


async def test_olya_picks_a_reason_and_her_own_calls_do_not_count(world: World) -> None:
    await link(world, OLYA, VERA)
    lead = await a_lead(world, (VERA, 184), (GLEB, 97), statuses=[])
    card = await world.card(await world.ask(OLYA, lead), "Почему клиент отказался?")
    await world.press(OLYA, card, "другая причина")
    await world.says(card, "Ответьте на карточку")
    await world.reply(OLYA, card, "уезжает в отпуск")
    await world.says(card, f"Закрепить отказ за: {GLEB}?", "уезжает в отпуск")
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()

    assert await world.crm.status(lead) == 163
    assert await names(world, lead) == (GLEB, GLEB)


async def test_an_open_card_counts_the_calls_anew_when_its_poster_is_linked_and_unlinked(
    world: World,
) -> None:
    lead, other = [await a_lead(world, (VERA, 184), (GLEB, 97)) for _ in range(2)]
    card = await world.card(await world.ask(OLYA, lead), f"Закрепить отказ за: {VERA}?")
    pinned = await world.card(await world.ask(OLYA, other), f"Закрепить отказ за: {VERA}?")
    await world.press(IRINA, pinned, "Закрепить")
    await world.says(pinned, "в CRM записано ✔")

    await world.post(OWNER, f"/link {OLYA.id} {VERA}")
    await world.says(card, f"Закрепить отказ за: {GLEB}?", "прислал(а) пост, не в счёт")
    # The same again is no news.
    await world.post(OWNER, f"/link {OLYA.id} {VERA}")
    await world.quiet()
    assert await world.count("SELECT count(*) FROM history WHERE action = 'poster_known'") == 1

    await world.post(OWNER, f"/link {OLYA.id} off")
    await world.says(card, f"Закрепить отказ за: {VERA}?", "бот ещё не знает")
    await world.quiet()
    assert f"Отказ за: {VERA}" in await world.text(pinned)


async def test_a_card_that_was_closed_when_its_poster_was_linked_comes_back_with_that_name(
    world: World,
) -> None:
    lead = await a_lead(world, (VERA, 184), (GLEB, 97))
    card = await world.card(await world.ask(OLYA, lead), f"Закрепить отказ за: {VERA}?")
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "в CRM записано ✔")
    await world.post(OWNER, f"/link {OLYA.id} {VERA}")
    await world.quiet()

    await world.press(IRINA, card, UNDO)

    text = await world.says(card, f"Закрепить отказ за: {GLEB}?")
    assert "бот ещё не знает" not in text


async def test_a_link_waits_for_nothing_that_is_asked_of_the_crm_about_the_same_person(
    world: World,
) -> None:
    lead = await a_lead(world, (VERA, 184), (GLEB, 97))
    card = await world.card(await world.ask(OLYA, lead), f"Закрепить отказ за: {VERA}?")
    now = world.clock()
    async with world.storage.change() as uow:
        # The CRM was down for it a moment ago.
        await uow.outbox.add(
            now=now,
            destination="crm",
            lane=f"person:{OLYA.id}",
            kind="find_user",
            payload={},
            due_at=now + timedelta(minutes=5),
        )
        await known.link(uow, FLOWS, OLYA.id, crm_user="7", crm_name=VERA, now=now)

    await world.says(card, f"Закрепить отказ за: {GLEB}?")


async def test_a_post_that_comes_while_its_poster_is_being_linked_is_judged_by_the_link(
    world: World,
) -> None:
    lead = await a_lead(world, (VERA, 184), (GLEB, 97))
    # Her name is noted: that waits for the link too, and the post for that.
    await world.post(OLYA, "всем привет")
    await world.quiet()
    async with world.storage.change() as uow:
        await known.link(uow, FLOWS, OLYA.id, crm_user="7", crm_name=VERA, now=world.clock())
        # The link sees no card yet, and the post no link.
        post = await world.ask(OLYA, lead)
        await judged_or_waiting(world)

    await world.card(post)
    await world.quiet()
    assert f"Закрепить отказ за: {GLEB}?" in await world.text(await world.card(post))


async def test_a_link_that_comes_while_the_lead_is_being_judged_is_not_missed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = await a_lead(world, (VERA, 184), (GLEB, 97))
    read, held = People.held_crm_name, list[str]()

    async def slowly(people: People, user_id: int) -> str:
        """He is linked as soon as this reading has seen that he is not."""
        found = await read(people, user_id)
        if not held:
            held.append(found)
            await world.post(OWNER, f"/link {OLYA.id} {VERA}")
            await judged_or_waiting(world)
        return found

    monkeypatch.setattr(People, "held_crm_name", slowly)
    card = await world.card(await world.ask(OLYA, lead))

    await world.says(card, f"Закрепить отказ за: {GLEB}?")
    assert held == [""]


async def judged_or_waiting(world: World) -> None:
    """Until a lead is judged, or somebody waits for another. (SQLite has one writer.)"""
    if world.database.is_sqlite:
        return
    judged = "SELECT count(*) FROM cases WHERE state <> 'reading'"

    async def either() -> bool:
        return bool(await world.count(judged)) or await transactions_that_wait(world) > 0

    await eventually(either, "a lead is judged, or somebody waits")


async def test_the_history_says_what_was_picked_in_words_and_not_by_its_code(
    world: World,
) -> None:
    lead = await a_lead(world, (VERA, 184), (GLEB, 97), statuses=[])
    card = await world.card(await world.ask(OLYA, lead), "Почему клиент отказался?")
    await world.press(OLYA, card, "другая причина")
    await world.reply(OLYA, card, "уезжает в отпуск")
    await world.press(IRINA, card, "Другой оператор")
    await world.press(IRINA, card, GLEB)
    await world.says(card, "в CRM записано ✔")

    await world.write_privately(IRINA, f"/history {lead}")

    text = (await world.told(IRINA, f"История лида {lead}"))["text"]
    assert "Выбрал(а) причину «другая причина (нужен комментарий)»" in text
    assert f"Выбрал(а) оператора «{GLEB} · дольше 60 сек»" in text
    assert "«163»" not in text


async def test_words_that_name_nobody_stand_in_the_history_as_what_they_are(world: World) -> None:
    lead = await a_lead(world, (VERA, 184), (GLEB, 97))
    card = await world.card(await world.ask(OLYA, lead), VERA)
    await world.press(IRINA, card, "Другой оператор")
    await world.reply(IRINA, card, "звоню клиенту узнать")
    await world.told(IRINA, "Не понял, за кем отказ")
    await world.reply(IRINA, card, "гудочкин")
    await world.says(card, f"Почему отказ за: {GLEB}?")

    await world.write_privately(IRINA, f"/history {lead}")

    text = (await world.told(IRINA, f"История лида {lead}"))["text"]
    assert "Назвал(а) неясно «звоню клиенту узнать»" in text
    assert "Выбрал(а) оператора" not in text
    assert "Назвал(а) оператора «гудочкин»" in text


async def test_a_post_that_answers_a_card_which_asks_for_a_name_is_asked_about(
    world: World,
) -> None:
    lead, other = [await a_lead(world, (VERA, 184)) for _ in range(2)]
    card = await world.card(await world.ask(OLYA, lead), VERA)
    await world.press(IRINA, card, "Другой оператор")

    words = f"отказ не проставлен {world.crm.link(other)}"
    await world.card(await world.reply(IRINA, card, words), VERA)

    assert "За кем закрепить отказ?" in await world.text(card)


async def test_the_first_of_thirty_calls_is_found_though_the_record_has_twenty(
    world: World,
) -> None:
    lead = await a_lead(world, (VERA, 184), *[(GLEB, 90)] * 30)

    await world.card(await world.ask(OLYA, lead), f"Закрепить отказ за: {VERA}?")


async def test_the_one_concerned_is_told_and_appeals_with_a_reply_once(world: World) -> None:
    await link(world, TIMUR, VERA)
    lead = await a_lead(world, (VERA, 184))
    card = await world.card(await world.ask(OLYA, lead), VERA)
    await world.press(IRINA, card, "Закрепить")
    notice = await world.told(TIMUR, "За вами закрепили отказ", "Не согласны?")

    await world.reply(TIMUR, notice["message_id"], "клиент просил перезвонить", chat=TIMUR.id)
    await world.says(card, f"Закрепить отказ за: {VERA}?", "клиент просил перезвонить")
    await world.told(IRINA, "клиент просил перезвонить")

    await world.press(IRINA, card, "Закрепить")
    upheld = await world.told(TIMUR, "Отказ остаётся за вами")
    await world.reply(TIMUR, upheld["message_id"], "и всё же нет", chat=TIMUR.id)
    await world.quiet()
    assert "Отказ за" in await world.text(card)


async def test_another_lead_in_a_reply_to_a_pinned_card_is_asked_about_whatever_else_it_says(
    world: World,
) -> None:
    lead, other = [await a_lead(world, (VERA, 184)) for _ in range(2)]
    card = await world.card(await world.ask(OLYA, lead), VERA)
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "в CRM записано ✔")

    words = f"Не согласен, и вот ещё отказ не проставлен: {world.crm.link(other)}"
    await world.card(await world.reply(TIMUR, card, words), VERA)


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


async def pinned_on_another(world: World) -> tuple[str, int]:
    """A lead that is Глеб's, and was pinned on Вера by mistake; it and the card's number."""
    lead = await a_lead(world, (GLEB, 97), (VERA, 184))
    first = await world.card(await world.ask(OLYA, lead), GLEB)
    await world.press(IRINA, first, "Закрепить")
    await world.says(first, "в CRM записано ✔")
    card = await world.card(await world.ask(OLYA, lead), f"В CRM отказ уже за: {GLEB} ✔")
    await world.press(IRINA, card, "Другой оператор")
    await world.press(IRINA, card, VERA)
    await world.says(card, "в CRM записано ✔")
    return lead, card


async def test_a_pin_that_was_a_slip_is_taken_out_of_the_lead(world: World) -> None:
    await link(world, TIMUR, VERA)
    lead, card = await pinned_on_another(world)
    await world.told(TIMUR, "За вами закрепили отказ")
    assert (await names(world, lead))[0] == VERA

    answer = await world.press(IRINA, card, UNDO)

    assert answer.text.startswith("Решение отменено")
    await world.says(card, f"Закрепить отказ за: {GLEB}?", "Ирина Демо отменил(а) своё решение")
    await world.told(OLYA, "Решение отменено, подождите новое")
    await world.told(TIMUR, "Решение отменено, подождите новое")
    await world.quiet()
    assert await names(world, lead) == (GLEB, VERA)
    assert await world.crm.status(lead) == TOO_EXPENSIVE
    said = await world.crm.tagged(lead)
    assert sum("отменено: Ирина Демо" in text for text in said) == 1
    assert len(said) == 3


async def test_where_nobody_was_responsible_the_supervisor_is_told_what_to_mend(
    world: World,
) -> None:
    lead = await a_lead(world, (VERA, 184))
    card = await world.card(await world.ask(OLYA, lead), VERA)
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "в CRM записано ✔")

    await world.press(IRINA, card, UNDO)

    await world.told(IRINA, "закрепление в CRM вернуть не смог", f"Отказ в CRM за: {VERA}", lead)
    await world.quiet()
    assert (await names(world, lead))[0] == VERA


async def test_whom_a_person_has_made_responsible_since_is_left_and_told(world: World) -> None:
    lead, card = await pinned_on_another(world)
    world.crm.make_responsible(lead, ANNA)

    await world.press(IRINA, card, UNDO)

    await world.told(IRINA, f"Отказ в CRM за: {ANNA}, до решения лид был за: {GLEB}")
    await world.quiet()
    assert (await names(world, lead))[0] == ANNA


async def test_a_granted_appeal_takes_the_refusal_from_the_one_concerned(world: World) -> None:
    await link(world, TIMUR, VERA)
    lead, card = await pinned_on_another(world)
    notice = await world.told(TIMUR, "За вами закрепили отказ")
    await world.reply(TIMUR, notice["message_id"], "клиент просил перезвонить", chat=TIMUR.id)
    await world.says(card, "клиент просил перезвонить")

    await world.press(IRINA, card, "Нарушения нет")

    await world.told(TIMUR, "Отказ больше не за вами")
    await world.says(card, "Нарушения нет", "в CRM записано ✔")
    await world.quiet()
    assert (await names(world, lead))[0] == GLEB


async def test_an_appeal_takes_no_status_away_that_a_person_has_set_while_the_crm_was_down(
    world: World,
) -> None:
    await link(world, TIMUR, VERA)
    lead = await a_lead(world, (VERA, 184), statuses=[WAITING])
    card = await world.card(await world.ask(OLYA, lead), "Почему клиент отказался?")
    await world.press(OLYA, card, "дорого")
    await world.says(card, f"Закрепить отказ за: {VERA}?")
    await world.crm.go_down()
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "CRM не отвечает")
    await world.crm.set_status(lead, TOO_EXPENSIVE)
    await world.crm.come_back()
    await world.pass_time(10)
    await world.says(card, "в CRM записано ✔")
    notice = await world.told(TIMUR, "За вами закрепили отказ")
    await world.reply(TIMUR, notice["message_id"], "клиент просил перезвонить", chat=TIMUR.id)
    await world.says(card, "клиент просил перезвонить")

    await world.press(IRINA, card, "Нарушения нет")

    await world.says(card, "Нарушения нет", "в CRM записано ✔")
    await world.quiet()
    assert await world.crm.status(lead) == TOO_EXPENSIVE


async def test_a_lead_is_not_unknown_when_only_the_list_of_calls_is(world: World) -> None:
    lead = await a_lead(world, (VERA, 184))
    await world.crm.fault(kind="status", status=404, body={}, path="/api/v2/calls", times=100)
    card = await world.card(await world.ask(OLYA, lead, "отказ не проставлен"))
    await world.says(card, "CRM не отвечает")
    await world.crm.come_back()
    await world.quiet()
    await world.pass_time(30)
    await world.says(card, VERA)


async def test_what_a_supervisor_says_under_the_operator_s_post_is_said_to_her(
    world: World,
) -> None:
    lead = await a_lead(world, (VERA, 184), (GLEB, 97))
    post = await world.ask(OLYA, lead)
    card = await world.card(post, VERA)
    await world.press(IRINA, card, "Другой оператор")
    await world.post(IRINA, "Гудочкин, подойди ко мне после смены", reply_to=post)
    await world.reply(IRINA, card, "Гудочкин, говорил дольше")
    await world.says(card, f"Закрепить отказ за: {GLEB}? Почему: говорил дольше")

    await world.post(IRINA, "Оля, запись не открывается", reply_to=post)
    await world.quiet()

    assert "Почему: говорил дольше" in await world.text(card)
    assert not [told for told in await world.private(IRINA) if "Не понял" in told]


async def test_a_lead_that_was_rejected_and_undone_before_the_crm_answered_is_read_twice(
    world: World,
) -> None:
    lead = await a_lead(world, (VERA, 184))
    await world.crm.go_down()
    card = await world.card(await world.ask(OLYA, lead))
    with capture_logs() as said:
        await world.press(IRINA, card, "Нарушения нет")
        await world.press(IRINA, card, UNDO)
        await world.crm.come_back()
        for _ in range(2):
            await world.quiet()
            await world.pass_time(30)
        await world.says(card, VERA)
        await world.quiet()
    assert [line for line in said if line["event"] == "fact_without_rule"] == []
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "в CRM записано ✔")
