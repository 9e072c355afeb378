"""An admin asks the operator back, and she answers; a word or a voice is no decision."""

from __future__ import annotations

from sandbox.world import ANUSH, LENA, MARAT, OLYA, TIMUR
from tests.harness import World


async def test_a_question_and_its_answer_go_through_replies_to_the_card(world: World) -> None:
    lead = await world.crm.burning()
    post = await world.ask(ANUSH, lead)
    card = await world.card(post)
    assert "уйдёт оператору вопросом" in (await world.press(MARAT, card, "Спросить")).text
    await world.says(card, "Марат Демо пишет вопрос")
    await world.reply(MARAT, card, "это тот же адрес?")
    question = await world.card(post, "Марат Демо спрашивает: это тот же адрес?")
    await world.reply(ANUSH, question, "нет, другой")
    await world.says(card, "это тот же адрес?", "нет, другой")
    await world.told(MARAT, "нет, другой")
    assert (await world.press(LENA, card, "Разрешить")).text.startswith("Разрешено")


async def test_a_question_typed_under_the_operator_s_post_reaches_her_and_her_answer_him(
    world: World,
) -> None:
    post = await world.ask(ANUSH, await world.crm.burning())
    card = await world.card(post)
    question = await world.post(MARAT, "это тот же адрес?", reply_to=post)
    await world.card(post, "Марат Демо спрашивает: это тот же адрес?")
    # She answers him, not the bot.
    await world.post(ANUSH, "нет, другой", reply_to=question)
    await world.says(card, "💬 Ануш Демо: нет, другой")
    await world.told(MARAT, "нет, другой")


async def test_a_question_and_its_answer_go_through_private_notices_too(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Спросить")
    await world.reply(MARAT, card, "а телефон её?")
    notice = await world.told(OLYA, "а телефон её?")
    await world.reply(OLYA, notice["message_id"], "её, проверила", chat=OLYA.id)
    await world.says(card, "её, проверила")
    await world.told(MARAT, "её, проверила")
    assert await world.crm.tagged(lead) == []


async def test_a_voice_message_is_no_answer_and_he_hears_that_at_once(world: World) -> None:
    lead = await world.crm.burning()
    post = await world.ask(ANUSH, lead)
    card = await world.card(post)
    await world.press(MARAT, card, "Спросить")
    await world.says(card, "Марат Демо пишет вопрос")
    aloud = await world.post(MARAT, media="voice", reply_to=card)
    await world.card(aloud, "Ответьте на то же сообщение словами")
    await world.reply(MARAT, card, "это тот же адрес?")
    question = await world.card(post, "Марат Демо спрашивает: это тот же адрес?")

    for kind in ("voice", "photo"):
        shown = await world.post(ANUSH, media=kind, reply_to=question)
        await world.card(shown, "Ответьте на то же сообщение словами")

    await world.says(card, "Ждём ответа оператора")
    await world.reply(ANUSH, question, "нет, другой")
    await world.told(MARAT, "нет, другой")


async def test_an_admin_who_answers_in_a_word_hears_that_the_button_decides(world: World) -> None:
    post = await world.ask(ANUSH, await world.crm.burning())
    card = await world.card(post)
    for word in (
        await world.reply(MARAT, card, "да, можно"),
        await world.post(MARAT, "нельзя, дубль", reply_to=post),
    ):
        await world.card(word, "Это ещё не решение: нажмите кнопку на карточке")

    talk = [
        await world.post(MARAT, "сейчас посмотрю", reply_to=card),
        await world.post(TIMUR, "да, можно", reply_to=card),
        await world.post(ANUSH, "да", reply_to=card),
    ]
    await world.quiet()
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "Можно оформлять")
    talk.append(await world.post(LENA, "да, можно", reply_to=card))
    await world.quiet()
    for one in talk:
        assert await world.said(reply_to=one) == []


async def test_a_reason_that_was_spoken_leaves_no_empty_comment(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "в CRM записано ✔")
    aloud = await world.post(MARAT, media="voice", reply_to=card)
    await world.card(aloud, "Ответьте на то же сообщение словами")
    talk = await world.post(LENA, media="voice", reply_to=card)
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 1
    assert await world.said(reply_to=talk) == []
