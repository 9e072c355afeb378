"""«Возврат Обмен»: words beside their link, and the number of an order."""

from __future__ import annotations

import pytest

from bot.flows.records import Person, Post
from bot.flows.returns import Action, Returns, State
from bot.flows.returns.words import number_in
from tests.flows.chat import Chat
from tests.flows.returning import returns_chat, staff, with_orders
from tests.flows.world import LEAD, LINK, NOW, PHONE


@pytest.fixture
def chat() -> Chat:
    return returns_chat()


def _message(text: str, *, by: Person | None = None) -> Post:
    return Post(
        chat_id=-100, topic_id=0, message_id=20, by=by or Person(id=1, name="Оля"), sent_at=NOW,
        text=text,
    )  # fmt: skip


# --- before or behind a link ----------------------------------------------------------------------

CLEAR = [
    "клиент хочет обменять телефон битый", "Клиент просит вернуть деньги, чайник не греет",
    "клиентка просит возврат, не подошёл размер", "у клиента сломался повербанк",
    "покупатель требует замену", "клиентке пришёл не тот размер", "клиентке нужен обмен",
    "клиент говорит, что фонарик не включается",
]  # fmt: skip
BEHIND = [
    *CLEAR, "сломался повербанк не заряжает хочет деньги назад", "не включается", "брак",
    "на обмен", "пришёл не тот размер", "хочет вернуть деньги", "товар битый",
]  # fmt: skip
TALK = [
    "", "спасибо", "девочки, кто на обед?", "у меня гарнитура не работает", "црм не работает",
    "Ира просит поменять смену", "кто хочет поменять смену?", "я вернулась с обеда", "Омск",
    "как оформить возврат?", "клиент сбросил", "хочу вернуть отгул", "сип сломался", "да",
    "верну через 5 минут", "куда писать, если брак?", "у нас опять не грузит",
    "Марат просит вернуть ключи от кабинета", "комп не включается",
    "Ирина просит сдать отчёты до 18:00", "бухгалтерия просит вернуть документы",
    "клиент не понравился, хамит", "клиенту не подходит время", "клиент не держит слово",
    "клиент не тот, ошиблись номером", "ничего не работает", "телефония не работает",
    "мышка сломалась", "сломалась мышка", "не включается комп", "не заряжает рабочий телефон",
    "сломалось всё, клиент ждёт",
    "у меня мышка сломалась, клиент на линии", "клиент просит вернуть звонок",
    "Марат просит вернуть клиенту деньги", "просит вернуть ключи", "битый час жду",
    "карточка клиента сломалась", "у клиентов опять сломался сайт", "клиент не хочет возврат",
    "клиент сломал мне мозг", "клиент хочет вернуться к разговору",
    "клиент хочет ножи. Марат, просят вернуть кружку",
]  # fmt: skip


@pytest.mark.parametrize("words", CLEAR)
def test_words_that_clearly_tell_of_a_return_are_asked_for_their_lead(words: str) -> None:
    assert Returns().lacks_lead(_message(words))


@pytest.mark.parametrize("words", BEHIND)
def test_words_right_behind_a_link_that_tell_what_its_client_says(words: str) -> None:
    assert Returns().may_follow(_message(words))


@pytest.mark.parametrize("words", TALK)
def test_talk_is_neither(words: str) -> None:
    assert not Returns().lacks_lead(_message(words))
    assert not Returns().may_follow(_message(words))


@pytest.mark.parametrize("words", TALK)
def test_talk_beside_digits_that_may_be_a_phone_asks_for_none(chat: Chat, words: str) -> None:
    olya = chat.operator("Оля")
    assert not olya.writes(f"{words} 8701123456")
    assert not olya.writes(f"8701123456 {words}")


def test_words_behind_a_bare_link_go_into_the_lead_and_no_others_after_them(chat: Chat) -> None:
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    card = olya.posts(LINK)

    def means(words: str, by: Person) -> str:
        who = olya if by == olya.person else ira
        action = chat.flow.reply(card.case, who.actor, _message(words, by=by), chat.now)
        return "" if action is None else action.name

    assert means("не включается", ira.person) == ""
    assert means("не включается", olya.person) == Action.GO_ON
    assert olya.replies("не включается")
    assert means("и зарядка тоже", olya.person) == ""
    assert "💬 Клиент: не включается" in card.text


def test_thanks_are_not_what_the_client_says(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(LINK)

    assert not olya.replies("ок, спасибо")
    assert "что говорит клиент?" in card.text


# --- which order ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("1", "1"), ("2.", "2"), ("первый", "1"), ("Второй заказ", "2"), ("№ 3", "3"),
        ("3-й", "3"), ("вот этот, третий", "3"), ("под номером 4", "4"), ("1, пожалуйста", "1"),
        ("12", ""), ("первый раз слышу", ""), ("1 штука", ""), ("не первый", ""), ("да", ""),
        ("", ""), ("1 или 2", ""),
    ],
)  # fmt: skip
def test_a_number_and_nothing_else_names_an_order(words: str, number: str) -> None:
    assert number_in(words) == number


@pytest.mark.parametrize("words", ["1", "первый"])
def test_an_order_is_picked_by_its_number_in_a_reply(chat: Chat, words: str) -> None:
    with_orders(chat, 2)
    olya = chat.operator("Оля")
    card = olya.posts(f"{PHONE} ножи тупые")

    assert olya.replies(words)

    assert card.case.lead == LEAD
    assert card.case.state is State.WAITING


def test_by_whoever_may_press_and_only_one_that_is_offered(chat: Chat) -> None:
    with_orders(chat, 2)
    card = chat.operator("Оля").posts(f"{PHONE} брак")

    assert not chat.operator("Ира").replies("1")
    zarina = staff(chat)
    assert not zarina.replies("3")
    assert not zarina.replies("0")
    assert card.case.lead == ""
    assert zarina.replies("первый")
    assert card.case.state is State.WAITING


def test_where_no_card_asks_for_it_a_number_picks_nothing(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(f"{LINK} брак")

    assert not olya.replies("1")
    assert not staff(chat).replies("первый")
    assert card.case.data.said == "брак"
