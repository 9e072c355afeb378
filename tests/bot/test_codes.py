"""The handbook's statuses: by command and by inline query."""

from __future__ import annotations

from sandbox.world import OLYA
from tests.harness import World
from tests.harness.time import PATIENCE


async def test_a_word_finds_a_status_and_when_to_use_it(world: World) -> None:
    card = await world.card(await world.post(OLYA, "/code дорого"), "дорого")
    said = await world.text(card)
    assert said.startswith("100 · дорого · Отказ\nКлиенту дорого.")
    [code] = [one for one in (await world.message(card))["entities"] if one["type"] == "code"]
    assert (code["offset"], code["length"]) == (0, 3)


async def test_a_code_with_the_bots_name_and_a_slip_is_found(world: World) -> None:
    await world.card(await world.post(OLYA, "/code@workchats_bot 70"), "70 · брак обмен · Мусор")
    await world.write_privately(OLYA, "/code пердумал")
    await world.told(OLYA, "63 · передумал")


async def test_what_nothing_fits_lists_all_by_group(world: World) -> None:
    card = await world.card(await world.post(OLYA, "/code экскаватор"), "ничего не нашлось")
    said = await world.text(card)
    refusals, trash = said.split("Мусор\n")
    assert refusals.count("\n") >= 12
    assert len(trash.strip().splitlines()) == 8
    await world.card(await world.post(OLYA, "/code"), "Когда какой ставить")


async def test_an_inline_query_offers_statuses_and_the_chosen_one_is_the_persons_words(
    world: World,
) -> None:
    typed = await world.tg.control.inline(OLYA.id, "доро", chat=world.group, wait=PATIENCE)
    first = typed["results"][0]
    assert first["title"] == "100 · дорого"
    assert first["description"] == "Отказ. Клиенту дорого."
    sent = await world.tg.control.choose(typed["query_id"], first["id"], world.group)
    assert sent["text"] == "Отказ 100 · дорого\nКлиенту дорого."
    assert sent["from"]["id"] == OLYA.id
    await world.quiet()
    assert await world.said() == []
    assert await world.count("SELECT count(*) FROM cases") == 0


async def test_without_words_all_twenty_are_offered_and_a_strange_word_offers_none(
    world: World,
) -> None:
    typed = await world.tg.control.inline(OLYA.id, "", wait=PATIENCE)
    assert len(typed["results"]) == 20
    typed = await world.tg.control.inline(OLYA.id, "экскаватор", wait=PATIENCE)
    assert typed["answered"]
    assert typed["results"] == []


async def test_an_answer_that_telegram_does_not_take_harms_nobody(world: World) -> None:
    await world.tg.control.fault("answerInlineQuery", "error", code=400, description="old")
    await world.tg.control.inline(OLYA.id, "дорого", wait=0.2)
    await world.card(await world.post(OLYA, "/code дорого"), "дорого")
    assert await world.count("SELECT count(*) FROM set_aside") == 0
