"""A reply that names another lead: nothing of it is lost."""

from __future__ import annotations

from sandbox.world import ANUSH, MARAT, OLYA
from tests.harness import World


async def asked(world: World) -> tuple[str, int, int]:
    """A lead, its post and its card, with an admin's question open."""
    lead = await world.crm.burning()
    post = await world.ask(ANUSH, lead)
    card = await world.card(post)
    await world.press(MARAT, card, "Спросить")
    await world.says(card, "Марат Демо пишет вопрос")
    await world.reply(MARAT, card, "это тот же адрес?")
    await world.says(card, "Ждём ответа оператора")
    return lead, post, card


async def test_a_bare_link_that_answers_a_question_is_asked_about(world: World) -> None:
    _, _, card = await asked(world)
    other = await world.crm.burning()
    post = await world.reply(ANUSH, card, world.crm.link(other))
    await world.card(post, "Можно ли оформить?")
    await world.says(card, "Ждём ответа оператора")
    await world.reply(ANUSH, card, "тот же")
    await world.says(card, "💬 Ануш Демо: тот же")


async def test_words_beside_it_are_the_answer_and_it_is_asked_about_too(world: World) -> None:
    _, _, card = await asked(world)
    other = await world.crm.burning()
    words = f"да, тот же; и вот этот можно? {world.crm.link(other)}"
    post = await world.reply(ANUSH, card, words)
    await world.card(post, "Можно ли оформить?")
    await world.says(card, "💬 Ануш Демо: да, тот же")
    await world.told(MARAT, "да, тот же")
    await world.tg.control.redeliver(10)
    await world.quiet()
    assert len(await world.said(reply_to=post)) == 1
    assert await world.count("SELECT count(*) FROM cases") == 2
    assert await world.count("SELECT count(*) FROM history WHERE action = 'answer'") == 1


async def test_the_case_s_own_lead_is_no_other_by_whatever_name(world: World) -> None:
    lead, _, card = await asked(world)
    number = str((await world.crm.truth(lead))["id"])
    await world.reply(ANUSH, card, f"тот же, вот он: {world.crm.link(number)}")
    await world.says(card, "💬 Ануш Демо: тот же, вот он")
    await world.press(MARAT, card, "Спросить")
    await world.reply(MARAT, card, "точно?")
    await world.says(card, "Ждём ответа оператора")
    await world.reply(ANUSH, card, world.crm.link(lead))
    await world.says(card, "💬 Ануш Демо: http")
    await world.quiet()
    assert await world.count("SELECT count(*) FROM cases") == 1


async def test_privately_a_link_is_an_answer_since_nothing_is_posted_there(world: World) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.press(MARAT, card, "Спросить")
    await world.reply(MARAT, card, "какой был первый?")
    notice = await world.told(OLYA, "какой был первый?")
    first = await world.crm.burning()
    await world.reply(OLYA, notice["message_id"], world.crm.link(first), chat=OLYA.id)
    await world.told(MARAT, first)
    await world.quiet()
    assert await world.count("SELECT count(*) FROM cases") == 1


async def test_what_a_client_says_of_another_lead_stays_with_that(world: World) -> None:
    await world.bind(world.group, flow="returns")
    first, second = [await world.crm.burning() for _ in range(2)]
    post = await world.ask(OLYA, first, "")
    await world.card(post)
    more = f"и вот этот тоже, скол на корпусе {world.crm.link(second)}"
    await world.card(await world.post(OLYA, more, reply_to=post), "Перезвонить")
    await world.quiet()
    assert not [one for one in await world.crm.tagged(first) if "скол" in one]
    assert [one for one in await world.crm.tagged(second) if "скол" in one]


async def commenting(world: World) -> tuple[str, int]:
    """A refusal whose reason needs a comment, and its card."""
    await world.bind(world.group, flow="refusals")
    lead = await world.crm.burning()
    card = await world.card(await world.ask(ANUSH, lead, "отказ не проставлен"))
    await world.press(ANUSH, card, "другая причина")
    await world.says(card, "Другая причина: какая?")
    return lead, card


async def test_a_refusal_s_comment_that_names_another_lead_is_taken_and_so_is_that_lead(
    world: World,
) -> None:
    _, card = await commenting(world)
    other = await world.crm.burning()
    post = await world.reply(ANUSH, card, f"уезжает; и тут тоже {world.crm.link(other)}")
    await world.card(post, other)
    await world.says(card, "Причина: другая причина: уезжает; и тут тоже")
    await world.tg.control.redeliver(10)
    await world.quiet()
    assert len(await world.said(reply_to=post)) == 1
    assert await world.count("SELECT count(*) FROM cases") == 2
    assert await world.count("SELECT count(*) FROM history WHERE action = 'comment'") == 1


async def test_a_bare_link_is_no_comment_to_a_refusal_but_a_post_of_its_own(world: World) -> None:
    lead, card = await commenting(world)
    other = await world.crm.burning()
    post = await world.reply(ANUSH, card, world.crm.link(other))
    await world.card(post, other)
    assert "Другая причина: какая?" in await world.text(card)
    await world.reply(ANUSH, card, f"{world.crm.link(lead)} уезжает")
    await world.says(card, "уезжает")
    await world.quiet()
    assert await world.count("SELECT count(*) FROM cases") == 2
