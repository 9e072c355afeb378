"""«Не проставленные отказы»: what posts say on the card."""

from __future__ import annotations

from bot import codec
from bot.flows.refusals import Data
from tests.flows.chat import Chat, Somebody
from tests.flows.refusals.refusing import a_refused_lead
from tests.flows.world import LEAD, LINK

LONG = "отказала Вере ещё в понедельник, потом передумала, а сегодня снова отказалась"


def test_what_telegram_quotes_over_the_card_is_not_said_twice(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(chat)
    card = olya.posts(f"{LINK} отказала Вере")
    assert "💬" not in card.text

    olya.mends(f"{LINK} отказала Глебу")
    assert "💬 Оля: отказала Глебу" in card.text


def test_a_longer_post_is_quoted_in_part_only(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(chat)
    assert f"💬 Оля: {LONG}" in olya.posts(f"{LINK} {LONG}").text


def test_of_a_post_about_several_leads_the_card_tells_its_own_line(
    chat: Chat, olya: Somebody
) -> None:
    a_refused_lead(chat)
    olya.posts(f"https://crm.example/orders/0000000000 отказала Глебу\n{LINK} отказала Вере")
    [card] = [card for card in chat.cards if card.case.lead == LEAD]
    assert "💬 Оля: отказала Вере" in card.text


def test_what_other_posts_say_is_told_however_short(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(chat)
    card = olya.posts(f"{LINK} отказала Вере")
    chat.operator("Тимур").posts(f"{LINK} и я о том же")
    olya.posts(f"{LINK} решите сегодня")

    said = [line for line in card.text.splitlines() if "💬" in line]
    assert said == ["💬 Тимур: и я о том же", "💬 Оля: решите сегодня"]


def test_a_case_of_an_earlier_release_tells_all_that_posts_say(chat: Chat, olya: Somebody) -> None:
    a_refused_lead(chat)
    written = codec.dump(olya.posts(f"{LINK} отказала Вере").case.data)
    del written["quoted"]

    data = codec.load(Data, written)

    assert data.told == data.texts
