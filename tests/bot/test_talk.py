"""Messages that name no lead, through the real engine: what is meant for the bot, and what is not.

Nearly all that people write in a group is talk. The bot answers none of it.
"""

from __future__ import annotations

import pytest

from sandbox.world import LENA, MARAT, OLYA, TIMUR
from tests.harness import World, eventually

#: Whoever pastes the link right behind his question is not asked for it.
LINK_FOLLOWS = 6


async def test_a_question_without_its_link_is_answered_once_a_minute(world: World) -> None:
    asked = await world.post(OLYA, "могу ли оформить?")
    again = await world.post(OLYA, "горит дубль, можно?")
    await world.pass_time(LINK_FOLLOWS)
    await world.card(asked, "Какой лид? Пришлите ссылку на него или код.")
    await world.quiet()
    assert await world.said(reply_to=again) == []
    assert len(await world.said()) == 1

    await world.pass_time(60)
    later = await world.post(OLYA, "можно оформить?")
    await world.pass_time(LINK_FOLLOWS)
    await world.card(later, "Какой лид?")


async def test_talk_is_not_answered(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(TIMUR, lead))
    for who, words in (
        (OLYA, "можно оформить отпуск?"),
        (OLYA, "девочки, кто на обед?"),
        (OLYA, "а как можно оформить заказ?"),
        # Who decides speaks with operators.
        (MARAT, "можно оформить?"),
        # He has asked already: the card waits.
        (TIMUR, "ну что, могу оформить?"),
    ):
        await world.post(who, words)
    await world.post(OLYA, "могу оформить?", reply_to=await world.post(LENA, "что там?"))
    await world.pass_time(LINK_FOLLOWS)
    await world.quiet()
    assert [one["message_id"] for one in await world.said()] == [card]


async def test_the_link_that_follows_its_words_takes_them_along(world: World) -> None:
    lead = await world.crm.burning()
    await world.post(OLYA, "клиент хочет ещё набор бит, можно добавить?")
    post = await world.ask(OLYA, lead, "")
    card = await world.card(post, "Можно ли добавить товар?")
    await world.pass_time(LINK_FOLLOWS)
    await world.quiet()
    # He was quick: nobody asks him for the link.
    assert [one["message_id"] for one in await world.said()] == [card]
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "Товар можно добавить", "в CRM записано ✔")
    [comment] = await world.crm.tagged(lead)
    assert "Спросили: «клиент хочет ещё набор бит, можно добавить?»" in comment


async def test_so_does_a_link_that_answers_the_question_for_it_and_none_after_that(
    world: World,
) -> None:
    first, second = [await world.crm.burning() for _ in range(2)]
    asked = await world.post(OLYA, "клиент хочет ещё набор бит, можно добавить?")
    await world.pass_time(LINK_FOLLOWS)
    hint = await world.card(asked, "Какой лид?")
    post = await world.post(OLYA, world.crm.link(first), reply_to=hint)
    await world.card(post, "Можно ли добавить товар?")
    await world.card(await world.ask(OLYA, second, ""), "Можно ли оформить?")
    await world.quiet()
    await world.tg.control.redeliver(10)
    await world.quiet()
    assert len(await world.said()) == 3


async def test_words_of_long_ago_or_of_somebody_else_go_with_no_link(world: World) -> None:
    await world.post(OLYA, "клиент хочет ещё набор бит, можно добавить?")
    await world.pass_time(LINK_FOLLOWS)
    await world.card(await world.ask(TIMUR, await world.crm.burning(), ""), "Можно ли оформить?")
    await world.pass_time(180)
    await world.card(await world.ask(OLYA, await world.crm.burning(), ""), "Можно ли оформить?")


async def test_prices_without_a_link_are_asked_for_it_and_go_with_it(world: World) -> None:
    await world.bind(world.group, flow="anomalies")
    lead = await world.crm.lead(items=[{"name": "Демо-шуруповёрт", "price": 3990}])
    await world.post(OLYA, "3990/4990")
    asked = await world.post(OLYA, "в скрипте 3990, на сайте 4990")
    await world.pass_time(LINK_FOLLOWS)
    await world.card(asked, "Какой лид?")
    card = await world.card(await world.ask(OLYA, lead, ""), "Какая цена действует?")
    await world.says(card, "3\u00a0990", "4\u00a0990")
    await world.quiet()
    assert len(await world.said()) == 2


async def test_words_that_come_again_as_their_case_is_decided_are_not_asked_for_a_link(
    world: World,
) -> None:
    await world.post(OLYA, "клиент хочет ещё набор бит, можно добавить?")
    card = await world.card(await world.ask(OLYA, await world.crm.burning(), ""))
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    before = len(await world.said())
    await world.tg.control.redeliver(3)
    await world.pass_time(LINK_FOLLOWS)
    await world.quiet()
    assert len(await world.said()) == before


async def test_who_asks_by_a_clock_that_is_ahead_of_ours_is_asked_for_the_link_at_once(
    world: World,
) -> None:
    await world.bot.stop()
    world.clock.advance(3600)
    asked = await world.post(OLYA, "могу ли оформить?")
    world.clock.advance(-3600)
    await world.start_bot()
    await eventually(lambda: world.count("SELECT count(*) FROM outbox"), "it was read")
    await world.pass_time(LINK_FOLLOWS)
    await world.quiet()
    assert len(await world.said(reply_to=asked)) == 1


# --- a key without its link -----------------------------------------------------------------------


async def test_a_question_that_names_its_lead_by_the_bare_key_is_about_that(world: World) -> None:
    lead = await world.crm.burning(key="12ad97526e")
    posts = [
        await world.post(OLYA, f"{lead} могу ли оформить?"),
        await world.post(TIMUR, f"клиент хочет ещё набор бит, можно добавить? лид {lead.upper()}"),
    ]
    card = await world.card(posts[0], "Можно ли оформить?")
    await world.says(card, "Тимур Демо", "клиент хочет ещё набор бит, можно добавить?")
    await world.press(MARAT, card, "Разрешить")
    await world.crm.comment(lead, "Оформить разрешил(а)")
    await world.tg.control.redeliver(10)
    await world.pass_time(LINK_FOLLOWS)
    await world.quiet()
    assert await world.count("SELECT count(*) FROM cases") == 1


async def test_a_key_that_answers_the_question_for_the_lead_takes_the_words_along(
    world: World,
) -> None:
    lead = await world.crm.burning(key="12ad97526e")
    asked = await world.post(OLYA, WANTS)
    await world.pass_time(LINK_FOLLOWS)
    hint = await world.card(asked, "Какой лид?")
    await world.card(await world.post(OLYA, lead, reply_to=hint), "Можно ли добавить товар?")
    await world.post(OLYA, lead)
    await world.tg.control.redeliver(10)
    await world.quiet()
    assert len(await world.said()) == 2
    assert await world.count("SELECT count(*) FROM cases") == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("f5086aeeb", "В коде лида не хватает знака: f5086aeeb. Пришлите код или ссылку целиком."),
        ("f5086aee", "В коде лида не хватает 2 знаков: f5086aee."),
        ("f5086aeebb0", "В коде лида лишний знак: f5086aeebb0. Пришлите код или ссылку."),
    ],
)
async def test_a_key_with_a_sign_too_few_or_too_many_is_told_so(
    world: World, words: str, told: str
) -> None:
    asked = await world.post(OLYA, f"{words} {WANTS}")
    cut = await world.post(TIMUR, f"{world.crm.link(words)} {WANTS}")
    await world.pass_time(LINK_FOLLOWS)
    for post in (asked, cut):
        await world.card(post, told)
    # What was asked goes with the link, but for that.
    card = await world.card(await world.ask(OLYA, await world.crm.burning(), ""))
    await world.says(card, "Можно ли добавить товар?", WANTS)
    assert words not in await world.text(card)


async def test_an_edited_question_about_a_bare_key_is_heard_as_one_about_a_link_is(
    world: World,
) -> None:
    lead = await world.crm.burning(key="12ad97526e")
    post = await world.post(OLYA, f"{lead} могу ли оформить?")
    card = await world.card(post, "Можно ли оформить?")
    await world.tg.control.edit(world.group, post, OLYA.id, f"{lead} {WANTS}")
    await world.says(card, WANTS)
    await world.tg.control.redeliver(10)
    await world.quiet()
    assert await world.count("SELECT count(*) FROM cases") == 1


@pytest.mark.parametrize("is_link", [False, True])
async def test_a_key_with_a_sign_too_few_that_answers_the_question_is_told_so(
    world: World,
    is_link: bool,  # noqa: FBT001 -- pytest passes it by name
) -> None:
    lead = await world.crm.burning(key="12ad97526e")
    asked = await world.post(OLYA, WANTS)
    await world.pass_time(LINK_FOLLOWS)
    hint = await world.card(asked, "Какой лид?")
    cut = world.crm.link(lead[:-1]) if is_link else lead[:-1]
    answer = await world.post(OLYA, cut, reply_to=hint)
    await world.card(answer, "В коде лида не хватает знака: 12ad97526.")
    # Nobody asked him.
    await world.post(TIMUR, cut)
    await world.tg.control.edit(world.group, answer, OLYA.id, lead)
    await world.says(await world.card(answer, "Можно ли добавить товар?"), WANTS)
    await world.tg.control.redeliver(10)
    await world.quiet()
    assert len(await world.said()) == 3


async def test_who_mends_the_key_in_his_question_is_heard_and_asked_for_it_no_more(
    world: World,
) -> None:
    lead = await world.crm.burning(key="12ad97526e")
    told, untold = [await world.post(who, f"{lead[:-1]} {WANTS}") for who in (OLYA, TIMUR)]
    await world.tg.control.edit(world.group, untold, TIMUR.id, f"{lead} {WANTS}")
    await world.card(untold, "Можно ли добавить товар?")
    await world.pass_time(LINK_FOLLOWS)
    await world.card(told, "В коде лида не хватает знака")
    await world.tg.control.edit(world.group, told, OLYA.id, f"{lead} {WANTS}")
    await world.quiet()
    assert len(await world.said(reply_to=untold)) == 1
    assert await world.count("SELECT count(*) FROM history WHERE action = 'joined'") == 1


async def test_talk_that_is_edited_into_other_talk_is_not_answered(world: World) -> None:
    await world.crm.burning(key="12ad97526e")
    post = await world.post(OLYA, "всем привет")
    for words in ("12ad97526e", "12ad97526e посмотрите", "могу ли оформить?", "отмена"):
        await world.tg.control.edit(world.group, post, OLYA.id, words)
    await world.pass_time(LINK_FOLLOWS)
    await world.quiet()
    assert await world.said() == []


async def test_a_key_in_talk_is_not_answered(world: World) -> None:
    lead = await world.crm.burning(key="12ad97526e")
    for who, words in (
        (OLYA, lead),
        (OLYA, f"{lead} посмотрите"),
        (OLYA, f"лид {lead} подтвердили?"),
        (OLYA, lead[:-1]),
        (OLYA, world.crm.link(lead[:-1])),
        # Who decides here speaks with operators.
        (MARAT, f"{lead} можно оформить?"),
    ):
        await world.post(who, words)
    await world.post(OLYA, f"{lead} могу?", reply_to=await world.post(LENA, "что там?"))
    await world.pass_time(LINK_FOLLOWS)
    await world.quiet()
    assert await world.said() == []


# --- words right behind a link --------------------------------------------------------------------

WANTS = "клиент хочет ещё набор бит, можно добавить?"


async def test_words_right_behind_a_bare_link_are_its_question(world: World) -> None:
    post = await world.ask(OLYA, await world.crm.burning(), "")
    card = await world.card(post, "Можно ли оформить?")
    words = await world.post(OLYA, WANTS)
    await world.says(card, "Можно ли добавить товар?")
    await world.tg.control.redeliver(10)
    await world.quiet()
    assert await world.said(reply_to=words) == []
    assert await world.count("SELECT count(*) FROM history WHERE action = 'add'") == 1
    # Words that answer those go where those went.
    await world.post(OLYA, "чёрный, 32 штуки", reply_to=words)
    await world.says(card, "➕ Оля Демо: чёрный, 32 штуки")


@pytest.mark.parametrize("later", [61, 0])
async def test_only_words_at_once_of_him_who_asks_one_thing_belong_to_it(
    world: World, later: int
) -> None:
    posts = [await world.ask(OLYA, await world.crm.burning(), "") for _ in range(1 + (not later))]
    cards = [await world.card(post, "Можно ли оформить?") for post in posts]
    await world.quiet()
    before = [await world.text(card) for card in cards]
    await world.pass_time(later)
    await world.post(TIMUR, "хочет ещё набор бит, в скрипте такого товара нет")
    await world.post(OLYA, "клиент хочет ещё набор бит, в скрипте такого товара нет")
    await world.post(OLYA, "девочки, кто на обед?")
    await world.quiet()
    shown = [(await world.text(card)).replace("⏰ ", "") for card in cards]
    assert shown == before
    # In a reply to his own post nothing is left to guess.
    await world.post(OLYA, WANTS, reply_to=posts[0])
    await world.says(cards[0], "Можно ли добавить товар?")


async def test_prices_right_behind_their_link_are_taken(world: World) -> None:
    await world.bind(world.group, flow="anomalies")
    lead = await world.crm.lead(items=[{"name": "Демо-шуруповёрт", "price": 3990}])
    card = await world.card(await world.ask(OLYA, lead, ""), "Какие цены?")
    await world.post(OLYA, "позвоню через 5 минут")
    await world.post(OLYA, "3990/4990")
    await world.says(card, "Какая цена действует?", "4\u00a0990")
    await world.post(OLYA, "на сайте 5990")
    await world.says(card, "5\u00a0990")


async def test_what_a_client_says_goes_with_the_bare_link_before_or_behind_it(
    world: World,
) -> None:
    await world.bind(world.group, flow="returns")
    first, second, third = [await world.crm.burning() for _ in range(3)]
    # What he has asked waits for hours: it keeps no words from the next client.
    await world.card(await world.ask(OLYA, first, "брак"), "Перезвонить до")
    await world.pass_time(120)
    await world.post(OLYA, "клиент хочет обменять телефон битый")
    before = await world.card(await world.ask(OLYA, second, ""), "клиент хочет обменять")
    await world.crm.comment(second, "Клиент: клиент хочет обменять телефон битый")
    await world.pass_time(120)
    talk = await world.post(OLYA, "Марат просит вернуть ключи от кабинета")
    behind = await world.card(await world.ask(OLYA, third, ""), "что говорит клиент?")
    await world.post(OLYA, "у меня гарнитура не работает")
    await world.post(OLYA, "комп не включается")
    await world.post(TIMUR, "сломался повербанк")
    words = await world.post(OLYA, "сломался повербанк не заряжает хочет деньги назад")
    await world.says(behind, "💬 Клиент: сломался повербанк не заряжает хочет деньги назад")
    await world.crm.comment(third, "Клиент: сломался повербанк не заряжает")
    await world.tg.control.redeliver(20)
    await world.pass_time(LINK_FOLLOWS)
    await world.quiet()
    assert "повербанк" not in await world.text(before)
    assert await world.said(reply_to=words) == await world.said(reply_to=talk) == []
    assert await world.count("SELECT count(*) FROM cases") == 3


# --- taking back ----------------------------------------------------------------------------------


async def test_a_plain_word_takes_back_the_one_question_that_he_has_open(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    other = await world.card(await world.ask(TIMUR, await world.crm.burning()))
    for who, words in (
        (LENA, "отмена"), (OLYA, "не надо уже"), (OLYA, "клиент сбросил, не надо"),
        (OLYA, "отмена прошлого заказа"),
    ):  # fmt: skip
        await world.post(who, words)
    await world.post(OLYA, "отмена", reply_to=await world.post(LENA, "созвон в 15:00"))
    await world.quiet()
    assert "Можно ли оформить?" in await world.text(card)

    await world.post(OLYA, "Отмена, клиент ушёл")

    await world.says(card, "Отозвано: Оля Демо")
    await world.tg.control.redeliver(20)
    await world.quiet()
    assert "Можно ли оформить?" in await world.text(other)
    assert len(await world.said()) == 2


async def test_of_several_he_says_which_one_by_a_reply(world: World) -> None:
    first, second = [await world.ask(OLYA, await world.crm.burning()) for _ in range(2)]
    cards = [await world.card(post, "Можно ли оформить?") for post in (first, second)]
    word = await world.post(OLYA, "отмена")
    await world.card(word, "Что отозвать? Ответьте «отмена» на нужную карточку.")
    await world.reply(OLYA, cards[1], "отмена")
    await world.says(cards[1], "Отозвано")
    assert "Можно ли оформить?" in await world.text(cards[0])
    # His own message, which is none of his questions.
    await world.post(OLYA, "отмена", reply_to=await world.post(OLYA, "созвон в 15:00"))
    await world.quiet()
    assert "Можно ли оформить?" in await world.text(cards[0])
    await world.post(OLYA, "отмена")
    await world.says(cards[0], "Отозвано")


async def test_a_post_about_several_leads_is_no_answer_to_that(world: World) -> None:
    leads = [await world.crm.burning() for _ in range(2)]
    post = await world.post(OLYA, " ".join(world.crm.link(lead) for lead in leads))
    cards = [await world.card(post, lead) for lead in leads]
    await world.card(await world.post(OLYA, "отмена", reply_to=post), "Что отозвать?")
    gone = await world.post(OLYA, "клиент сбросил, не надо", reply_to=post)
    await world.card(gone, "Что отозвать?")
    talk = await world.post(TIMUR, "отмена", reply_to=post)
    await world.reply(OLYA, cards[1], "отмена")
    await world.says(cards[1], "Отозвано")
    await world.quiet()
    assert "Можно ли оформить?" in await world.text(cards[0])
    assert await world.said(reply_to=talk) == []


async def test_what_a_client_was_promised_is_only_taken_back_by_a_reply(world: World) -> None:
    await world.bind(world.group, flow="returns")
    post = await world.ask(OLYA, await world.crm.burning(), "не включается, хочет вернуть")
    card = await world.card(post)
    await world.card(await world.post(OLYA, "отмена"), "Что отозвать?")
    await world.post(OLYA, "отмена", reply_to=post)
    await world.says(card, "Отозвано")


async def test_a_word_that_came_before_a_question_takes_it_not_back_as_it_comes_again(
    world: World,
) -> None:
    """Then there was nothing to take back, so nothing has noted it."""
    await world.post(OLYA, "отмена")
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.quiet()
    await world.tg.control.redeliver(2)
    await world.quiet()
    assert "Можно ли оформить?" in await world.text(card)


async def test_a_word_that_was_asked_which_it_means_says_no_more_as_it_comes_again(
    world: World,
) -> None:
    first, second = [await world.ask(OLYA, await world.crm.burning()) for _ in range(2)]
    cards = [await world.card(post, "Можно ли оформить?") for post in (first, second)]
    await world.card(await world.post(OLYA, "отмена"), "Что отозвать?")
    await world.reply(OLYA, cards[1], "отмена")
    await world.says(cards[1], "Отозвано")
    await world.quiet()
    await world.tg.control.redeliver(2)
    await world.quiet()
    assert "Можно ли оформить?" in await world.text(cards[0])


# --- edited posts ---------------------------------------------------------------------------------


async def test_words_that_are_added_to_a_post_by_editing_it_stand_on_the_card(
    world: World,
) -> None:
    lead = await world.crm.burning()
    post = await world.ask(OLYA, lead, "")
    card = await world.card(post, "Можно ли оформить?")
    edited = [f"{world.crm.link(lead)} {WANTS}", f"{world.crm.link(lead)} {WANTS} чёрный, 32 штуки"]
    await world.tg.control.edit(world.group, post, OLYA.id, edited[0])
    await world.says(card, "Можно ли добавить товар?")
    await world.tg.control.edit(world.group, post, OLYA.id, edited[1])
    await world.says(card, "чёрный, 32 штуки")
    await world.tg.control.redeliver(10)
    await world.quiet()
    assert await world.count("SELECT count(*) FROM history WHERE action = 'add'") == 2
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "Товар можно добавить")
    await world.tg.control.edit(world.group, post, OLYA.id, f"{edited[1]} и фонарик")
    await world.quiet()
    assert "фонарик" not in await world.text(card)


async def test_a_picture_under_one_s_own_question_is_for_others_to_see(world: World) -> None:
    post = await world.ask(OLYA, await world.crm.burning())
    await world.card(post, "Можно ли оформить?")
    shown = await world.post(OLYA, media="photo", reply_to=post)
    await world.quiet()
    assert await world.said(reply_to=shown) == []


async def test_a_question_that_gets_its_link_by_an_edit_is_not_asked_for_it(world: World) -> None:
    lead = await world.crm.burning()
    post = await world.post(OLYA, WANTS)
    await world.tg.control.edit(world.group, post, OLYA.id, f"{world.crm.link(lead)} {WANTS}")
    card = await world.card(post, "Можно ли добавить товар?")
    await world.pass_time(LINK_FOLLOWS)
    await world.quiet()
    assert [one["message_id"] for one in await world.said()] == [card]
