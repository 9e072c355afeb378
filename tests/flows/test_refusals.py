"""«Не проставленные отказы», read aloud: whose refusal is it?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.flows.codes import REFUSALS
from bot.flows.records import Action, Fact, Role
from bot.flows.refusals import State
from crm_api.port import Comment
from tests.flows.chat import CardView, Chat, Somebody
from tests.flows.refusing import (
    ANNA,
    GLEB,
    VERA,
    a_call,
    a_refused_lead,
    caller,
    refusals_chat,
    supervisor,
)
from tests.flows.world import CONFIRMED, LEAD, LINK, NEW, NOW, OTHER_REASON, REFUSED, TRASH

NO_CALL = "Разговор другого оператора длительностью более 60 сек не найден в карточке заказа"


@pytest.fixture
def chat() -> Chat:
    return refusals_chat()


@pytest.fixture
def olya(chat: Chat) -> Somebody:
    return caller(chat)


@pytest.fixture
def irina(chat: Chat) -> Somebody:
    return supervisor(chat)


# --- whose it is ----------------------------------------------------------------------------------


def test_the_card_asks_to_pin_it_on_the_first_who_talked_long(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(
        chat, a_call(VERA, 0, answered=False), a_call(VERA, 184), a_call(GLEB, 97, day=1)
    )
    card = olya.posts(f"{LINK} отказ не проставлен")

    assert card.first_line == f"Закрепить отказ за: {VERA}? Прислал(а): Оля, 14:02"
    assert f"👉 18.02 14:02 · {VERA} · 3:04 · запись ← первый разговор дольше 60 сек" in card.text
    assert f"• 19.02 14:02 · {GLEB} · 1:37 · запись" in card.text
    assert "0:00 · запись · без ответа" in card.text
    assert "Причина: дорого · уже в CRM ✔" in card.text
    assert card.buttons == ["📌 Закрепить", "Нарушения нет", "Другой оператор", "Отозвать"]


@pytest.mark.parametrize(("talked", "whose"), [(60, GLEB), (61, VERA)])
def test_exactly_sixty_seconds_are_not_enough(
    chat: Chat, olya: Somebody, talked: int, whose: str
) -> None:
    a_refused_lead(chat, a_call(VERA, talked), a_call(GLEB, 300, day=1))

    card = olya.posts(LINK)
    assert f"Закрепить отказ за: {whose}?" in card.first_line
    assert ("ровно 60 сек, не в счёт" in card.text) == (whose == GLEB)


def test_the_first_is_the_first_by_time_however_the_crm_lists_them(
    chat: Chat, olya: Somebody
) -> None:
    timeless = replace(a_call(ANNA, 500), started_at=None)
    a_refused_lead(chat, timeless, a_call(GLEB, 300, day=5), a_call(VERA, 100, day=2))

    assert VERA in olya.posts(LINK).first_line


def test_a_call_that_nobody_took_or_that_was_passed_on_does_not_count(
    chat: Chat, olya: Somebody
) -> None:
    a_refused_lead(chat, a_call(VERA, 90, answered=False), a_call(GLEB, 97, day=1))
    card = olya.posts(LINK)

    assert GLEB in card.first_line
    assert "переведён, не в счёт" in card.text


def test_the_poster_s_own_calls_do_not_count_as_the_crm_names_her(
    chat: Chat, olya: Somebody
) -> None:
    a_refused_lead(chat, a_call("Орешкина Ольга", 200), a_call(VERA, 100, day=1))
    card = olya.posts(LINK)

    assert VERA in card.first_line
    assert "Орешкина Ольга · 3:20 · запись · прислал(а) пост, не в счёт" in card.text


def test_until_the_bot_knows_who_she_is_in_the_crm_her_name_tells(chat: Chat) -> None:
    a_refused_lead(chat, a_call(VERA, 200), a_call(GLEB, 100, day=1))

    assert GLEB in chat.person("Вера Ильина").posts(LINK).first_line


def test_while_the_bot_does_not_know_her_in_the_crm_the_card_says_that_it_may_be_her_own_talk(
    chat: Chat,
) -> None:
    a_refused_lead(chat)
    unknown = "Кто в CRM Верочка, бот ещё не знает"
    card = chat.person("Верочка").posts(LINK)
    assert f"⚠️ {unknown}: 👉 может оказаться своим же разговором." in card.text
    assert "/link Фамилия Имя" in card.text
    line = chat.renderer.brief(chat.flow, card.case, chat.now, 1, "", False)  # noqa: FBT003 -- a macro's
    assert line.endswith("Причина: дорого · ⚠️ автор ещё не узнан в CRM")

    for known in (chat.person("Верочка", crm_name=VERA), chat.person("Вера Ильина")):
        chat.cards.clear()
        assert "бот ещё не знает" not in known.posts(LINK).text


def test_once_the_bot_knows_who_she_is_in_the_crm_the_calls_of_her_open_card_are_counted_anew(
    chat: Chat, irina: Somebody
) -> None:
    a_refused_lead(chat)
    olya = chat.person("Верочка")
    card = olya.posts(LINK)
    pin = irina.sees("Закрепить")
    assert f"Закрепить отказ за: {VERA}?" in card.first_line

    chat.links(olya, VERA)

    assert f"Закрепить отказ за: {GLEB}?" in card.first_line
    assert "прислал(а) пост, не в счёт" in card.text
    assert "бот ещё не знает" not in card.text
    # Her card had shown somebody else.
    assert irina.taps(pin) == "Карточка уже изменилась, посмотрите на неё ещё раз"
    irina.presses("Закрепить")
    assert f"Отказ за: {GLEB}" in card.first_line
    chat.links(olya, "")
    assert card.case.state is State.PINNED


def test_whoever_is_unlinked_is_told_by_his_name_again(chat: Chat) -> None:
    a_refused_lead(chat)
    olya = chat.person("Верочка", crm_name=VERA)
    card = olya.posts(LINK)

    chat.links(olya, "")

    assert f"Закрепить отказ за: {VERA}?" in card.first_line
    assert "бот ещё не знает" in card.text


def test_what_was_picked_and_said_stays_when_the_poster_is_known_in_the_crm(
    chat: Chat, irina: Somebody
) -> None:
    a_refused_lead(chat, status=NEW)
    olya = chat.person("Верочка")
    card = olya.posts(LINK)
    olya.presses("другая причина")
    olya.replies("уезжает в отпуск")
    irina.presses("Другой оператор")

    chat.crm.is_up = False
    chat.links(olya, VERA)
    assert card.first_line.startswith("⚠️ CRM не отвечает")
    assert "К выбору оператора вернусь, когда дочитаю." in card.text
    chat.crm.is_up = True
    chat.deliver()

    assert card.case.state is State.CHOOSING
    assert "уезжает в отпуск" in card.text


def test_who_was_choosing_as_the_poster_became_known_goes_on_where_he_was(
    chat: Chat, irina: Somebody
) -> None:
    a_refused_lead(chat)
    olya = chat.person("Верочка")
    card = olya.posts(LINK)
    irina.presses("Другой оператор")
    chat.links(olya, VERA)
    assert card.case.state is State.CHOOSING
    assert f"{VERA} · дольше 60 сек" not in card.buttons

    assert irina.replies("Орлова Анна")
    chat.links(olya, "")
    assert card.first_line.startswith("✏️ Почему отказ за: Орлова Анна?")
    assert irina.replies("говорила со второго номера")
    assert card.first_line.startswith("📌 Отказ за: Орлова Анна")

    # What was undone is decided from its beginning.
    irina.presses("Отменить решение")
    assert "Закрепить отказ за: " in card.first_line


def test_who_does_not_decide_after_all_while_it_is_read_anew_begins_at_the_beginning(
    chat: Chat, irina: Somebody
) -> None:
    a_refused_lead(chat)
    olya = chat.person("Верочка")
    card = olya.posts(LINK)
    irina.presses("Другой оператор")
    chat.crm.is_up = False
    chat.links(olya, VERA)
    irina.presses("Нарушения нет")
    chat.crm.is_up = True
    chat.deliver()
    irina.presses("Отменить решение")

    assert card.case.state is State.WAITING
    assert "К выбору оператора" not in card.text


def test_a_card_that_was_closed_when_its_poster_was_linked_comes_back_with_that_name(
    chat: Chat, irina: Somebody
) -> None:
    a_refused_lead(chat)
    olya = chat.person("Верочка")
    card = olya.posts(LINK)
    irina.presses("Закрепить")
    chat.links(olya, VERA)

    irina.presses("Отменить решение")

    assert f"Закрепить отказ за: {GLEB}?" in card.first_line
    assert "бот ещё не знает" not in card.text


@pytest.mark.parametrize("state", State)
def test_a_link_means_something_or_nothing_wherever_the_case_has_gone_meanwhile(
    chat: Chat, state: State
) -> None:
    a_refused_lead(chat)
    card = chat.person("Верочка").posts(LINK)
    before = replace(card.case, state=state)

    step = chat.flow.decide(before, Action(name=Fact.POSTER_KNOWN), chat.now)

    assert step.case == before or (step.case.state is State.READING and step.effects)


def test_with_no_talk_that_counts_there_is_nothing_to_doubt(chat: Chat) -> None:
    a_refused_lead(chat, a_call(VERA, 60))

    assert "бот ещё не знает" not in chat.person("Верочка").posts(LINK).text


def test_of_many_calls_the_card_shows_those_that_tell(chat: Chat, olya: Somebody) -> None:
    missed = [a_call(GLEB, 0, day=day, answered=False) for day in range(12)]
    a_refused_lead(chat, *missed, a_call(VERA, 100, day=15))
    card = olya.posts(LINK)

    assert f"👉 05.03 14:02 · {VERA} · 1:40" in card.text
    assert "…и ещё 7 звонков" in card.text


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


# --- no such call ---------------------------------------------------------------------------------


def test_without_such_a_call_the_card_says_so_in_the_crm_s_words(
    chat: Chat, olya: Somebody
) -> None:
    a_refused_lead(chat, a_call(VERA, 60))
    card = olya.posts(LINK)

    assert card.first_line == f"{NO_CALL}. Прислал(а): Оля, 14:02"
    assert card.buttons == ["Назвать оператора", "Нарушения нет", "Отозвать"]


def test_irina_may_still_name_one_but_must_say_why(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, a_call(VERA, 60))
    card = olya.posts(LINK)
    irina.presses("Назвать оператора")

    assert irina.presses(VERA) == "Ответьте на карточку: почему за ним?"
    assert f"Почему отказ за: {VERA}?" in card.text
    assert chat.crm.pins == []

    assert irina.replies("отказ слышен на 58 секунде")
    assert chat.crm.pins == [(LEAD, VERA)]
    assert "(решение супервайзера: отказ слышен на 58 секунде)" in chat.crm.comments[0]


def test_she_may_write_the_name_and_the_reason_herself(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, a_call(VERA, 60))
    card = olya.posts(LINK)
    irina.presses("Назвать оператора")

    assert not olya.replies(f"{ANNA}, это она")
    assert irina.replies(ANNA)
    assert card.case.state is State.EXPLAINING
    irina.presses("Назад")
    irina.presses("Назвать оператора")
    assert irina.replies("анна орлова, говорила с личного телефона")

    assert chat.crm.pins == [(LEAD, "анна орлова")]
    assert "говорила с личного телефона" in chat.crm.comments[0]


def test_a_written_name_is_taken_as_the_calls_have_it(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, a_call(VERA, 60))
    olya.posts(LINK)
    irina.presses("Назвать оператора")
    irina.replies("вера ильина: отказ слышен")

    assert chat.crm.pins == [(LEAD, VERA)]


# --- the reason -----------------------------------------------------------------------------------


def test_olya_picks_the_reason_where_the_lead_has_none(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(LINK)

    assert card.first_line == "Почему клиент отказался? Причину выбирает Оля, 14:02"
    assert len(card.buttons) == len(REFUSALS) + 2
    assert chat.person("Света").presses("дорого") == "Это может только тот, кто спросил"
    olya.presses("передумал")

    assert "Причина: передумал · поставлю при закреплении" in card.text
    assert "Сейчас в CRM: Новый" in card.text
    assert chat.crm.status(LEAD) == NEW.code
    irina.presses("Закрепить")
    assert chat.crm.status(LEAD) == "63"


def test_a_slip_of_the_finger_is_mended(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(LINK)
    olya.presses("дорого")
    olya.presses("Сменить причину")
    olya.presses("передумал")

    assert "Причина: передумал" in card.text


def test_a_pin_sets_the_reason_that_its_card_showed(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(LINK)
    olya.presses("дорого")
    too_expensive = irina.sees("Закрепить")
    olya.presses("Сменить причину")
    olya.presses("передумал")

    assert irina.taps(too_expensive) == "Карточка уже изменилась, посмотрите на неё ещё раз"

    assert chat.flow.is_open(card.case)
    assert chat.crm.status(LEAD) == NEW.code


def test_what_the_client_said_is_the_comment_and_takes_nothing_back(
    chat: Chat, olya: Somebody
) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(LINK)
    olya.presses("другая причина")

    assert olya.replies("уже не нужно")

    assert "Причина: другая причина: уже не нужно" in card.text


def test_another_reason_does_not_go_on_without_a_comment(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(LINK)

    assert olya.presses("другая причина") == "Ответьте на карточку: какая причина?"
    assert not any("Закрепить" in word for word in card.buttons)
    assert not olya.replies("   ")
    assert olya.replies("уезжает в отпуск")

    assert "Причина: другая причина: уезжает в отпуск" in card.text
    irina.presses("Закрепить")
    assert chat.crm.status(LEAD) == "163"
    assert "Причина: другая причина: уезжает в отпуск." in chat.crm.comments[0]


def test_neither_does_it_where_it_was_set_without_one(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(chat, status=OTHER_REASON)
    assert olya.posts(LINK).case.state is State.COMMENTING

    chat.cards.clear()
    lead = chat.crm.leads[LEAD]
    chat.crm.knows(replace(lead, comments=(Comment(text="уезжает в отпуск"),)))
    assert olya.posts(LINK).case.state is State.WAITING


@pytest.mark.parametrize(
    ("comment", "is_enough"),
    [
        (Comment(text="уезжает в отпуск", author="Орешкина Ольга", at=NOW), True),
        (Comment(text="уезжает", author=VERA, at=NOW - timedelta(days=20)), True),
        (Comment(text="перезвонить после обеда", author=ANNA, at=NOW - timedelta(days=21)), False),
        (Comment(text="Нарушения нет. Решил(а): Ирина\n#C7-2-k1f0a", at=NOW), False),
        (Comment(text="Нарушения нет. Решил(а): Ирина #C7-2-k1f0a", at=NOW), False),
        (Comment(text="см. #C7-2-k1f0a, там всё сказано", at=NOW), True),
        (Comment(text="  ", at=NOW), False),
    ],
)
def test_only_what_a_person_wrote_since_the_refusal_is_its_comment(
    chat: Chat, olya: Somebody, comment: Comment, *, is_enough: bool
) -> None:
    a_refused_lead(chat, status=OTHER_REASON)
    lead = chat.crm.leads[LEAD]
    chat.crm.knows(replace(lead, comments=(comment,)))

    state = olya.posts(LINK).case.state
    assert state is (State.WAITING if is_enough else State.COMMENTING)


def test_a_refusal_would_undo_a_confirmed_order_and_the_button_says_so(
    chat: Chat, olya: Somebody
) -> None:
    a_refused_lead(chat, status=CONFIRMED)
    card = olya.posts(LINK)
    olya.presses("дорого")

    assert "⚠️ Лид подтверждён: отказ снимет подтверждение" in card.text
    assert card.buttons[0] == "📌 Закрепить, сняв подтверждение"


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


# --- the one concerned ----------------------------------------------------------------------------


@pytest.fixture
def pinned(chat: Chat, olya: Somebody, irina: Somebody) -> CardView:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    irina.presses("Закрепить")
    return card


def test_vera_appeals_once_and_the_case_opens_again(
    chat: Chat, pinned: CardView, irina: Somebody
) -> None:
    vera = chat.person("Верочка", crm_name=VERA)

    assert vera.replies("Не согласна, клиент просил перезвонить")

    assert pinned.case.state is State.WAITING
    assert f"✋ {VERA}, не согласен(на): Не согласна, клиент просил перезвонить" in pinned.text
    assert "клиент просил перезвонить" in irina.hears[-1]
    irina.presses("Закрепить")
    assert "Отказ остаётся за вами" in vera.hears[-1]
    assert "больше решение не пересматривают" in vera.hears[-1]
    assert not vera.replies("всё равно не согласна")
    assert pinned.first_line.startswith("📌")


def test_an_appeal_may_be_granted(chat: Chat, pinned: CardView, irina: Somebody) -> None:
    vera, gleb = chat.person("Верочка", crm_name=VERA), chat.person("Глеб", crm_name=GLEB)
    vera.replies("это не мой разговор")
    irina.presses("Другой оператор")
    irina.presses(GLEB)

    assert chat.crm.pins[-1] == (LEAD, GLEB)
    assert "Отказ больше не за вами" in vera.hears[-1]
    assert "За вами закрепили отказ" in gleb.hears[-1]
    assert gleb.replies("и не мой")
    assert pinned.case.state is State.WAITING


def test_without_a_violation_after_all_the_lead_and_vera_are_told(
    chat: Chat, pinned: CardView, irina: Somebody
) -> None:
    vera = chat.person("Верочка", crm_name=VERA)
    vera.replies("клиент просил перезвонить")
    irina.presses("Нарушения нет")

    assert "Отказ больше не за вами" in vera.hears[-1]
    assert chat.crm.comments[-1].startswith("Нарушения нет, отказ ни за кем не закреплять")
    assert "Поправьте в CRM вручную" in pinned.text
    assert f"Отказ в CRM за: {VERA}, до решения лид ни за кем не стоял" in pinned.text
    assert "Нарушения нет, а закрепление в CRM вернуть не смог: проверьте лид." in irina.hears[-1]


def test_nobody_else_may_appeal_and_thanks_are_no_appeal(
    chat: Chat, pinned: CardView, olya: Somebody
) -> None:
    vera = chat.person("Верочка", crm_name=VERA)

    assert not olya.replies("она ни при чём")
    assert not chat.person(VERA).replies("я ни при чём")
    assert not vera.replies("Поняла!")
    assert not vera.replies("ок")
    assert not vera.replies("🙁")
    assert pinned.case.state is State.PINNED


@pytest.mark.parametrize(
    "words",
    [
        "Не согласна!",
        "не согласен, клиент просил перезвонить",
        "Нет, я не согласен",
        "это не мой отказ",
        "Это не я",
    ],
)
def test_who_does_not_agree_and_is_not_known_in_the_crm_yet_is_told_how_to_go_on(
    chat: Chat, pinned: CardView, irina: Somebody, words: str
) -> None:
    vera = chat.operator("Верочка")

    assert vera.replies(words)

    assert pinned.first_line.startswith("📌")
    assert "Кто вы в CRM, ещё не знаю" in vera.hears[-1]
    assert "/link Фамилия Имя" in vera.hears[-1]
    vera.crm_name = VERA
    assert vera.replies(words)
    assert pinned.case.state is State.WAITING
    assert f"✋ {VERA}, не согласен(на)" in irina.hears[-1]


def test_other_talk_of_whom_the_bot_does_not_know_is_left_alone(
    chat: Chat, pinned: CardView
) -> None:
    timur = chat.operator("Тимур")

    assert not timur.replies("я бы тоже перезвонил")
    assert not timur.replies("Клиент не согласен, просил перезвонить")
    assert not timur.replies("она сказала, что это не мой клиент")
    assert not chat.person("Глеб", crm_name=GLEB).replies("не согласен")
    assert timur.hears == []


def test_a_lead_that_is_sent_with_such_words_is_a_post_as_ever(
    chat: Chat, pinned: CardView
) -> None:
    timur = chat.operator("Тимур")

    assert not timur.replies("Не согласна, и вот ещё: https://crm.example/orders/43210")
    assert timur.hears == []


def test_who_asked_or_decides_is_not_asked_who_he_is_in_the_crm(
    chat: Chat, irina: Somebody
) -> None:
    a_refused_lead(chat)
    timur = chat.operator("Тимур")
    timur.posts(LINK)
    irina.presses("Закрепить")
    lena = chat.person("Лена", Role.SUPERVISOR)

    for one in (timur, lena, chat.owner):
        assert not one.replies("Не согласен!")
        assert not any("Кто вы в CRM" in said for said in one.hears)


def test_the_poster_may_not_withdraw_what_was_appealed(
    chat: Chat, pinned: CardView, olya: Somebody
) -> None:
    chat.person("Верочка", crm_name=VERA).replies("это не мой разговор")

    assert "Отозвать" not in pinned.buttons
    assert not olya.replies("отмена")


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


# --- the CRM --------------------------------------------------------------------------------------


def test_while_the_crm_is_down_the_card_says_so_and_goes_on_when_it_is_back(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    chat.crm.is_up = False
    card = olya.posts(LINK)
    assert card.first_line.startswith("⚠️ CRM не отвечает.")

    chat.crm.is_up = True
    chat.deliver()
    assert card.first_line.startswith("Закрепить отказ за")
    chat.crm.is_up = False
    irina.presses("Закрепить")
    assert "CRM не отвечает, запись сделаю" in card.text
    assert chat.crm.pins == []


def test_a_status_that_somebody_changed_is_not_overwritten_and_nobody_is_blamed(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    chat.crm.somebody_sets(LEAD, CONFIRMED)
    irina.presses("Закрепить")

    assert card.case.state is State.CONFLICT
    assert "Статус лида уже другой: Подтверждён" in card.text
    assert "в CRM пока только комментарий ✔" in card.text
    assert (chat.crm.status(LEAD), chat.crm.pins) == (CONFIRMED.code, [])
    assert card.buttons[:2] == ["Поставить отказ", "Оставить как есть"]

    irina.presses("Поставить отказ")
    assert "💾 в CRM записано ✔" in card.text
    assert (chat.crm.status(LEAD), chat.crm.pins) == (REFUSED.code, [(LEAD, VERA)])


def test_a_second_tap_overwrites_no_status_that_the_first_one_has_met(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    chat.crm.somebody_sets(LEAD, CONFIRMED)
    irina.presses("Закрепить")
    anyway = irina.sees("Поставить отказ")
    chat.crm.somebody_sets(LEAD, TRASH)
    irina.taps(anyway)

    irina.taps(anyway)

    assert card.case.state is State.CONFLICT
    assert (chat.crm.status(LEAD), chat.crm.pins) == (TRASH.code, [])
    irina.presses("Поставить отказ")
    assert chat.crm.status(LEAD) == REFUSED.code


def test_or_it_stays_as_it_is_and_may_be_decided_anew(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    chat.crm.somebody_sets(LEAD, TRASH)
    irina.presses("Закрепить")
    chat.passes(hours=24)

    assert card.first_line.startswith("⚠️ В CRM не закреплено")
    assert "за сутки никто не выбрал" in irina.hears[-1]
    irina.presses("Решить заново")
    assert card.case.state is State.WAITING
    assert "Сейчас в CRM: некорректный номер" in card.text
    irina.presses("Закрепить")
    assert (chat.crm.status(LEAD), chat.crm.pins) == (REFUSED.code, [(LEAD, VERA)])


def test_a_name_that_the_crm_does_not_know_is_told_and_another_may_be_picked(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    chat.crm.strangers.add(VERA)
    card = olya.posts(LINK)
    irina.presses("Закрепить")

    assert "⚠️ В CRM нет пользователя с таким именем: закрепите вручную" in card.text
    assert "В CRM нет пользователя с таким именем" in irina.hears[-1]
    irina.presses("Решить заново")
    irina.presses("Другой оператор")
    irina.presses(GLEB)
    assert chat.crm.pins == [(LEAD, GLEB)]
    assert "нет пользователя" not in card.text


def test_what_the_crm_refuses_for_good_is_told_to_a_person(
    chat: Chat, olya: Somebody, irina: Somebody
) -> None:
    a_refused_lead(chat)
    card = olya.posts(LINK)
    chat.crm.refuses = True
    irina.presses("Закрепить")

    assert "CRM не приняла статус «дорого» и комментарий: поставьте вручную" in card.text
    assert "CRM не закрепила отказ: закрепите вручную" in card.text
    assert any("поставьте вручную" in words for words in irina.hears)
    assert any("поставьте вручную" in words for words in chat.owner.hears)
