"""«Не проставленные отказы», read aloud: a supervisor decides, and what may happen meanwhile."""

from __future__ import annotations

import pytest

from bot.flows.records import Role
from bot.flows.refusals import State
from tests.flows.chat import Chat, Somebody
from tests.flows.refusals.refusing import (
    GLEB,
    VERA,
    a_refused_lead,
)
from tests.flows.world import LEAD, LINK, NEW, REFUSED

# --- the supervisor decides -----------------------------------------------------------------------


def test_irina_pins_it_and_everything_is_in_the_crm(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    vera = chat.person("Верочка", crm_name=VERA)
    card = olya.posts(LINK)

    assert irina.presses("Закрепить") == "Закрепляю, пишу в CRM."

    assert chat.crm.status(LEAD) == REFUSED.code
    assert chat.crm.pins == [(LEAD, VERA)]
    [comment] = chat.crm.comments
    assert comment == (
        f"Отказ закрепить за: {VERA} (первый разговор дольше 60 сек). Причина: дорого. "
        "Решил(а): Ирина, 10.03.2026 14:02. Подготовил(а): Орешкина Ольга"
    )
    assert card.first_line == f"📌 Отказ за: {VERA} — Ирина, 14:02"
    assert "💾 в CRM записано ✔ 14:02" in card.text
    assert olya.hears[0].startswith(f"📌 Отказ за: {VERA} — Ирина, 14:02")
    assert "За вами закрепили отказ — Ирина" in vera.hears[0]
    assert "18.02 14:02, 3:04" in vera.hears[0]
    assert "Не согласны? Ответьте на это сообщение" in vera.hears[0]


def test_only_a_supervisor_decides_and_nobody_on_his_own_post(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    olya.posts(LINK)
    assert olya.presses("Закрепить") == "Решает супервайзер"
    assert chat.admin("Марат").presses("Нарушения нет") == "Решает супервайзер"

    chat.cards.clear()
    irina.posts(LINK)
    assert irina.presses("Закрепить") == "По вашему посту решит другой супервайзер"
    assert chat.owner.presses("Закрепить").startswith("Закрепляю")


def test_there_was_no_violation(chat: Chat, olya: Somebody, irina: Somebody) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(LINK)

    irina.presses("Нарушения нет")
    assert irina.replies("клиент сам бросил трубку")

    assert card.first_line == "🟢 Нарушения нет — Ирина, 14:02"
    assert "Почему: клиент сам бросил трубку" in card.text
    assert olya.hears[0].startswith("🟢 Нарушения нет")
    assert "клиент сам бросил трубку" in olya.hears[1]
    assert (chat.crm.status(LEAD), chat.crm.pins) == (NEW.code, [])
    assert irina.presses("Закрепить") == "Уже решено: Ирина, 14:02"


def test_irina_picks_another_who_talked_long_with_one_press(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)

    irina.presses("Другой оператор")
    assert card.first_line.startswith("За кем закрепить отказ?")
    assert card.buttons[:2] == [f"{VERA} · дольше 60 сек", f"{GLEB} · дольше 60 сек"]
    irina.presses(GLEB)

    assert chat.crm.pins == [(LEAD, GLEB)]
    assert f"Отказ закрепить за: {GLEB} (решение супервайзера)" in chat.crm.comments[0]


def test_who_departs_from_the_rule_is_asked_why_and_not_held_up(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    irina.presses("Другой оператор")
    why = "✏️ Ирина, почему не первый говоривший? Ответьте на карточку"

    assert irina.presses(GLEB) == (
        "Закрепляю, пишу в CRM. Почему не первый говоривший? Ответьте на карточку."
    )
    assert chat.crm.pins == [(LEAD, GLEB)]
    assert why in card.text

    irina.replies("Вера только переспросила адрес")
    assert why not in card.text
    assert "Вера только переспросила адрес" in chat.crm.comments[-1]


def test_who_goes_by_the_rule_or_grants_an_appeal_is_not(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    assert irina.presses("Закрепить") == "Закрепляю, пишу в CRM."
    assert "почему" not in card.text

    chat.person("Верочка", crm_name=VERA).replies("это не мой разговор")
    irina.presses("Другой оператор")
    assert irina.presses(GLEB) == "Закрепляю, пишу в CRM."
    assert "почему не первый" not in card.text


def test_a_reason_may_follow_as_a_reply(chat: Chat, olya: Somebody, irina: Somebody) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    irina.presses("Закрепить")

    assert not chat.person("Света", Role.SUPERVISOR).replies("не её решение")
    assert irina.replies("прослушала запись, отказ был")

    assert "прослушала запись" in chat.crm.comments[-1]
    assert "прослушала запись" in card.text
    assert "прослушала запись" in olya.hears[-1]


# --- done beforehand ------------------------------------------------------------------------------


def test_what_was_done_beforehand_is_shown_as_done_and_verified(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, manager=VERA)
    card = olya.posts(LINK)

    assert "Причина: дорого · уже в CRM ✔" in card.text
    assert f"В CRM отказ уже за: {VERA} ✔" in card.text
    assert not any("причину" in word for word in card.buttons)
    irina.presses("Закрепить")
    assert "в CRM записано ✔" in card.text
    assert chat.crm.pins == [(LEAD, VERA)]


def test_where_the_crm_s_button_chose_somebody_else_the_card_says_what_will_be_done(
    chat: Chat, olya: Somebody
) -> None:
    a_refused_lead(chat, manager=GLEB)

    assert f"Сейчас в CRM за: {GLEB}, исправлю" in olya.posts(LINK).text


# --- the clock, and posts -------------------------------------------------------------------------


def test_after_a_day_it_is_shown_to_the_supervisors_again(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    chat.passes(hours=23)
    assert irina.hears == []

    chat.passes(hours=2)
    assert irina.hears[0].startswith("⏰ Отказ не решён больше суток")
    assert card.first_line.startswith("⏰ Закрепить отказ за")
    chat.passes(hours=24)
    assert len(irina.hears) == 2
    assert irina.presses("Закрепить").startswith("Закрепляю")


def test_after_a_week_nobody_waits_any_more(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    chat.passes(days=7)

    assert card.case.state is State.EXPIRED
    assert "так и не решили" in olya.hears[-1]


def test_olya_takes_it_back(chat: Chat, olya: Somebody, irina: Somebody) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)

    assert not chat.person("Света").replies("отмена")
    assert olya.replies("отмена")
    assert card.first_line == "↩️ Отозвано: Оля"
    assert irina.presses("Закрепить") == "Уже отозвано: Оля"


def test_a_second_post_joins_the_card_and_both_are_told(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    timur = chat.operator("Тимур")
    olya.posts(LINK)
    timur.posts(LINK)
    irina.presses("Закрепить")

    assert len(chat.cards) == 1
    assert "Отказ за" in olya.hears[0]
    assert olya.hears == timur.hears


def test_a_key_and_a_number_of_one_lead_are_one_case(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(chat)
    olya.posts(LINK)
    second = olya.posts("https://crm.example/orders/36973")

    assert second.case.state is State.JOINED


def test_a_lead_that_the_crm_does_not_know(chat: Chat, olya: Somebody) -> None:
    card = olya.posts("https://crm.example/orders/0000000000")

    assert card.first_line.startswith("🔍 CRM не знает лид 0000000000.")
    assert card.buttons == []


def test_small_talk_opens_nothing(chat: Chat, olya: Somebody) -> None:
    assert not olya.writes("кто сегодня на отказах?")


@pytest.mark.parametrize(
    "words",
    [
        "смотрю",
        "Слушаю.",
        "секунду",
        "позже",
        "сейчас посмотрю",
        "минутку подождите, клиент на линии",
        "Коллеги, сейчас, проверю запись",
        "давайте завтра, вечером решу",
        "клиент перезвонит, тогда и решу",
        "спасибо Оля, решу вечером",
    ],
)
def test_a_word_of_his_to_the_chat_is_no_name_nor_half_of_one(
    chat: Chat, olya: Somebody, irina: Somebody, words: str
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    irina.presses("Другой оператор")
    before = len(irina.hears)
    assert not irina.replies(words)
    assert len(irina.hears) == before
    assert irina.replies("Гудочкину")
    assert "«Фамилия Имя, почему»" in irina.hears[-1]
    assert card.case.state is State.CHOOSING


def test_a_name_may_sound_like_a_word_to_the_chat(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    irina.presses("Другой оператор")
    assert irina.replies("Минутко Иван, говорил со второго номера")
    irina.presses("Закрепить")
    assert card.case.state is State.PINNED
