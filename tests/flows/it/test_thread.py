"""«КЦ IT Вопросы»: a ticket's thread, and albums."""

from __future__ import annotations

import pytest

from bot.flows.it import Category, State
from tests.flows.chat import Chat
from tests.flows.it.repairing import it_man
from tests.flows.world import LEAD, LINK


def test_replies_are_the_thread_and_reach_the_other_side(chat: Chat) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts("CRM зависла")
    kostya.presses("Беру")

    assert kostya.replies("какой браузер?")
    assert olya.hears[-1].startswith("💬 Костя: какой браузер?")
    assert olya.replies("хром, вот скрин", media="photo")
    assert kostya.hears[-1].startswith("💬 Оля: 📷 фото хром, вот скрин")

    assert "💬 Костя: какой браузер?" in card.text
    assert "💬 Оля: 📷 фото хром, вот скрин" in card.text
    assert not olya.replies("спасибо")


def test_who_says_me_too_hears_the_outcome(chat: Chat) -> None:
    ira, kostya = chat.operator("Ира"), it_man(chat)
    chat.operator("Оля").posts("CRM зависла")
    assert ira.replies("у меня тоже")
    kostya.presses("Решено")
    assert "Решено" in ira.hears[-1]


def test_an_album_is_one_ticket_and_its_caption_may_come_late(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(media="photo", album="a1")
    olya.posts("CRM зависла", media="photo", album="a1")
    olya.posts(media="video", album="a1")

    assert len(chat.cards) == 1
    assert card.case.data.category is Category.CRM
    assert card.case.data.media == ("photo", "photo", "video")


def test_an_album_whose_late_caption_is_about_a_balance_waits_for_the_link(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(media="photo", album="a1")
    olya.posts("нет баланса смс", media="photo", album="a1")
    assert card.case.state is State.NEEDS_LEAD


@pytest.mark.parametrize("caption", [LINK, f"{LINK} вот он"])
def test_the_link_that_is_waited_for_may_be_the_caption_of_a_late_picture(
    chat: Chat, caption: str
) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts(media="photo", album="a1")
    kostya.presses("🏷")
    kostya.presses("Баланс SMS")
    assert card.first_line.startswith("🔗 Баланс SMS: нужна ссылка на лид")

    olya.posts(caption, media="photo", album="a1")

    assert card.first_line.startswith("🆕 Баланс SMS")
    assert f"Лид {LEAD} · Аккумуляторный" in card.text


def test_the_rest_of_an_album_goes_where_its_first_picture_went(chat: Chat) -> None:
    chat.operator("Ира").posts(f"{LINK} CRM зависла")
    olya = chat.operator("Оля")
    olya.posts(f"{LINK} вот", media="photo", album="a1")
    assert len(chat.cards) == 1
    olya.posts(media="photo", album="a1")
    assert chat.cards[-1].case.state is State.FOLDED
