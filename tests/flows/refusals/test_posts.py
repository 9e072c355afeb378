"""«Не проставленные отказы»: what posts say on the card, and a reason that is mended in one."""

from __future__ import annotations

import pytest

from bot import codec
from bot.flows.refusals import Data, State
from tests.flows.chat import CardView, Chat, Somebody
from tests.flows.refusals.refusing import GLEB, a_refused_lead
from tests.flows.world import LEAD, LINK, NEW, REFUSED

CHANGED = "Карточка уже изменилась, посмотрите на неё ещё раз"

# --- the words ------------------------------------------------------------------------------------


def test_what_posts_say_is_told_and_mended(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(chat)
    card = olya.posts(f"{LINK} отказала Вере")
    assert "💬 Оля: отказала Вере" in card.text

    olya.mends(f"{LINK} отказала Глебу")
    assert "💬 Оля: отказала Глебу" in card.text


def test_a_case_of_an_earlier_release_knows_no_source_of_its_reason(
    chat: Chat, olya: Somebody
) -> None:
    a_refused_lead(chat)
    written = codec.dump(olya.posts(f"{LINK} отказала Вере").case.data)
    del written["source"], written["why"]

    data = codec.load(Data, written)

    assert (data.source, data.why) == (None, "")


# --- the reason -----------------------------------------------------------------------------------


@pytest.fixture
def card(chat: Chat, olya: Somebody) -> CardView:
    """Its reason stands in the post."""
    a_refused_lead(chat, status=NEW)
    return olya.posts(f"{LINK} передумал")


def test_a_reason_that_is_mended_in_its_post_is_the_card_s(
    chat: Chat, olya: Somebody, irina: Somebody, card: CardView
) -> None:
    old = irina.sees("Закрепить")

    assert olya.mends(f"{LINK} дорого")

    assert "Причина: дорого · поставлю при закреплении" in card.text
    assert irina.taps(old) == CHANGED
    assert chat.crm.status(LEAD) == NEW.code
    irina.presses("Закрепить")
    assert chat.crm.status(LEAD) == "100"
    assert not olya.mends(f"{LINK} консультация")


def test_neither_does_a_name_that_was_pressed_pin_a_reason_that_nobody_saw(
    chat: Chat, olya: Somebody, irina: Somebody, card: CardView
) -> None:
    irina.presses("Другой оператор")
    old = irina.sees(GLEB)

    assert olya.mends(f"{LINK} дорого")

    assert irina.taps(old) == CHANGED
    assert card.case.state is State.CHOOSING
    assert "Причина: дорого" in card.text
    irina.presses(GLEB)
    assert chat.crm.status(LEAD) == "100"
    assert chat.crm.pins == [(LEAD, GLEB)]


def test_it_counts_too_while_a_supervisor_says_why_or_the_lead_is_read_anew(
    chat: Chat, olya: Somebody, irina: Somebody, card: CardView
) -> None:
    irina.presses("Другой оператор")
    irina.replies("Петрова Анна")
    assert olya.mends(f"{LINK} дорого")
    # Whom he is about to name he names still.
    assert (card.case.state, card.case.data.code) == (State.EXPLAINING, "100")

    chat.crm.is_up = False
    chat.links(olya, "Ольшанская Ольга")
    assert card.case.state is State.READING
    assert olya.mends(f"{LINK} консультация")
    chat.crm.is_up = True
    chat.deliver()
    assert (card.case.state, card.case.data.code) == (State.EXPLAINING, "62")


def test_a_reason_that_is_gone_from_its_post_must_be_picked_whatever_was_about_to_be_decided(
    chat: Chat, olya: Somebody, irina: Somebody, card: CardView
) -> None:
    old = irina.sees("Закрепить")
    assert olya.mends(f"{LINK} дорого, нашла дешевле")
    assert card.first_line.startswith("Почему клиент отказался?")
    assert irina.taps(old) == CHANGED
    olya.presses("дорого")
    assert card.first_line.startswith("Закрепить отказ за: ")

    chat.cards.clear()
    card = olya.posts(f"https://crm.example/orders/{LEAD} передумал")
    irina.presses("Другой оператор")
    irina.replies("Петрова Анна, слышала сама")
    assert olya.mends(f"{LINK} ошибка, отказа не было")
    assert card.first_line.startswith("Почему клиент отказался?")
    assert card.case.data.code == ""


def test_it_is_gone_too_where_the_lead_is_being_read(
    chat: Chat, olya: Somebody, card: CardView
) -> None:
    chat.crm.is_up = False
    chat.links(olya, "Ольшанская Ольга")
    assert olya.mends(f"{LINK} ошибка, отказа не было")
    chat.crm.is_up = True
    chat.deliver()
    assert card.first_line.startswith("Почему клиент отказался?")


def test_whoever_wants_another_reason_is_not_passed_over_as_the_lead_is_read_anew(
    chat: Chat, olya: Somebody, card: CardView
) -> None:
    olya.presses("Сменить причину")
    chat.links(olya, "Ольшанская Ольга")
    assert card.first_line.startswith("Почему клиент отказался?")
    # What somebody has set in the CRM meanwhile is no reason of ours to be changed.
    chat.crm.somebody_sets(LEAD, REFUSED)
    chat.links(olya, "Орешкина Ольга")
    assert card.first_line.startswith("Закрепить отказ за: ")


def test_another_reason_is_told_with_its_words_at_once(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(f"{LINK} другая причина: уезжает")
    assert "Причина: другая причина: уезжает" in card.text
    assert olya.mends(f"{LINK} другая причина - клиентка умерла")
    assert "Причина: другая причина: клиентка умерла" in card.text
    assert olya.mends(f"{LINK} дорого")
    assert "Причина: дорого" in card.text


def test_what_needs_words_asks_for_them_and_another_reason_needs_them_no_more(
    chat: Chat, olya: Somebody, card: CardView
) -> None:
    assert olya.mends(f"{LINK} другая причина")
    assert card.first_line.startswith("✏️ Другая причина: какая?")
    assert olya.mends(f"{LINK} дорого")
    assert card.first_line.startswith("Закрепить отказ за: ")
    assert olya.mends(f"{LINK} другая причина")
    assert olya.mends(f"{LINK} другая причина: уезжает")
    assert "Причина: другая причина: уезжает" in card.text


def test_a_reason_that_was_added_to_other_words_is_mended_among_them(
    chat: Chat, olya: Somebody
) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(f"{LINK} отказ не проставлен")
    assert olya.mends(f"{LINK} отказ не проставлен, передумала")
    assert card.case.data.code == "63"

    assert olya.mends(f"{LINK} отказ не проставлен: нашла дешевле")
    assert card.case.data.code == "61"
    # Which of the two?
    assert olya.mends(f"{LINK} отказ не проставлен: нашла дешевле, передумала")
    assert card.case.data.code == "61"
    assert "💬 Оля: отказ не проставлен: нашла дешевле, передумала" in card.text


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("передумал, раньше говорила дорого", "передумал, раньше говорила консультация"),
        ("передумал, не нашла дешевле", "передумал, не дорого"),
    ],
)
def test_words_that_were_never_the_reason_change_none(
    olya: Somebody, card: CardView, first: str, then: str
) -> None:
    for words in (first, then):
        assert olya.mends(f"{LINK} {words}")
        assert card.case.data.code == "63"


def test_what_the_crm_a_button_or_a_reply_has_told_no_edit_changes(
    chat: Chat, olya: Somebody, card: CardView
) -> None:
    olya.presses("Сменить причину")
    olya.presses("консультация")
    assert olya.mends(f"{LINK} дорого")
    assert card.case.data.code == "62"
    olya.presses("Сменить причину")
    assert olya.replies("нет в наличии")
    assert olya.mends(f"{LINK} передумала")
    assert card.case.data.code == "60"
    assert "💬 Оля: передумала" in card.text

    chat.cards.clear()
    a_refused_lead(chat)
    card = olya.posts(f"{LINK} передумал")
    assert olya.mends(f"{LINK} консультация")
    assert (card.case.data.code, card.case.data.picked) == ("100", False)


def test_nor_what_somebody_has_set_in_the_crm_since(
    chat: Chat, olya: Somebody, card: CardView
) -> None:
    chat.crm.somebody_sets(LEAD, REFUSED)
    chat.links(olya, "Ольшанская Ольга")
    assert olya.mends(f"{LINK} консультация")
    assert (card.case.data.code, card.case.data.picked) == (REFUSED.code, False)


def test_nor_what_somebody_has_answered_to_a_reason_that_needed_words(
    chat: Chat, olya: Somebody
) -> None:
    a_refused_lead(chat, status=NEW)
    card = olya.posts(f"{LINK} другая причина")
    assert olya.replies("уезжает")
    assert olya.mends(f"{LINK} дорого")
    assert "Причина: другая причина: уезжает" in card.text


def test_only_the_post_that_has_told_the_reason_changes_it(
    chat: Chat, olya: Somebody, card: CardView
) -> None:
    first = olya.last_post
    timur = chat.operator("Тимур")
    timur.posts(f"{LINK} передумал")
    olya.posts(f"{LINK} и ещё раз")
    assert timur.mends(f"{LINK} дорого")
    assert olya.mends(f"{LINK} консультация")
    assert card.case.data.code == "63"
    assert olya.mends(f"{LINK} дорого", post=first)
    assert card.case.data.code == "100"
