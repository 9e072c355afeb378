"""«Возврат Обмен», read aloud: what an operator posts, and what becomes of the lead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.flows.effects import Tell
from bot.flows.records import Action, Fact, Happened, Post
from bot.flows.returns import Mark, State
from crm_api.port import LeadBrief
from tests.flows.chat import Chat
from tests.flows.returning import BOUGHT, POST, RETURN, returns_chat, staff, with_orders
from tests.flows.world import CONFIRMED, LEAD, LINK, NEW, PHONE, REFUSED, a_lead, an_order


@pytest.fixture
def chat() -> Chat:
    return returns_chat()


# --- a link ---------------------------------------------------------------------------------------


def test_the_card_begins_with_the_promise_and_shows_the_order(chat: Chat) -> None:
    card = chat.operator("Оля").posts(POST)

    assert card.first_line == "📞 Перезвонить до 11.03, 05:02 · никто не взял"
    assert "Прошлый заказ: Подтверждён · вручено, выкуплен" in card.text
    assert "Аккумуляторный шуруповёрт МАКИТА" in card.text
    assert "Оператор: Оля, 14:02" in card.text
    assert card.buttons == ["✋ Беру", "Отозвать"]


def test_the_promised_time_is_shown_in_the_reader_s_own_zone(chat: Chat) -> None:
    card = chat.operator("Оля").posts(POST)

    shown = chat.renderer.card(chat.flow, card.case, chat.now).text
    assert '<tg-time unix="1773194520" format="dt">11.03, 05:02</tg-time>' in shown


def test_the_lead_of_the_call_gets_70_and_the_client_s_words_at_once(chat: Chat) -> None:
    card = chat.operator("Оля").posts(POST)

    assert chat.crm.status(LEAD) == "70"
    [comment] = chat.crm.comments
    assert comment == (
        "Возврат или обмен. Клиент: шуруповёрт не включается, хочет обменять "
        "(оператор Оля, 10.03.2026 14:02; обещан звонок до 11.03.2026 05:02)"
    )
    assert "в CRM записано ✔ 14:02: «Брак обмен» · комментарий" in card.text


def test_what_the_operator_has_set_himself_is_recognised(chat: Chat) -> None:
    chat.crm.knows(a_lead(RETURN), BOUGHT)
    card = chat.operator("Оля").posts(POST)

    assert card.case.data.mark is Mark.ALREADY
    assert "«Брак обмен» уже стоял · комментарий" in card.text
    assert len(chat.crm.comments) == 1


@pytest.mark.parametrize(
    ("earlier", "words"),
    [
        ((), "Прошлых заказов на этот номер нет."),
        ((an_order(2, REFUSED),), "Другие заявки есть, но заказом ни одна не стала."),
    ],
)
def test_a_client_without_an_order_is_warned_about(
    chat: Chat, earlier: tuple[LeadBrief, ...], words: str
) -> None:
    chat.crm.knows(a_lead(NEW), *earlier)
    card = chat.operator("Оля").posts(POST)

    assert f"⚠️ {words} Заказывали с другого номера? Пришлите его в «РФ Админы»" in card.text
    assert chat.crm.status(LEAD) == "70"


def test_a_client_with_an_order_is_not(chat: Chat) -> None:
    assert "Прошлых заказов" not in chat.operator("Оля").posts(POST).text


def test_a_link_alone_is_asked_what_the_client_says(chat: Chat) -> None:
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    card = olya.posts(LINK)
    assert "Оля, что говорит клиент? Ответьте на карточку" in card.text
    assert "Слов клиента оператор не записал" in chat.crm.comments[0]

    assert not ira.replies("наверное брак")
    assert olya.replies("не включается")
    assert not olya.replies("спасибо большое")

    assert chat.crm.comments[1:] == ["Возврат или обмен. Клиент: не включается (оператор Оля)"]


def test_a_lead_that_the_crm_does_not_know(chat: Chat) -> None:
    card = chat.operator("Оля").posts("https://crm.example/orders/0000000000 брак")

    assert card.first_line.startswith("🔍 CRM не знает лид 0000000000.")


def test_a_colleague_s_post_about_the_same_lead_joins_and_its_words_reach_the_taker(
    chat: Chat,
) -> None:
    olya, ira, zarina = chat.operator("Оля"), chat.operator("Ира"), staff(chat)
    card = olya.posts(POST)
    zarina.presses("Беру")

    ira.posts(f"{LINK} клиент звонит снова, ждёт звонка")

    assert len(chat.cards) == 1
    assert chat.crm.comments[1] == (
        "Возврат или обмен, ещё: клиент звонит снова, ждёт звонка (оператор Ира)"
    )
    assert "Ира: клиент звонит снова" in zarina.hears[-1]
    assert "Ира: клиент звонит снова" in card.text


def test_words_that_came_before_anybody_took_it_are_told_to_the_taker_all(chat: Chat) -> None:
    ira, zarina = chat.operator("Ира"), staff(chat)
    card = chat.operator("Оля").posts(POST)
    ira.posts(f"{LINK} клиент звонит снова")
    ira.posts(f"{LINK} готов доплатить")
    assert "💬 Ира: готов доплатить (раньше ещё 1, всё есть в лиде)" in card.text

    zarina.presses("Беру")

    assert zarina.hears[-1].splitlines()[:2] == [
        "💬 Ира: клиент звонит снова",
        "💬 Ира: готов доплатить",
    ]
    ira.posts(f"{LINK} просит до шести")
    assert zarina.hears[-1].splitlines()[0] == "💬 Ира: просит до шести"
    assert "готов доплатить" not in zarina.hears[-1]


def test_what_the_card_shows_itself_is_not_told_again(chat: Chat) -> None:
    ira, zarina = chat.operator("Ира"), staff(chat)
    card = chat.operator("Оля").posts(POST)
    ira.posts(f"{LINK} клиент звонит снова")

    zarina.presses("Беру")

    assert "💬 Ира: клиент звонит снова" in card.text
    assert zarina.hears == []


def test_each_notice_tells_its_own_words_however_late_it_goes_out(chat: Chat) -> None:
    ira, zarina = chat.operator("Ира"), staff(chat)
    card = chat.operator("Оля").posts(POST)
    zarina.presses("Беру")
    told = []
    for words in ("клиент звонит снова", "готов доплатить"):
        more = Post(
            chat_id=-100, topic_id=0, message_id=90, by=ira.person, sent_at=chat.now,
            text=f"{LINK} {words}",
        )  # fmt: skip
        what = Happened(post=90, said=more)
        joined = Action(name=Fact.JOINED, by=ira.actor, text=more.text, what=what)
        step = chat.flow.decide(card.case, joined, chat.now)
        card.case = step.case
        told += [one.what for one in step.effects if isinstance(one, Tell)]

    first, second = (
        chat.renderer.notice(chat.flow, card.case, what, chat.now).text for what in told
    )
    assert "клиент звонит снова" in first
    assert "готов доплатить" not in first
    assert "готов доплатить" in second


def test_an_edit_of_a_post_from_before_an_upgrade_says_nothing_that_the_lead_has(
    chat: Chat,
) -> None:
    """What posts say one by one was not kept then."""
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    card = olya.posts(POST)
    ira.posts(f"{LINK} клиент звонит снова")
    case = replace(card.case, data=replace(card.case.data, texts=()))
    for by, number, words in (
        (olya, 11, "шуруповёрт не включается, хочет обменять"),
        (ira, 12, "клиент звонит снова"),
    ):
        for more in ("", ", и зарядка тоже"):
            post = Post(
                chat_id=-100, topic_id=0, message_id=number, by=by.person, sent_at=chat.now,
                text=f"{LINK} {words}{more}", leads=(LEAD,), edited_at=chat.now,
            )  # fmt: skip
            [request] = chat.flow.requests(post)
            assert bool(chat.flow.edited(case, by.actor, request, post, chat.now)) is bool(more)


# --- a phone --------------------------------------------------------------------------------------


def test_the_orders_of_a_phone_are_offered_to_pick_from(chat: Chat) -> None:
    with_orders(chat, 2)
    olya = chat.operator("Оля")
    card = olya.posts("8 701 123 45 67 ножи тупые, вернуть деньги")
    assert card.first_line == "Оля, какой заказ? На номер …4567 найдено заявок: 2"
    assert card.buttons == [
        "1. Набор ножей, 07.03.2026",
        "2. Набор ножей, 07.03.2026",
        "Нужного нет",
        "Отозвать",
    ]
    assert chat.crm.comments == []

    olya.presses("1. Набор ножей")

    assert card.case.lead == LEAD
    assert "это заявка текущего звонка?" in card.first_line
    assert chat.crm.status(LEAD) == CONFIRMED.code
    assert "ножи тупые, вернуть деньги" in chat.crm.comments[0]


def test_six_of_them_at_most_and_staff_may_pick_too_but_not_a_colleague(chat: Chat) -> None:
    with_orders(chat, 9)
    card = chat.operator("Оля").posts(f"{PHONE} брак")
    assert len([word for word in card.buttons if "Набор ножей" in word]) == 6

    assert chat.operator("Ира").presses("1. ") == "Это может только тот, кто спросил"
    assert staff(chat).presses("1. ") == "Читаю этот заказ."


def test_no_order_is_not_our_client_and_the_way_through_the_admins_is_told(chat: Chat) -> None:
    card = chat.operator("Оля").posts(f"{PHONE} хочет вернуть")

    assert card.first_line == "🚫 Не наш клиент: заказов на номер …4567 нет"
    assert "«РФ Админы»: «… был ли заказ на этот номер?»" in card.text
    assert card.buttons == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("7905007437 хочет вернуть", "…7437: вижу 10 цифр, похоже, какой-то не хватает"),
        ("8701123456 хочет вернуть", "…3456: вижу 10 цифр, похоже, какой-то не хватает"),
        ("брак, звонит с 790500743755", "…3755: вижу 12 цифр, похоже, какой-то не хватает"),
        ("клиент 8701123456 хочет вернуть товар", "…3456: вижу 10 цифр, похоже"),
        ("звонит с 8 701 123 45 6, обмен", "…3456: вижу 10 цифр, похоже"),
        ("7011234567 не включается", "…4567: вижу 10 цифр и читаю номер с +7 впереди"),
    ],
)
def test_a_mistyped_phone_makes_nobody_a_stranger_and_is_asked_for_whole(
    chat: Chat, words: str, told: str
) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(words)

    assert card.first_line.startswith(f"🔢 Проверьте номер {told}")
    assert "Пришлите номер целиком. На тот, что написан, заказов нет." in card.text
    assert "Не наш клиент" not in card.text
    assert card.case.state is State.NOT_OURS


def test_one_that_only_looks_odd_is_found_all_the_same(chat: Chat) -> None:
    chat.crm.orders["77151234567"] = (an_order(3, CONFIRMED, "вручено"),)
    card = chat.operator("Оля").posts("77151234567 хочет вернуть")

    assert card.first_line == "Оля, какой заказ? На номер …4567 найдено заявок: 1"
    assert "цифр" not in card.text


def test_while_the_crm_is_down_the_operator_sees_that_his_number_is_odd(chat: Chat) -> None:
    olya = chat.operator("Оля")
    chat.crm.is_up = False
    card = olya.posts("8701123456 хочет вернуть")
    assert "🔢 Вижу 10 цифр, похоже, какой-то не хватает" in card.text

    chat.crm.is_up = True
    chat.deliver()
    assert olya.hears[-1].startswith("🔢 Проверьте номер …3456")


@pytest.mark.parametrize(
    "words",
    [
        "8701123456", "8701123456 не отвечает", "возврат едет, трек 80110012345678",
        "сломался чайник, артикул 12345678", "доставили возврат 09.00-18.00",
        "кто звонил на 8701123456 про возврат?", "верните мне ключ, мой номер 8701123456",
        "товар битый, ИИН 780101300123", "сломался, серийный номер 8701123456", "брак 701123456",
        "обмен, трек-номер 8012345678", "не включается, модель 8701123456", "обмен 0012345678",
        "850101300123 обмен", "вернуть деньги 8 990 1500 2300", "возврат 7990 8990 9990",
        "хочет вернуть 7990 1200 1500", "брак 8990 9990 12", "возврат 7 990 8 990 12 990",
        "возврат, код отправления 8701123456", "возврат денег, карта клиента 8701123456",
        "заказ 123456789 хочет вернуть", "брак, сумма 7990–8990", "возврат 36973",
    ],
)  # fmt: skip
def test_digits_beside_other_words_open_nothing(chat: Chat, words: str) -> None:
    assert not chat.operator("Оля").writes(words)


def test_or_none_of_those_found_is_meant(chat: Chat) -> None:
    with_orders(chat, 2)
    olya = chat.operator("Оля")
    card = olya.posts(f"{PHONE} хочет вернуть")

    olya.presses("Нужного нет")

    assert card.first_line == "🚫 Нужного заказа нет среди найденных на номер …4567"
    assert chat.crm.comments == []


def test_an_order_that_is_on_a_card_already_goes_there_with_the_words(chat: Chat) -> None:
    with_orders(chat, 1)
    ira, olya = chat.operator("Ира"), chat.operator("Оля")
    first = ira.posts(f"{LINK} брак")
    second = olya.posts(f"{PHONE} не включается")

    olya.presses("1. ", second)

    assert second.case.state is State.JOINED
    assert [asker.person.name for asker in first.case.data.askers] == ["Ира", "Оля"]
    assert chat.crm.comments[-1].startswith("Возврат или обмен, ещё: 77011234567 не включается")


def test_an_order_found_by_phone_is_not_trashed_unasked_even_if_it_is_not_confirmed(
    chat: Chat,
) -> None:
    with_orders(chat, 1)
    chat.crm.knows(a_lead(NEW))
    olya = chat.operator("Оля")
    olya.posts(f"{PHONE} брак")
    olya.presses("1. ")

    assert chat.crm.status(LEAD) == NEW.code
    olya.presses("Да, этот звонок")
    assert chat.crm.status(LEAD) == "70"
