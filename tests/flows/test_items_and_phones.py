"""«РФ Админы»: an item that the script does not have, and a phone number."""

from __future__ import annotations

import pytest

from bot.flows.duplicates import Action as Do
from bot.flows.duplicates import State
from bot.flows.records import Action, Person, Post
from bot.phones import read_phones
from tests.flows.chat import Chat
from tests.flows.world import (
    CONFIRMED,
    LEAD,
    LINK,
    NEW,
    NOW,
    PHONE,
    TRASH,
    a_lead,
    an_order,
)

# --- an item --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "told", "comment"),
    [
        ("Разрешить", "✅ Товар можно добавить — Марат", "Товар разрешил(а) добавить: Марат"),
        ("Запретить", "⛔ Товар добавлять нельзя — Марат", "Товар добавить не разрешил(а): Марат"),
    ],
)
def test_an_item_is_decided_by_a_comment_alone(
    chat: Chat, word: str, told: str, comment: str
) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} клиент хочет набор бит, в скрипте нет такого товара")
    assert card.first_line.startswith("Можно ли добавить товар?")

    marat.presses(word)

    assert olya.hears[0].startswith(told)
    assert chat.crm.comments[0].startswith(comment)
    assert chat.crm.status(LEAD) == NEW.code


def test_the_comment_says_which_item_it_is_about(chat: Chat) -> None:
    olya, ira, marat = chat.operator("Оля"), chat.operator("Ира"), chat.admin("Марат")
    card = olya.posts(f"{LINK} хочет набор бит, в скрипте нет товара, номер {PHONE}")
    ira.posts(f"{LINK} и ещё ножи добавить")
    marat.presses("Спросить")
    marat.replies("какой набор?")
    olya.replies("на 32 предмета", card)

    marat.presses("Разрешить")
    marat.replies("есть на складе")

    said = (
        "хочет набор бит, в скрипте нет товара, номер …4567 / и ещё ножи добавить / на 32 предмета"
    )
    assert chat.crm.comments[0] == (
        f"Товар разрешил(а) добавить: Марат, 10.03.2026 14:02. Спросили: «{said}»"
    )
    assert PHONE not in "".join(chat.crm.comments)


def test_a_long_question_about_an_item_is_shortened_in_the_comment(chat: Chat) -> None:
    chat.operator("Оля").posts(f"{LINK} добавить товар {'ножи ' * 200}")
    chat.admin("Марат").presses("Запретить")
    assert chat.crm.comments[0].endswith("ножи…»")
    assert len(chat.crm.comments[0]) < 400


def test_an_item_that_nobody_named_is_not_made_up(chat: Chat) -> None:
    chat.operator("Оля").posts(LINK)
    marat = chat.admin("Марат")
    marat.presses("Это про товар")
    marat.presses("Разрешить")
    assert chat.crm.comments == ["Товар разрешил(а) добавить: Марат, 10.03.2026 14:02"]


def test_a_guess_can_be_switched_by_an_admin_on_the_card(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} посмотрите пожалуйста")
    assert card.buttons[-1] == "Это про товар"

    assert olya.presses("Это про товар") == "Решают админы"
    assert marat.presses("Это про товар") == "Переключено."

    assert card.first_line.startswith("Можно ли добавить товар?")
    assert card.buttons[-1] == "Это про дубль"
    marat.presses("Запретить")
    assert chat.crm.status(LEAD) == NEW.code


def test_two_taps_of_a_switch_do_not_switch_back(chat: Chat) -> None:
    marat, lena = chat.admin("Марат"), chat.admin("Лена")
    card = chat.operator("Оля").posts(f"{LINK} посмотрите пожалуйста")
    to_item = marat.sees("Это про товар")

    assert marat.taps(to_item) == "Переключено."
    for admin in (marat, lena):
        assert admin.taps(to_item) == "Карточка уже изменилась, посмотрите на неё ещё раз"

    assert card.first_line.startswith("Можно ли добавить товар?")
    assert marat.presses("Это про дубль") == "Переключено."
    assert card.first_line.startswith("Можно ли оформить?")


@pytest.mark.parametrize("word", ["Разрешить", "Запретить"])
def test_an_answer_is_to_the_kind_that_the_card_showed(chat: Chat, word: str) -> None:
    marat, lena = chat.admin("Марат"), chat.admin("Лена")
    card = chat.operator("Оля").posts(f"{LINK} посмотрите пожалуйста")
    about_a_duplicate = lena.sees(word)
    marat.presses("Это про товар")

    assert lena.taps(about_a_duplicate) == "Карточка уже изменилась, посмотрите на неё ещё раз"

    assert card.first_line.startswith("Можно ли добавить товар?")
    lena.presses(word)
    assert not chat.flow.is_open(card.case)


def test_a_button_that_names_no_kind_switches_nothing(chat: Chat) -> None:
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} посмотрите пожалуйста")
    before = marat.sees("Это про товар").removesuffix(":item")

    assert marat.taps(before) == "Карточка уже изменилась, посмотрите на неё ещё раз"
    for arg in ("", "phone", "duplicate"):
        action = Action(name=Do.SWITCH, arg=arg, by=marat.actor)
        assert not chat.flow.may(card.case, action, chat.now)


def test_what_an_admin_has_said_is_no_guess_for_the_crm_s_answer(chat: Chat) -> None:
    chat.crm.knows(a_lead(NEW))
    chat.crm.is_up = False
    marat = chat.admin("Марат")
    card = chat.operator("Оля").posts(f"{LINK} посмотрите пожалуйста")
    marat.presses("Это про товар")
    marat.presses("Это про дубль")
    chat.crm.is_up = True
    chat.deliver()

    assert "ничего не горит" in card.text
    assert card.first_line.startswith("Можно ли оформить?")


def test_where_the_words_are_plain_there_is_nothing_to_switch(chat: Chat) -> None:
    card = chat.operator("Оля").posts(f"{LINK} горит дубль, могу ли оформить?")

    assert not [word for word in card.buttons if word.startswith("Это про")]


# --- a phone --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written", ["77011234567", "8 701 123-45-67", "+7 (701) 123 45 67", "87011234567"]
)
def test_a_phone_is_answered_at_once_with_the_orders_found(chat: Chat, written: str) -> None:
    chat.crm.orders["77011234567"] = (an_order(3, CONFIRMED, "вручено"),)
    card = chat.operator("Оля").posts(f"{written} был ли заказ на этот номер?")

    assert card.first_line == "📦 Наш клиент: на номер …4567 найден 1 заказ"
    assert "Набор ножей" in card.text
    assert card.buttons == []


def test_requests_that_became_no_order_make_nobody_our_client(chat: Chat) -> None:
    chat.crm.orders["77011234567"] = (an_order(3, TRASH), an_order(9, NEW))
    card = chat.operator("Оля").posts("77011234567 был ли заказ?")

    assert card.first_line.startswith("🤔 Заказов на номер …4567 нет, только заявки")
    assert "Наш клиент" not in card.text


def test_not_our_client_only_after_a_search_that_succeeded(chat: Chat) -> None:
    olya = chat.operator("Оля")
    assert olya.posts("37477123456 был ли заказ?").first_line.startswith("🚫 Не наш клиент")

    chat.crm.is_up = False
    card = olya.posts("77019999999 был ли заказ?")
    assert "Не наш клиент:" not in card.text
    assert card.case.state is State.BY_HAND
    assert "CRM не отвечает боту" in card.text


def test_what_an_admin_asks_meanwhile_is_no_answer(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    chat.crm.is_up = False
    card = olya.posts("77011234567 был ли заказ на этот номер?")

    assert not marat.replies("а второй номер есть?")

    assert card.case.state is State.BY_HAND
    assert olya.hears == []


@pytest.mark.parametrize(
    ("words", "end", "slip"),
    [
        ("7905007437 был ли заказ на этот номер?", "7437", "вижу 10 цифр, похоже, какой-то не"),
        (
            "8701123456 был заказ?",
            "3456",
            "вижу 10 цифр, похоже, какой-то не хватает или есть лишняя",
        ),
        ("790500743755 был ли заказ?", "3755", "вижу 12 цифр, похоже, какой-то не"),
        ("77151234567 был ли заказ?", "4567", "вижу 11 цифр, похоже, какая-то не та"),
    ],
)
def test_a_mistyped_number_is_asked_for_again_and_makes_nobody_a_stranger(
    chat: Chat, words: str, end: str, slip: str
) -> None:
    card = chat.operator("Оля").posts(words)

    assert card.first_line.startswith(f"🔢 Проверьте номер …{end}: {slip}")
    assert "Пришлите номер целиком" in card.text
    assert "Не наш клиент" not in card.text
    assert words.split(maxsplit=1)[0] not in card.text


def test_a_number_that_only_looks_odd_is_found_all_the_same(chat: Chat) -> None:
    chat.crm.orders["77151234567"] = (an_order(3, CONFIRMED, "вручено"),)
    card = chat.operator("Оля").posts("77151234567 был ли заказ?")

    assert card.first_line == "📦 Наш клиент: на номер …4567 найден 1 заказ"
    assert "цифр" not in card.text


@pytest.mark.parametrize(
    ("phone", "words"),
    [
        ("78123456789", "(812) 345-67-89 был ли заказ на этот номер?"),
        ("78123456789", "8123456789 был ли заказ?"),
        ("37477123456", "77 12 34 56 был ли заказ?"),
    ],
)
def test_a_number_without_its_country_is_looked_up_and_makes_nobody_a_stranger(
    chat: Chat, phone: str, words: str
) -> None:
    olya = chat.operator("Оля")
    end, shown = phone[-4:], olya.posts(words).text
    assert shown.startswith(f"🔢 Проверьте номер …{end}")
    assert shown.endswith("Пришлите номер целиком. На тот, что написан, заказов нет.")

    chat.crm.orders[phone] = (an_order(3, CONFIRMED, "вручено"),)
    assert olya.posts(words).first_line == f"📦 Наш клиент: на номер …{end} найден 1 заказ"


def test_only_a_whole_number_may_be_said_to_be_right(chat: Chat) -> None:
    card = chat.operator("Оля").posts("77151234567 был ли заказ?")
    assert card.text.endswith("Он верный? Тогда клиент не наш.")


def test_a_mistyped_number_beside_a_good_one_is_asked_for(chat: Chat) -> None:
    chat.crm.orders["77011234567"] = (an_order(3, CONFIRMED, "вручено"),)
    chat.operator("Оля").posts("звонит с 87011234567, заказ был на 8705123456?")

    good, odd = chat.cards
    assert good.first_line.startswith("📦 Наш клиент: на номер …4567")
    assert odd.first_line.startswith("🔢 Проверьте номер …3456: вижу 10 цифр")


def test_a_number_of_eight_digits_is_hidden_on_the_admins_card(chat: Chat) -> None:
    chat.crm.is_up = False
    card = chat.operator("Оля").posts("клиент злой, 77123456 был ли заказ?")
    assert "клиент злой, …3456" in card.text


def test_the_whole_number_that_follows_has_an_answer_of_its_own(chat: Chat) -> None:
    chat.crm.orders["79050074375"] = (an_order(3, CONFIRMED, "вручено"),)
    olya = chat.operator("Оля")
    olya.posts("7905007437 был ли заказ на этот номер?")

    card = olya.posts("79050074375")

    assert card.first_line == "📦 Наш клиент: на номер …4375 найден 1 заказ"


def test_while_the_crm_is_down_a_mistyped_number_is_asked_for_on_the_card(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    chat.crm.is_up = False
    card = olya.posts("7905007437 был ли заказ на этот номер?")
    assert "🔢 Вижу 10 цифр, похоже, какой-то не хватает или есть лишняя." in card.text

    chat.crm.is_up = True
    chat.deliver()
    assert olya.hears[-1].startswith("🔢 Проверьте номер …7437")

    chat.crm.is_up = False
    card = olya.posts("7905007437 был ли заказ на этот номер?")
    marat.presses("Не наш клиент")
    # A person has looked.
    assert card.first_line == "🚫 Не наш клиент: заказов на номер …7437 нет (Марат)"


@pytest.mark.parametrize("phone", ["7777123456", "7011234567"])
def test_ten_digits_from_a_7_are_looked_up_with_7_before_them_and_make_nobody_a_stranger(
    chat: Chat, phone: str
) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(f"{phone} был ли заказ?")

    asked, whole = card.text.splitlines()
    assert asked == f"🔢 Проверьте номер …{phone[-4:]}: вижу 10 цифр и читаю номер с +7 впереди"
    assert whole.startswith("Одной не хватает? Пришлите номер целиком.")
    assert whole.endswith("заказов нет. Он верный? Тогда клиент не наш.")
    assert olya.posts(f"8{phone} был ли заказ?").first_line.startswith("🚫 Не наш клиент")
    chat.crm.orders[f"7{phone}"] = (an_order(3, CONFIRMED, "вручено"),)
    assert olya.posts(f"{phone} был ли заказ?").first_line.startswith("📦 Наш клиент")


def test_while_the_crm_is_down_the_admins_see_how_such_a_number_is_read(chat: Chat) -> None:
    chat.crm.is_up = False
    card = chat.operator("Оля").posts("7011234567 был ли заказ на этот номер?")

    assert card.text.endswith(
        "🔢 Вижу 10 цифр и читаю номер с +7 впереди. Одной не хватает? Пришлите номер целиком."
    )


@pytest.mark.parametrize(
    "words",
    [
        "8701123456", "клиент 8701123456 говорит, что заказ был отправлен",
        "был ли заказ 8701123456 отправлен?", "заказ 123456789 был отправлен?",
        "был ли заказ 123456789?", "был ли заказ от 22.11.2026 14:30?", "сумма 3990 4990 5990?",
        "был ли заказ на 12 990 ₽?", "4276 1234 5678 9012 был ли заказ?",
        "8701123456 8701123457 был ли заказ?", "номер 8701123456 не отвечает",
    ],
)  # fmt: skip
def test_digits_that_are_not_asked_about_draw_no_question(chat: Chat, words: str) -> None:
    assert not chat.operator("Оля").writes(words)


def test_while_the_crm_is_down_the_admins_look_themselves(chat: Chat) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    chat.crm.is_up = False
    card = olya.posts("77011234567 был ли заказ на этот номер?")

    assert olya.presses("Не наш клиент") == "Решают админы"
    assert marat.replies("да, вот он: https://crm.example/orders/12ad97526e")

    assert card.case.state is State.ANSWERED
    assert "Марат: да, вот он" in olya.hears[-1]
    chat.crm.is_up = True
    chat.deliver()
    assert "Марат: да, вот он" in card.text


def test_a_crm_that_comes_back_answers_before_the_admins(chat: Chat) -> None:
    olya = chat.operator("Оля")
    chat.crm.is_up = False
    card = olya.posts("77011234567 был ли заказ на этот номер?")
    chat.crm.is_up = True
    chat.crm.orders["77011234567"] = (an_order(3, CONFIRMED, "вручено"),)

    chat.deliver()

    assert card.case.state is State.ANSWERED
    assert "Наш клиент" in olya.hears[-1]


def test_a_phone_that_nobody_could_check(chat: Chat) -> None:
    olya = chat.operator("Оля")
    chat.crm.is_up = False
    card = olya.posts("77011234567 был ли заказ на этот номер?")

    chat.passes(minutes=15)

    assert card.first_line == "⌛ Без ответа, номер проверить не удалось"
    assert "номер проверить не удалось" in olya.hears[-1]


def test_small_talk_is_no_request(chat: Chat) -> None:
    olya = chat.operator("Оля")
    for words in ("всем привет", "обед в 14:30", "заказ 36973 посмотрите"):
        assert not chat.flow.requests(_post(olya.person.id, words))


def _post(person_id: int, text: str) -> Post:
    return Post(
        chat_id=-100, topic_id=0, message_id=1, by=Person(id=person_id, name="Оля"), sent_at=NOW,
        text=text, phones=read_phones(text).found, odd_phones=read_phones(text).odd,
    )  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        "горит дубль, ещё не выкупила, могу оформить?",
        "клиент хочет второй заказ, можно оформить?",
        "дубль, клиентка хочет еще раз оформить, можно?",
        "первый заказ подтвержден, хочет ещё один, можно ли оформить",
        "дубль, хочет тот же товар",
        "повторный заказ, другой цвет, могу ли оформить?",
    ],
)
def test_a_duplicate_is_asked_about_whatever_else_the_client_wants(chat: Chat, words: str) -> None:
    olya, marat = chat.operator("Оля"), chat.admin("Марат")
    card = olya.posts(f"{LINK} {words}")
    assert card.first_line.startswith("Можно ли оформить?")

    marat.presses("Запретить")

    assert "Оформлять нельзя" in olya.hears[0]
    assert chat.crm.status(LEAD) == "50"


@pytest.mark.parametrize(
    "words",
    [
        "хочет ещё ножи, можно добавить?",
        "дубль уже разрешили, хочет добавить ножи",
        "хочет ножи, можно?",
        "оформляю, можно добавить чехол?",
        "подтверждает, но хочет другой цвет",
    ],
)
def test_an_item_stays_one_on_a_lead_that_burns(chat: Chat, words: str) -> None:
    card = chat.operator("Оля").posts(f"{LINK} {words}")
    assert card.first_line.startswith("Можно ли добавить товар?")
    assert "Это про дубль" in card.buttons


def test_who_says_duplicate_means_it_where_the_crm_shows_none_yet(chat: Chat) -> None:
    chat.crm.knows(a_lead(NEW))
    card = chat.operator("Оля").posts(f"{LINK} дубль, хочет ещё раз, можно оформить?")
    assert card.first_line.startswith("Можно ли оформить?")
