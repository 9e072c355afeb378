"""«КЦ IT Вопросы», read aloud: something is broken, somebody repairs it."""

from __future__ import annotations

import pytest

from bot.flows.it import Category, It, State
from bot.flows.it.words import guess, is_trouble
from bot.flows.records import Role
from tests.flows.chat import Chat, Somebody
from tests.flows.world import LEAD, LINK, NEW, a_lead


@pytest.fixture
def chat() -> Chat:
    chat = Chat(It())
    chat.crm.knows(a_lead(NEW))
    return chat


def it_man(chat: Chat, name: str = "Костя") -> Somebody:
    return chat.person(name, Role.IT)


# --- what is a ticket -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "баланс",
        "закончился балланс на звонки",
        "звонилка не звонит",
        "сип отвалился",
        "МикроСип не регистрируется",
        "microsip пишет ошибку",
        "3cx зависла",
        "3СХ не открывается",
        "CRM",
        "срм висит",
        "сrm тупит",
        "не работает",
        "неработает ничего",
        "не рабоатет гарнитура",
        "зависло",
        "выдает ошибку 502",
        "ошибка при сохранении",
        "нет звука",
        "клиент меня не слышит",
        "смс не отправляются",
        "/it принтер дымится",
        "/it@workchats_bot",
        "не могу зайти в личный кабинет",
        "CRM заработала, но звонилка не работает",
        "баланс, заранее спасибо",
    ],
)
def test_words_of_trouble_are_a_ticket(chat: Chat, words: str) -> None:
    assert chat.operator("Оля").writes(words)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "спасибо",
        "ок",
        "всем привет",
        "кто на обед?",
        "я завтра не работаю",
        "с днём рождения!",
        "баланс пополнили, спасибо",
        "CRM заработала",
        "всё работает",
        "компания просит перезвонить",
        "https://example.com/404",
        "/italy",
        "кто сегодня из айти?",
    ],
)
def test_small_talk_and_good_news_open_nothing(chat: Chat, words: str) -> None:
    assert not chat.operator("Оля").writes(words)


@pytest.mark.parametrize("media", ["photo", "video", "video_note", "document", "audio"])
def test_a_picture_or_a_file_is_a_ticket_by_itself(chat: Chat, media: str) -> None:
    assert chat.operator("Оля").writes(media=media)


@pytest.mark.parametrize("media", ["voice", "animation"])
def test_a_voice_message_and_a_gif_are_talk(chat: Chat, media: str) -> None:
    assert not chat.operator("Оля").writes(media=media)


def test_a_link_is_a_ticket_whatever_is_said(chat: Chat) -> None:
    assert chat.operator("Оля").writes(f"{LINK} посмотрите")


def test_an_answer_to_a_colleague_is_no_ticket_unless_it_says_so(chat: Chat) -> None:
    olya = chat.operator("Оля")
    assert not olya.writes("у меня тоже не работает", is_reply=True)
    assert not olya.writes(media="photo", is_reply=True)
    assert olya.writes("/it у меня тоже не работает", is_reply=True)


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("нет баланса", Category.BALANCE_CALLS),
        ("кончились деньги на звонки", Category.BALANCE_CALLS),
        ("нет баланса на смс", Category.BALANCE_SMS),
        ("смс не уходит клиенту", Category.BALANCE_SMS),
        ("срм зависла", Category.CRM),
        ("карточка не открывается", Category.CRM),
        ("сип не регистрируется", Category.PHONE),
        ("не могу позвонить", Category.PHONE),
        ("в наушниках нет звука", Category.HARDWARE),
        ("комп не включается", Category.HARDWARE),
        ("клиента не слышно", Category.HARDWARE),
        ("не работает", Category.OTHER),
    ],
)
def test_the_category_is_guessed(words: str, category: Category) -> None:
    assert is_trouble(words)
    assert guess(words, has_lead=False) is category


# --- from the post to the solution ----------------------------------------------------------------


def test_kostya_takes_and_solves_and_olya_hears_of_both(chat: Chat) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts("звонилка не работает")
    assert card.first_line == "🆕 MicroSIP/3CX: кто возьмёт? Оля, 14:02"
    assert card.buttons[:2] == ["Беру", "✅ Решено"]

    assert kostya.presses("Беру") == "Заявка ваша, оператору скажу."
    assert card.first_line == "🔧 MicroSIP/3CX: занимается Костя с 14:02"
    assert "занимается Костя" in olya.hears[-1]

    kostya.presses("Решено")
    assert card.first_line == "✅ Решено: MicroSIP/3CX — Костя, 14:02"
    assert "Решено" in olya.hears[-1]
    assert chat.crm.comments == []


def test_what_helped_may_follow_as_a_reply(chat: Chat) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts("сип не регистрируется")
    kostya.presses("Решено")

    assert not it_man(chat, "Света").replies("не моя заявка")
    assert kostya.replies("перезапустил службу")

    assert "Что помогло: перезапустил службу" in card.text
    assert "перезапустил службу" in olya.hears[-1]


def test_a_lead_in_the_ticket_gets_a_comment_when_solved(chat: Chat) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts(f"{LINK} нет баланса звонков")
    assert card.case.state is State.NEW
    assert f"Лид {LEAD} · Аккумуляторный шуруповёрт МАКИТА" in card.text

    kostya.presses("Решено")

    assert chat.crm.comments == ["КЦ IT, решено (Баланс звонков): Костя, 10.03.2026 14:02"]
    assert "в CRM записано ✔ 14:02" in card.text


def test_a_ticket_goes_back_into_the_queue(chat: Chat) -> None:
    kostya, sveta = it_man(chat), it_man(chat, "Света")
    card = chat.operator("Оля").posts("CRM зависла")
    kostya.presses("Беру")

    assert sveta.presses("Вернуть") == "Заявка снова в очереди."

    assert card.case.state is State.NEW
    assert "вернули в очередь" in kostya.hears[-1]


def test_no_ticket_at_all_is_closed_with_a_word_how_to_write_one(chat: Chat) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts(media="photo")

    kostya.presses("Не заявка")

    assert card.first_line == "🚫 Не заявка — Костя, 14:02"
    assert "пришлите скриншот" in olya.hears[-1]
    assert card.buttons == ["Отменить"]


@pytest.mark.parametrize(
    ("post", "presses", "state"),
    [
        ("CRM зависла", (), State.NEW),
        ("CRM зависла", ("Беру",), State.TAKEN),
        ("нет баланса на звонки", (), State.NEEDS_LEAD),
    ],
)
def test_it_was_a_ticket_after_all_and_stands_where_it_stood(
    chat: Chat, post: str, presses: tuple[str, ...], state: State
) -> None:
    olya, kostya, sveta = chat.operator("Оля"), it_man(chat), it_man(chat, "Света")
    card = olya.posts(post)
    for word in presses:
        sveta.presses(word)
    kostya.presses("Не заявка")
    assert sveta.presses("Отменить").startswith("Закрыто как «не заявка»")
    chat.passes(minutes=4)

    assert kostya.presses("Отменить") == "Отменил, заявка снова открыта."

    assert card.case.state is state
    assert "это всё же заявка, она снова открыта" in olya.hears[-1]
    chat.passes(hours=24)
    assert card.case.state is State.EXPIRED


def test_what_was_no_ticket_for_five_minutes_is_none(chat: Chat) -> None:
    card, kostya = chat.operator("Оля").posts("CRM зависла"), it_man(chat)
    kostya.presses("Не заявка")
    chat.passes(minutes=5, seconds=1)

    assert kostya.presses("Отменить").startswith("Закрыто как «не заявка»")
    assert card.case.state is State.DISMISSED


def test_only_it_people_decide_and_nobody_his_own(chat: Chat) -> None:
    olya, ira, kostya = chat.operator("Оля"), chat.operator("Ира"), it_man(chat)
    olya.posts("CRM зависла")
    assert ira.presses("Беру") == "Это делают айтишники"
    assert olya.presses("Решено") == "Это делают айтишники"
    assert ira.presses("Уже работает") == "Это может только тот, кто спросил"

    own = kostya.posts("у меня CRM не открывается")
    assert kostya.presses("Решено").startswith("Свою заявку закроет коллега")
    assert kostya.presses("Уже работает") == "Хорошо, закрыл."
    assert own.case.state is State.WITHDRAWN


@pytest.mark.parametrize("words", ["отмена", "уже работает", "У меня заработало!", "решилось"])
def test_the_operator_says_that_it_works_again(chat: Chat, words: str) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts("CRM зависла")
    kostya.presses("Беру")

    assert olya.replies(words)

    assert card.case.state is State.WITHDRAWN
    assert "Уже работает: CRM, Оля" in kostya.hears[-1]


# --- the category ---------------------------------------------------------------------------------


def test_a_wrong_guess_is_corrected_with_two_taps(chat: Chat) -> None:
    kostya = it_man(chat)
    card = chat.operator("Оля").posts("не работает ничего")
    assert "🏷 Другое" in card.buttons

    kostya.presses("🏷")
    assert "• Другое" in card.buttons
    assert "Беру" in card.buttons
    assert kostya.presses("Гарнитура") == "Исправил."

    assert card.case.data.category is Category.HARDWARE
    assert card.first_line.startswith("🆕 Гарнитура/ПК")
    assert "🏷 Гарнитура/ПК" in card.buttons


def test_a_colleague_may_not_correct_it_but_the_operator_may(chat: Chat) -> None:
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    card = olya.posts("не работает")
    assert ira.presses("🏷") == "Это делают айтишники"
    olya.presses("🏷")
    olya.presses("CRM")
    assert card.case.data.category is Category.CRM


# --- the obligatory link --------------------------------------------------------------------------


def test_a_balance_without_a_link_waits_for_it(chat: Chat) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts("нет баланса звонков")
    assert card.first_line == "🔗 Баланс звонков: нужна ссылка на лид"
    assert kostya.presses("Решено") == "Сначала оператор пришлёт ссылку на лид"
    chat.passes(minutes=11)
    assert kostya.hears == []

    assert olya.replies(f"вот {LINK}")

    assert card.case.state is State.NEW
    assert card.case.lead == LEAD
    chat.passes(minutes=10)
    assert "Никто не взял заявку" in kostya.hears[-1]
    kostya.presses("Решено")
    assert len(chat.crm.comments) == 1


def test_the_link_may_come_as_a_post_of_its_own_or_by_editing(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts("нет баланса смс")

    olya.posts(LINK)

    assert chat.cards[-1].case.state is State.FOLDED
    assert card.case.state is State.NEW
    assert card.case.lead == LEAD


def test_what_is_written_beside_a_link_that_was_asked_for_goes_into_the_thread(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts("нет баланса смс")

    olya.posts(f"{LINK} клиент ждёт код")

    assert card.case.lead == LEAD
    assert "Оля: клиент ждёт код" in card.text


def test_a_ticket_that_goes_into_another_takes_its_words_along(chat: Chat) -> None:
    olya, ira = chat.operator("Оля"), chat.operator("Ира")
    first = ira.posts(f"{LINK} CRM не открывает")
    second = olya.posts("нет баланса смс")
    olya.replies("и звонков тоже", second)

    olya.replies(f"{LINK} клиент ждёт код", second)

    assert second.case.state is State.FOLDED
    assert "Оля: нет баланса смс / и звонков тоже / клиент ждёт код" in first.text


def test_so_does_one_that_its_own_poster_named_otherwise(chat: Chat) -> None:
    ira = chat.operator("Ира")
    first = ira.posts(f"{LINK} CRM не открывает")

    ira.posts("https://crm.example/orders/36973 и статус не сохраняет")

    assert "Ира: и статус не сохраняет" in first.text


def test_a_colleague_s_link_is_his_own_ticket(chat: Chat) -> None:
    card = chat.operator("Оля").posts("нет баланса смс")
    other = chat.operator("Ира").posts(f"{LINK} CRM не открывает")
    assert card.case.state is State.NEEDS_LEAD
    assert other.case.state is State.NEW


def test_a_link_that_has_a_ticket_goes_to_that_one(chat: Chat) -> None:
    olya, ira, kostya = chat.operator("Оля"), chat.operator("Ира"), it_man(chat)
    first = ira.posts(f"{LINK} CRM не открывает")
    second = olya.posts("нет баланса смс")

    olya.replies(LINK, second)

    assert second.case.state is State.FOLDED
    kostya.presses("Решено", first)
    assert "Решено" in olya.hears[-1]
    assert "Решено" in ira.hears[-1]


def test_a_lead_that_the_crm_does_not_know_is_asked_for_again(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts("https://crm.example/orders/0000000000 нет баланса")
    assert card.case.state is State.NEEDS_LEAD
    assert "CRM не знает такой лид" in card.text
    assert "нужна ссылка на лид" in olya.hears[-1]

    olya.replies(LINK)
    assert card.case.lead == LEAD


def test_with_any_other_trouble_an_unknown_lead_is_only_said(chat: Chat) -> None:
    card = chat.operator("Оля").posts("https://crm.example/orders/0000000000 CRM зависла")
    assert card.case.state is State.NEW
    assert "CRM не знает такой лид" in card.text
    it_man(chat).presses("Решено")
    assert chat.crm.comments == []


def test_a_balance_that_is_guessed_wrongly_stops_waiting_when_corrected(chat: Chat) -> None:
    kostya = it_man(chat)
    card = chat.operator("Оля").posts("баланс в отчёте не тот")
    kostya.presses("🏷")
    kostya.presses("CRM")
    assert card.first_line.startswith("🆕 CRM: кто возьмёт?")

    kostya.presses("🏷")
    kostya.presses("Баланс SMS")
    assert card.first_line == "🔗 Баланс SMS: нужна ссылка на лид"


def test_without_the_link_the_ticket_closes_after_half_an_hour(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts("нет баланса")
    chat.passes(minutes=30)
    assert card.first_line == "⌛ Закрыта без ссылки на лид: Баланс звонков, Оля"
    assert "ссылки на лид нет" in olya.hears[-1]


# --- the thread -----------------------------------------------------------------------------------


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


# --- time -----------------------------------------------------------------------------------------


def test_after_ten_minutes_it_is_pinged_and_after_an_hour_the_supervisor(chat: Chat) -> None:
    kostya, irina = it_man(chat), chat.person("Ирина", Role.SUPERVISOR)
    card = chat.operator("Оля").posts("CRM зависла")

    chat.passes(minutes=10)
    assert "Никто не взял заявку" in kostya.hears[-1]
    assert card.first_line.startswith("⏰ CRM: кто возьмёт?")

    kostya.presses("Беру")
    chat.passes(minutes=50)
    assert "Долго без решения" in irina.hears[-1]
    assert "Занимается Костя" in irina.hears[-1]
    assert "супервайзер предупреждён" in card.text


def test_a_taken_ticket_pings_nobody(chat: Chat) -> None:
    kostya = it_man(chat)
    chat.operator("Оля").posts("CRM зависла")
    kostya.presses("Беру")
    chat.passes(minutes=30)
    assert kostya.hears == []


def test_after_a_day_it_is_closed_unsolved(chat: Chat) -> None:
    olya = chat.operator("Оля")
    card = olya.posts("CRM зависла")
    chat.passes(hours=24)
    assert card.case.state is State.EXPIRED
    assert "закрыта без решения" in olya.hears[-1]


# --- second thoughts ------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["не решено", "Опять не работает", "не помогло("])
def test_the_operator_reopens_within_a_day(chat: Chat, words: str) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts(f"{LINK} CRM зависла")
    kostya.presses("Решено")
    chat.passes(hours=23)

    assert olya.replies(words)

    assert card.case.state is State.NEW
    assert card.case.round == 2
    assert "Не решено: CRM" in kostya.hears[-1]
    assert "Не помогло: решал(а) Костя" in card.text
    kostya.presses("Решено")
    assert [words.split(":")[0] for words in chat.crm.comments] == [
        "КЦ IT, решено (CRM)",
        "КЦ IT, оператор сообщает, что не решено (CRM)",
        "КЦ IT, решено (CRM)",
    ]


def test_after_a_day_it_is_over(chat: Chat) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts("CRM зависла")
    kostya.presses("Решено")
    assert "Не решено" in card.buttons
    chat.passes(hours=24)
    assert card.buttons == []
    assert not olya.replies("не решено")


def test_a_colleague_may_not_reopen(chat: Chat) -> None:
    ira = chat.operator("Ира")
    card = chat.operator("Оля").posts("CRM зависла")
    it_man(chat).presses("Решено")
    assert not ira.replies("не решено")
    assert ira.presses("Не решено") == "Это может только тот, кто спросил"
    assert card.case.state is State.SOLVED


def test_he_who_pressed_solved_may_take_it_back_for_five_minutes(chat: Chat) -> None:
    olya, kostya, sveta = chat.operator("Оля"), it_man(chat), it_man(chat, "Света")
    card = olya.posts(f"{LINK} CRM зависла")
    kostya.presses("Решено")
    chat.passes(minutes=4)

    assert sveta.presses("Отменить").startswith("Уже решено: Костя")
    assert kostya.presses("Отменить") == "Отменил, заявка снова ваша."

    assert card.first_line == "🔧 CRM: занимается Костя с 14:06"
    assert "ещё не решено" in olya.hears[-1]
    assert "ещё не решено" in chat.crm.comments[-1]

    kostya.presses("Решено")
    chat.passes(minutes=5, seconds=1)
    assert kostya.presses("Отменить").startswith("Уже решено: Костя")


# --- what the lead hears of other ends ------------------------------------------------------------


def test_the_lead_hears_that_it_works_by_itself(chat: Chat) -> None:
    card = chat.operator("Оля").posts(f"{LINK} CRM зависла")
    chat.passes(minutes=3)
    next(one for one in chat.people if one.person.name == "Оля").presses("Уже работает")
    assert chat.crm.comments == ["КЦ IT, уже работает (CRM): Оля, 10.03.2026 14:05"]
    assert "в CRM записано ✔ 14:05" in card.text


def test_the_lead_hears_that_nobody_solved_it(chat: Chat) -> None:
    card = chat.operator("Оля").posts(f"{LINK} CRM зависла")
    chat.passes(hours=24)
    assert card.case.state is State.EXPIRED
    chat.deliver()
    assert chat.crm.comments == [
        "КЦ IT, закрыто без решения (CRM; сообщил(а) Оля): 11.03.2026 14:02"
    ]
    assert "в CRM записано ✔" in card.text


def test_what_was_no_ticket_is_no_news_for_the_lead_that_has_heard_of_none(chat: Chat) -> None:
    card = chat.operator("Оля").posts(f"{LINK} CRM зависла")
    it_man(chat).presses("Не заявка")
    assert card.case.state is State.DISMISSED
    assert chat.crm.comments == []


def test_the_lead_s_last_word_of_a_ticket_is_how_it_ended(chat: Chat) -> None:
    olya, kostya = chat.operator("Оля"), it_man(chat)
    card = olya.posts(f"{LINK} CRM зависла")
    kostya.presses("Решено")
    olya.replies("не решено")

    kostya.presses("Не заявка")
    assert chat.crm.comments[-1] == "КЦ IT, не заявка (CRM): Костя, 10.03.2026 14:02"
    assert "в CRM записано ✔" in card.text

    kostya.presses("Отменить")
    assert chat.crm.comments[-1] == ("КЦ IT, всё же заявка (CRM; сообщил(а) Оля): 10.03.2026 14:02")
    assert card.case.state is State.NEW


def test_without_a_lead_there_is_nothing_to_write_into(chat: Chat) -> None:
    olya = chat.operator("Оля")
    olya.posts("CRM зависла")
    olya.presses("Уже работает")
    olya.posts("нет баланса")
    chat.passes(hours=25)
    assert chat.crm.comments == []
