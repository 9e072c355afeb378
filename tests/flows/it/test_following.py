"""«КЦ IT Вопросы»: a screenshot and its words are one ticket, whichever comes first."""

from __future__ import annotations

import pytest

from bot.flows.it import Category, It, State
from bot.flows.it.words import goes_on, reports_nothing
from bot.flows.records import Role
from tests.flows.chat import Chat
from tests.flows.world import LEAD, LINK, NEW, a_lead


@pytest.fixture
def chat() -> Chat:
    chat = Chat(It())
    chat.crm.knows(a_lead(NEW))
    return chat


def kinds(chat: Chat) -> list[Category]:
    return [card.case.data.category for card in chat.cards]


def test_the_words_of_a_screenshot_make_no_second_ticket(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(media="photo")
    chat.passes(seconds=9)

    assert not olya.writes("вот такая ошибка в сипе")

    assert kinds(chat) == [Category.PHONE]
    assert card.first_line == "🆕 MicroSIP/3CX: кто возьмёт? Оля, 14:02"
    assert "💬 Оля: вот такая ошибка в сипе" in card.text


def test_a_screenshot_behind_the_words_makes_none_either(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts("CRM зависла")
    assert not olya.writes(media="photo")
    assert not olya.writes("ошибка 502", media="photo")
    assert kinds(chat) == [Category.CRM]
    assert "💬 Оля: 📷 фото\n💬 Оля: 📷 фото ошибка 502" in card.text


def test_a_digest_tells_the_words_of_a_screenshot(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(media="photo")

    def brief() -> str:
        return chat.renderer.brief(chat.flow, card.case, chat.now, 1, "", own_card=False)

    assert "«" not in brief()
    olya.writes("вот такая ошибка в сипе")
    assert "«вот такая ошибка в сипе»" in brief()


def test_an_album_behind_the_words_is_told_once(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts("CRM зависла")
    for _ in range(3):
        assert not olya.writes(media="photo", album="77")
    assert card.text.count("📷") == 1


def test_another_trouble_named_is_another_ticket(chat: Chat) -> None:
    olya = chat.operator("Оля")
    olya.posts("CRM зависла")
    assert olya.writes("и в сипе нет гудков")
    assert kinds(chat) == [Category.CRM, Category.PHONE]


def test_the_other_balance_is_another_ticket(chat: Chat) -> None:
    olya = chat.operator("Оля")
    olya.posts(f"нет баланса на звонки {LINK}")
    assert olya.writes("нет баланса смс")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("нет баланса на звонки", "не работает пропуск, дверь не открывается"),
        ("нет баланса на звонки", "не открывается таблица с графиком"),
        ("нет баланса смс", "ошибка 502"),
        (f"нет баланса на звонки {LINK}", "не работает пропуск на дверь"),
        ("не работает пропуск на дверь", "CRM зависла"),
        ("не работает пропуск на дверь", "вот такая ошибка в сипе"),
        ("/it принтер дымится", "CRM зависла"),
        ("CRM зависла", "не приходит код на почту, ошибка входа"),
        ("CRM зависла", "вот ещё ошибка при входе в почту"),
        ("CRM зависла", "вот пропуск не работает"),
        ("CRM зависла", "в срм не сохраняется заказ"),
        ("MicroSIP не работает", "гарнитура подключена, а звонок не идёт"),
    ],
)
@pytest.mark.parametrize("media", ["", "photo"])
def test_a_second_trouble_is_a_ticket_of_its_own_though_it_comes_at_once(
    chat: Chat, first: str, second: str, media: str
) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(first)
    category = card.case.data.category
    chat.passes(seconds=20)

    assert olya.writes(second, media=media)

    assert chat.cards[-1].case.state is State.NEW
    assert (card.case.data.category, card.case.data.notes) == (category, ())


def test_a_screenshot_that_has_its_words_takes_no_second_trouble(chat: Chat) -> None:
    olya = chat.operator("Оля")
    olya.posts(media="photo")
    assert not olya.writes("вот такая ошибка")
    assert not olya.writes("не работает пропуск на дверь")
    assert olya.writes("CRM зависла")
    assert kinds(chat) == [Category.OTHER, Category.CRM]


def test_words_that_name_the_balance_stay_with_what_waits_for_its_link(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts("нет баланса на звонки")
    assert not olya.writes("недостаточно средств на балансе", media="photo")
    olya.writes(LINK)
    assert card.case.state is State.NEW


def test_what_follows_goes_with_the_trouble_that_it_names(chat: Chat) -> None:
    olya = chat.operator("Оля")
    first, second = olya.posts("CRM зависла"), olya.posts("в сипе нет гудков")
    assert not olya.writes("вот такая ошибка в срм")
    assert not olya.writes(media="photo")
    assert "вот такая ошибка в срм" in first.text
    assert "📷" in second.text


def test_words_that_name_the_first_trouble_among_others_go_on_with_it(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts("MicroSIP не работает")
    assert not olya.writes("вот такая ошибка в сипе, гарнитура подключена")
    assert card.case.data.category is Category.PHONE


@pytest.mark.parametrize("words", ["", "вот такая ошибка в сипе"])
def test_after_a_minute_it_is_a_ticket_of_its_own(chat: Chat, words: str) -> None:
    olya = chat.operator("Оля")
    olya.posts(media="photo")
    chat.passes(seconds=61)
    assert olya.writes(words, media="" if words else "photo")


def test_what_somebody_works_on_takes_nothing_in(chat: Chat) -> None:
    olya, kostya = chat.operator("Оля"), chat.person("Костя", Role.IT)
    olya.posts(media="photo")
    kostya.presses("Беру")
    assert olya.writes("вот такая ошибка в сипе")


def test_a_colleagues_screenshot_and_a_command_are_tickets(chat: Chat) -> None:
    chat.operator("Оля").posts("CRM зависла")
    ira = chat.operator("Ира")
    assert ira.writes(media="photo")
    assert ira.writes("/it принтер дымится")


def test_a_category_that_somebody_has_chosen_stays(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(media="photo")
    olya.presses("🏷")
    olya.presses("Гарнитура")
    olya.presses("🏷")
    olya.presses("Другое")
    assert not olya.writes("вот такая ошибка в сипе")
    assert card.case.data.category is Category.OTHER


def test_a_link_behind_a_screenshot_is_its_lead(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(media="photo")
    assert not olya.writes(f"не сохраняется {LINK}")
    assert (card.case.lead, card.case.data.category) == (LEAD, Category.CRM)
    assert olya.writes(f"и тут не сохраняется {LINK.replace(LEAD, 'a1b2c3d4e5')}")


def test_words_about_a_balance_behind_a_screenshot_ask_for_the_link(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts(media="photo")
    assert not olya.writes("нет баланса на звонки")
    assert card.case.state is State.NEEDS_LEAD
    assert "нужна ссылка на лид" in olya.hears[-1]


def test_a_screenshot_of_a_balance_goes_on_waiting_for_the_link(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts("нет баланса на звонки")
    assert not olya.writes(media="photo")
    olya.writes(LINK)
    assert (card.case.state, card.case.lead) == (State.NEW, LEAD)
    assert "📷" in card.text


def test_a_screenshot_whose_words_name_what_others_report_is_proposed_with_them(
    chat: Chat,
) -> None:
    for name in ("Оля", "Ира"):
        chat.operator(name).posts("CRM зависла")
    timur = chat.operator("Тимур")
    card = timur.posts(media="photo")
    timur.writes("срм не открывается")
    assert "🔗 Объединить (3)" in card.buttons


@pytest.mark.parametrize(
    "words", ["вот что пишет", "вот", "мне пишет отказано", "при входе", "скрин выше"]
)
def test_words_that_report_nothing_alone_may_go_on_with_a_report(words: str) -> None:
    assert goes_on(words)


@pytest.mark.parametrize(
    "words", ["спасибо", "кто на обед?", "привет всем", "уже работает", "ок", "при"]
)
def test_talk_goes_on_with_nothing(words: str) -> None:
    assert not goes_on(words)


@pytest.mark.parametrize(
    "words",
    ["", "👆", "502", "ошибка 502", "вот такая ошибка", "вот что пишет: не отвечает", "при входе"],
)
def test_words_that_show_or_go_on_report_nothing(words: str) -> None:
    assert reports_nothing(words)


@pytest.mark.parametrize(
    "words", ["лк", "ошибка входа", "вот дверь не открывается", "при входе тоже ошибка"]
)
def test_words_that_may_mean_another_thing_are_a_report(words: str) -> None:
    assert not reports_nothing(words)
