"""Who somebody is in the CRM, and whether he can be told: said anew while somebody is asked."""

from __future__ import annotations

from sandbox.world import MARAT, OLYA, OWNER
from tests.bot.overtaken.slow import Slow
from tests.bot.test_links import hire, person, question, says
from tests.harness import World, eventually


async def test_a_link_that_is_taken_away_while_the_crm_is_asked_about_it_stays_away(
    world: World,
) -> None:
    user = hire(world, "ivanova", "Иванова", "Мария", telegram="another")
    async with world.storage.change() as uow:
        await uow.people.link(OLYA.id, crm_user=str(user), crm_name="Иванова Мария")
    await world.crm.go_down()
    await world.start(OLYA)
    await world.told(OLYA, "CRM сейчас не отвечает")
    await world.card(await world.post(OWNER, f"/link {OLYA.id} off"), "связь с CRM убрана")
    await the_crm_answers(world)

    assert (await person(world, OLYA)).crm_user == ""
    assert not any("логин ivanova" in text for text in await world.private(OLYA))


async def test_a_yes_that_the_crm_has_not_answered_is_taken_back_by_no(world: World) -> None:
    hire(world, "demo", "Демо", "Ольга")
    await world.start(OLYA)
    asked = await question(world, OLYA, "Вы в CRM Демо Ольга")
    no = await world.button(asked, "Нет", chat=OLYA.id)
    await world.crm.go_down()
    await world.press(OLYA, asked, "Да, это я", chat=OLYA.id)
    await world.quiet()
    await world.press_data(OLYA, asked, no, chat=OLYA.id)
    await says(world, OLYA, asked, "/link Фамилия Имя")
    await the_crm_answers(world)

    assert (await person(world, OLYA)).crm_user == ""
    await says(world, OLYA, asked, "/link Фамилия Имя")


async def test_a_yes_whose_answer_has_not_been_shown_yet_is_taken_back_by_no(
    world: World,
) -> None:
    hire(world, "demo", "Демо", "Ольга")
    await world.start(OLYA)
    asked = await question(world, OLYA, "Вы в CRM Демо Ольга")
    await world.quiet()
    no = await world.button(asked, "Нет", chat=OLYA.id)
    await world.tg.control.fault("editMessageText", "error", code=502)
    await world.press(OLYA, asked, "Да, это я", chat=OLYA.id)
    linked = "SELECT count(*) FROM people WHERE crm_user <> ''"
    await eventually(lambda: world.count(linked), "she is linked")
    await world.quiet()
    await world.press_data(OLYA, asked, no, chat=OLYA.id)
    await world.quiet()

    assert (await person(world, OLYA)).crm_user == ""


async def test_a_yes_that_the_crm_has_not_answered_is_taken_back_by_the_owner_s_off(
    world: World,
) -> None:
    hire(world, "demo", "Демо", "Марат")
    await world.start(MARAT)
    asked = await question(world, MARAT, "Вы в CRM Демо Марат")
    await world.crm.go_down()
    await world.press(MARAT, asked, "Да, это я", chat=MARAT.id)
    await world.quiet()
    await world.card(await world.post(OWNER, f"/link {MARAT.id} off"), "связь с CRM убрана")
    await says(world, MARAT, asked, "Связать не получилось")
    await the_crm_answers(world)

    assert (await person(world, MARAT)).crm_user == ""


async def test_who_starts_the_bot_as_telegram_refuses_to_reach_him_can_be_told(
    database_url: str,
) -> None:
    slow = Slow()
    async with slow.world(database_url) as world:
        card = await world.card(await world.ask(OLYA, await world.crm.burning()))
        await world.quiet()
        # Before the bot has heard of it.
        world.tg.telegram.world.people[OLYA.id].blocked = True
        slow.held = True
        await world.press(MARAT, card, "Разрешить")
        await slow.holds()
        await world.start(OLYA)
        started = "SELECT count(*) FROM outbox WHERE once LIKE 'start:%'"
        await eventually(lambda: world.count(started), "her /start is taken")
        slow.let_go()
        await world.told(OLYA, "Здравствуйте, Оля")
        await world.quiet()

        assert (await person(world, OLYA)).reachable
        await world.pass_time(31)
        await world.told(OLYA, "Можно оформлять")


async def test_who_blocks_the_bot_as_he_is_told_is_told_in_the_group_at_once(
    database_url: str,
) -> None:
    slow = Slow()
    async with slow.world(database_url) as world:
        post = await world.ask(OLYA, await world.crm.burning())
        card = await world.card(post)
        await world.quiet()
        slow.held = True
        # Before the bot has heard of it.
        world.tg.telegram.world.people[OLYA.id].blocked = True
        await world.press(MARAT, card, "Разрешить")
        await slow.holds()
        world.tg.telegram.world.people[OLYA.id].blocked = False
        await world.block(OLYA)
        out_of_reach = "SELECT count(*) FROM people WHERE NOT reachable AND user_id = :who"
        await eventually(lambda: world.count(out_of_reach, who=OLYA.id), "that is heard")
        slow.let_go()

        await world.quiet()
        # The card says it, and the message that would have been private.
        said = [one["text"] for one in await world.said(reply_to=post)]
        assert sum("Можно оформлять" in text for text in said) == 2


async def the_crm_answers(world: World) -> None:
    """Again, and everything that waited for it is asked."""
    await world.quiet()
    await world.crm.come_back()
    await world.pass_time(300)
    await world.quiet()
    left = "SELECT count(*) = 0 FROM outbox WHERE destination = 'crm' AND state = 'pending'"
    await eventually(lambda: world.count(left), "the CRM has been asked")
    await world.quiet()
