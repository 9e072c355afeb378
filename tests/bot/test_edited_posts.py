"""Who mends his post is heard, where its words say what is to be done: returns and refusals."""

from __future__ import annotations

import pytest

from sandbox.world import IRINA, OLYA, TIMUR, ZARINA
from tests.harness import World
from tests.harness.crm import TOO_EXPENSIVE

BROKEN = "не включается, хочет вернуть"


async def returned(world: World, words: str) -> tuple[str, int, int]:
    """A lead of «Возврат Обмен», its post and its card, when all is in the CRM."""
    await world.open_chat("returns")
    lead = await world.crm.burning()
    post = await world.ask(OLYA, lead, words)
    card = await world.card(post, "Перезвонить до")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    return lead, post, card


async def refused(world: World, words: str, **lead: object) -> tuple[str, int, int]:
    """A lead of «Не проставленные отказы», its post and its card."""
    await world.open_chat("refusals")
    key = await world.crm.lead(**({"statuses": [TOO_EXPENSIVE]} | lead))
    post = await world.ask(OLYA, key, words)
    card = await world.card(post, key)
    await world.says(card, "более 60 сек не найден")
    await world.quiet()
    return key, post, card


async def edit(world: World, post: int, text: str) -> None:
    """Mend a post."""
    author = next(one for one in await world.tg.control.messages(world.group, post - 1))["from"]
    await world.tg.control.edit(world.group, post, author["id"], text)


async def edits(world: World) -> int:
    return await world.count("SELECT count(*) FROM history WHERE action = 'edit'")


# --- «Возврат Обмен» ------------------------------------------------------------------------------


async def test_words_of_a_client_that_are_mended_go_into_the_lead_and_to_who_took_it(
    world: World,
) -> None:
    lead, post, card = await returned(world, BROKEN)
    await world.press(ZARINA, card, "Беру")
    mended = "не включается, хочет обменять, второй номер 77019998877, звонить после шести вечера"
    await edit(world, post, f"{world.crm.link(lead)} {mended}")
    await world.says(card, "хочет обменять")
    await world.told(ZARINA, "Оля Демо исправил(а) пост", "хочет обменять")
    await world.tg.control.redeliver(10)
    await world.quiet()
    assert await edits(world) == 1
    opened, more = await world.crm.tagged(lead)
    assert f"Клиент: {BROKEN} " in opened
    assert f"исправлено. Клиент: {mended} (оператор Оля Демо" in more

    for word in ("Дозвонились", "Обмен"):
        await world.press(ZARINA, card, word)
    await world.says(card, "Обмен — Зарина Демо")
    await edit(world, post, f"{world.crm.link(lead)} хочет деньги")
    await world.quiet()
    assert await edits(world) == 1


async def test_words_that_are_added_to_a_bare_link_need_no_reply(world: World) -> None:
    lead, post, card = await returned(world, "")
    await world.says(card, "что говорит клиент?")
    await edit(world, post, f"{world.crm.link(lead)} {BROKEN}")
    await world.quiet()
    assert "что говорит клиент?" not in await world.text(card)
    assert [one for one in await world.crm.tagged(lead) if f"Клиент: {BROKEN} (" in one]
    # The link alone again, or another beside it: of this lead that says nothing.
    other = await world.crm.burning()
    for text in (world.crm.link(lead), f"{world.crm.link(lead)} {BROKEN}\n{world.crm.link(other)}"):
        await edit(world, post, text)
    await world.card(post, other)
    await world.quiet()
    assert await edits(world) == 1


async def test_what_a_colleague_mends_of_the_same_lead_is_heard_too(world: World) -> None:
    lead, _, card = await returned(world, BROKEN)
    post = await world.ask(TIMUR, lead, "скол на корпусе")
    await world.says(card, "Тимур Демо: скол на корпусе")
    await edit(world, post, f"{world.crm.link(lead)} трещина на корпусе")
    await world.says(card, "Тимур Демо: трещина на корпусе")
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 3
    assert await world.count("SELECT count(*) FROM cases") == 1


async def test_words_that_are_mended_before_the_crm_answers_stand_in_its_first_comment(
    world: World,
) -> None:
    await world.open_chat("returns")
    lead = await world.crm.burning()
    await world.crm.go_down()
    post = await world.ask(OLYA, lead, BROKEN)
    card = await world.card(post, "CRM не отвечает")
    await edit(world, post, f"{world.crm.link(lead)} хочет обменять")
    await world.quiet()
    assert await edits(world) == 1
    await world.crm.come_back()
    await world.pass_time(60)
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    [comment] = await world.crm.tagged(lead)
    assert "Клиент: хочет обменять (" in comment


async def test_of_two_edits_of_a_return_the_later_one_counts_whichever_comes_first(
    world: World,
) -> None:
    lead, post, card = await returned(world, BROKEN)
    await world.bot.stop()
    for words in ("хочет обменять", "хочет вернуть деньги"):
        world.clock.advance(2)
        await edit(world, post, f"{world.crm.link(lead)} {words}")
    assert await world.tg.control.shuffle(1) == 2
    await world.start_bot()
    await world.quiet()
    comments = await world.crm.tagged(lead)
    assert [one for one in comments if "хочет вернуть деньги" in one] == comments[-1:]
    assert await world.text(card)


async def test_words_that_a_colleague_mends_are_told_as_his(world: World) -> None:
    await world.open_chat("returns")
    lead = await world.crm.burning()
    await world.crm.go_down()
    card = await world.card(await world.ask(OLYA, lead, BROKEN), "CRM не отвечает")
    post = await world.ask(TIMUR, lead, "скол на корпусе")
    await world.says(card, "Тимур Демо")
    await world.crm.come_back()
    await world.pass_time(60)
    await world.says(card, "в CRM записано ✔")
    await world.press(ZARINA, card, "Беру")
    await edit(world, post, f"{world.crm.link(lead)} трещина на корпусе")
    await world.told(ZARINA, "Тимур Демо исправил(а) пост", "трещина на корпусе")
    await world.quiet()
    *_, mended = await world.crm.tagged(lead)
    assert f"исправлено. Клиент: {BROKEN} / трещина на корпусе (оператор Тимур Демо" in mended


async def test_words_of_a_colleague_s_that_he_mends_are_not_the_poster_s(world: World) -> None:
    lead, _, card = await returned(world, "")
    post = await world.ask(TIMUR, lead, "скол на корпусе")
    await world.says(card, "Тимур Демо: скол на корпусе")
    await edit(world, post, f"{world.crm.link(lead)} трещина на корпусе")
    await world.says(card, "Тимур Демо: трещина на корпусе", "что говорит клиент?")
    await world.quiet()
    *_, mended = await world.crm.tagged(lead)
    assert "ещё: трещина на корпусе (оператор Тимур Демо" in mended


@pytest.mark.parametrize("flow", ["returns", "refusals"])
async def test_each_line_is_about_its_own_lead_by_whatever_name_that_joins(
    world: World, flow: str
) -> None:
    made = returned if flow == "returns" else refused
    lead, _, card = await made(world, "отказала Вере")
    number = str((await world.crm.truth(lead))["id"])
    other = await world.crm.lead(statuses=[TOO_EXPENSIVE])
    lines = f"{world.crm.link(number)} скол на корпусе\n{world.crm.link(other)} не тот цвет"
    post = await world.post(TIMUR, lines)
    await world.card(post, other)
    await world.says(card, "Тимур Демо: скол на корпусе")
    await world.quiet()
    assert "не тот цвет" not in await world.text(card)
    # Of this lead that says nothing new.
    await edit(world, post, lines.replace("цвет", "размер"))
    await world.quiet()
    assert await edits(world) == 1


# --- «Не проставленные отказы» --------------------------------------------------------------------


async def test_what_is_said_of_a_refusal_stands_on_the_card_as_it_is_mended(world: World) -> None:
    lead, post, card = await refused(world, "отказала Вере")
    await world.says(card, "💬 Оля Демо: отказала Вере")
    await edit(world, post, f"{world.crm.link(lead)} отказала Глебу, 12:40, телефон 77019998877")
    shown = await world.says(card, "💬 Оля Демо: отказала Глебу")
    assert "77019998877" not in shown
    assert "Вере" not in shown
    await world.ask(TIMUR, lead, "Глебу, я слушал запись")
    await world.says(card, "💬 Тимур Демо: Глебу, я слушал запись")
    await world.tg.control.redeliver(10)
    await world.quiet()
    assert await edits(world) == 1

    await world.press(IRINA, card, "Нарушения нет")
    await world.says(card, "Нарушения нет — Ирина Демо")
    await edit(world, post, f"{world.crm.link(lead)} отказала Анне")
    await world.quiet()
    assert await edits(world) == 1


async def test_a_comment_that_is_asked_for_may_be_added_to_the_post(world: World) -> None:
    lead, post, card = await refused(world, "отказ не проставлен", statuses=[])
    await world.press(OLYA, card, "другая причина")
    await world.says(card, "Другая причина: какая?")
    # A slip that is mended says no reason.
    await edit(world, post, f"{world.crm.link(lead)} отказ не проставили")
    await world.says(card, "💬 Оля Демо: отказ не проставили")
    assert "Другая причина: какая?" in await world.text(card)
    words = "отказ не проставили, другая причина: уезжает в отпуск"
    await edit(world, post, f"{world.crm.link(lead)} {words}")
    await world.says(card, "Причина: другая причина: уезжает в отпуск")
    await world.press(OLYA, card, "Сменить причину")
    await world.press(OLYA, card, "дорого")
    await world.says(card, "Причина: дорого")
    await world.tg.control.redeliver(3)
    await world.quiet()
    assert "Причина: дорого" in await world.text(card)


async def test_a_colleague_s_edit_is_no_comment_of_the_poster_s(world: World) -> None:
    lead, _, card = await refused(world, "", statuses=[])
    other = await world.ask(TIMUR, lead, "и я о том же")
    await world.says(card, "💬 Тимур Демо: и я о том же")
    await world.press(OLYA, card, "другая причина")
    await world.says(card, "Другая причина: какая?")
    await edit(world, other, f"{world.crm.link(lead)} и я о том же, спасибо коллеге")
    await world.says(card, "спасибо коллеге", "Другая причина: какая?")


async def test_of_two_edits_of_a_refusal_the_later_one_counts_whichever_comes_first(
    world: World,
) -> None:
    lead, post, card = await refused(world, "отказала Вере")
    await world.bot.stop()
    for words in ("отказала Глебу", "отказала Анне"):
        world.clock.advance(2)
        await edit(world, post, f"{world.crm.link(lead)} {words}")
    assert await world.tg.control.shuffle(1) == 2
    await world.start_bot()
    await world.quiet()
    assert "💬 Оля Демо: отказала Анне" in await world.text(card)
    assert await edits(world) == 1


async def test_each_line_of_a_post_is_about_its_own_lead(world: World) -> None:
    lead, other = [await world.crm.lead(statuses=[TOO_EXPENSIVE]) for _ in range(2)]
    await world.open_chat("refusals")
    lines = f"{world.crm.link(lead)} отказала Вере\n{world.crm.link(other)} отказала Глебу"
    post = await world.post(OLYA, f"{lines}\nзакрепите")
    card, second = [await world.card(post, one) for one in (lead, other)]
    await world.says(card, "💬 Оля Демо: отказала Вере закрепите")
    await edit(world, post, f"{lines.replace('Глебу', 'Анне')}\nзакрепите")
    await world.says(second, "💬 Оля Демо: отказала Анне закрепите")
    await world.quiet()
    assert await edits(world) == 1


async def test_a_reason_that_is_added_to_the_post_needs_no_button(world: World) -> None:
    lead, post, card = await refused(world, "отказ не проставлен", statuses=[])
    await world.says(card, "Почему клиент отказался?")
    await edit(world, post, f"{world.crm.link(lead)} отказ не проставлен, передумала")
    await world.says(card, "Причина: передумал · поставлю при закреплении")
    await world.press(OLYA, card, "Сменить причину")
    await world.press(OLYA, card, "дорого")
    await world.says(card, "Причина: дорого")
    await world.tg.control.redeliver(3)
    await world.quiet()
    assert "Причина: дорого" in await world.text(card)


async def test_a_reason_that_is_mended_in_its_post_is_the_card_s_and_the_history_says_so(
    world: World,
) -> None:
    lead, post, card = await refused(world, "передумал", statuses=[])
    await world.says(card, "Причина: передумал · поставлю при закреплении")
    await edit(world, post, f"{world.crm.link(lead)} дорого")
    await world.says(card, "Причина: дорого · поставлю при закреплении", "💬 Оля Демо: дорого")
    await edit(world, post, f"{world.crm.link(lead)} передумал")
    await world.says(card, "Причина: передумал")
    await world.tg.control.redeliver(10)
    await world.quiet()
    assert "Причина: передумал" in await world.text(card)

    await world.write_privately(IRINA, f"/history {lead}")

    text = (await world.told(IRINA, f"История лида {lead}"))["text"]
    assert "Исправил(а) причину «дорого»" in text
    assert text.count("Исправил(а) причину") == 2
