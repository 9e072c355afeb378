"""What people write around a refusal's card: in the history, and about other leads."""

from __future__ import annotations

from sandbox.world import IRINA, OLYA, TIMUR
from tests.bot.refusals.refusing import GLEB, VERA, a_lead
from tests.harness import World


async def test_the_history_says_what_was_picked_in_words_and_not_by_its_code(
    world: World,
) -> None:
    lead = await a_lead(world, (VERA, 184), (GLEB, 97), statuses=[])
    card = await world.card(await world.ask(OLYA, lead), "Почему клиент отказался?")
    await world.press(OLYA, card, "другая причина")
    await world.reply(OLYA, card, "уезжает в отпуск")
    await world.press(IRINA, card, "Другой оператор")
    await world.press(IRINA, card, GLEB)
    await world.says(card, "в CRM записано ✔")

    await world.write_privately(IRINA, f"/history {lead}")

    text = (await world.told(IRINA, f"История лида {lead}"))["text"]
    assert "Выбрал(а) причину «другая причина (нужен комментарий)»" in text
    assert f"Выбрал(а) оператора «{GLEB} · дольше 60 сек»" in text
    assert "«163»" not in text


async def test_words_that_name_nobody_stand_in_the_history_as_what_they_are(world: World) -> None:
    lead = await a_lead(world, (VERA, 184), (GLEB, 97))
    card = await world.card(await world.ask(OLYA, lead), VERA)
    await world.press(IRINA, card, "Другой оператор")
    await world.reply(IRINA, card, "звоню клиенту узнать")
    await world.told(IRINA, "Не понял, за кем отказ")
    await world.reply(IRINA, card, "гудочкин")
    await world.says(card, f"Почему отказ за: {GLEB}?")

    await world.write_privately(IRINA, f"/history {lead}")

    text = (await world.told(IRINA, f"История лида {lead}"))["text"]
    assert "Назвал(а) неясно «звоню клиенту узнать»" in text
    assert "Выбрал(а) оператора" not in text
    assert "Назвал(а) оператора «гудочкин»" in text


async def test_a_post_that_answers_a_card_which_asks_for_a_name_is_asked_about(
    world: World,
) -> None:
    lead, other = [await a_lead(world, (VERA, 184)) for _ in range(2)]
    card = await world.card(await world.ask(OLYA, lead), VERA)
    await world.press(IRINA, card, "Другой оператор")

    words = f"отказ не проставлен {world.crm.link(other)}"
    await world.card(await world.reply(IRINA, card, words), VERA)

    assert "За кем закрепить отказ?" in await world.text(card)


async def test_another_lead_in_a_reply_to_a_pinned_card_is_asked_about_whatever_else_it_says(
    world: World,
) -> None:
    lead, other = [await a_lead(world, (VERA, 184)) for _ in range(2)]
    card = await world.card(await world.ask(OLYA, lead), VERA)
    await world.press(IRINA, card, "Закрепить")
    await world.says(card, "в CRM записано ✔")

    words = f"Не согласен, и вот ещё отказ не проставлен: {world.crm.link(other)}"
    await world.card(await world.reply(TIMUR, card, words), VERA)


async def test_what_a_supervisor_says_under_the_operator_s_post_is_said_to_her(
    world: World,
) -> None:
    lead = await a_lead(world, (VERA, 184), (GLEB, 97))
    post = await world.ask(OLYA, lead)
    card = await world.card(post, VERA)
    await world.press(IRINA, card, "Другой оператор")
    await world.post(IRINA, "Гудочкин, подойди ко мне после смены", reply_to=post)
    await world.reply(IRINA, card, "Гудочкин, говорил дольше")
    await world.says(card, f"Закрепить отказ за: {GLEB}? Почему: говорил дольше")

    await world.post(IRINA, "Оля, запись не открывается", reply_to=post)
    await world.quiet()

    assert "Почему: говорил дольше" in await world.text(card)
    assert not [told for told in await world.private(IRINA) if "Не понял" in told]


async def test_that_the_client_refused_is_said_behind_a_link_and_takes_nothing_back(
    world: World,
) -> None:
    card = await world.card(await world.ask(OLYA, await a_lead(world, (VERA, 184)), ""), VERA)

    await world.post(OLYA, "клиент отказался, отмена")
    await world.quiet()
    assert "Закрепить отказ за:" in await world.text(card)
