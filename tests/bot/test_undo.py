"""«Отменить решение» through the real engine: the CRM, the operator, and a death in between."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from crm_api.server.records import Rights
from sandbox.world import IRINA, KOSTYA, LENA, MARAT, OLYA, OWNER, TIMUR
from tests.harness import CrashAt, World, a_world
from tests.harness.crash import Moment
from tests.harness.crm import DUPLICATE, TOO_EXPENSIVE
from tests.harness.time import eventually
from tests.harness.world import buttons_of

UNDO = "Отменить решение"
WAITS = "SELECT count(*) FROM cases WHERE state = 'waiting' AND round = 2 AND closed_at IS NULL"


async def denied(world: World, lead: str) -> int:
    """Marat has refused, by mistake; the card's number."""
    card = await world.card(await world.ask(OLYA, lead))
    await world.says(card, "Можно ли оформить?", lead)
    await world.quiet()
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "Оформлять нельзя", "в CRM записано ✔")
    return card


async def test_a_refusal_is_taken_back_in_the_crm_and_the_operator_is_told(world: World) -> None:
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    card = await denied(world, lead)
    assert await world.crm.status(lead) == DUPLICATE

    answer = await world.press(MARAT, card, UNDO)

    assert answer.text.startswith("Решение отменено")
    await world.told(OLYA, "Решение отменено, подождите новое")
    await world.says(card, "Можно ли оформить?", "Марат Демо отменил(а) своё решение", "дорого")
    await world.quiet()
    assert await world.crm.status(lead) == TOO_EXPENSIVE
    said = await world.crm.tagged(lead)
    assert len(said) == 2
    assert sum("отменено: Марат Демо" in text for text in said) == 1
    assert await world.count(WAITS) == 1
    await world.press(LENA, card, "Разрешить")
    await world.told(OLYA, "Можно оформлять", "Лена Демо")


async def test_the_second_tap_gets_the_same_good_answer_and_the_old_decision_none(
    world: World,
) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    allow = await world.button(card, "Разрешить")
    await world.press_data(MARAT, card, allow)
    undo = await world.button(card, UNDO)
    answers = [await world.press_data(MARAT, card, undo, repeat=2) for _ in range(2)]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert answers[0].text.startswith("Решение отменено")
    late = await world.press_data(MARAT, card, allow)
    assert (late.text, late.alert) == ("Карточка устарела, смотрите новую", True)
    await world.quiet()
    await world.tg.control.redeliver(20)
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 2
    assert sum("отменено" in text for text in await world.private(OLYA)) == 1
    assert await world.count(WAITS) == 1


async def test_others_and_the_late_hear_who_decided_and_no_edit_is_spent(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    data = await world.button(card, UNDO)
    other = await world.press_data(LENA, card, data)
    assert (other.text.startswith("Уже решено: Марат Демо"), other.alert) == (True, True)
    edits = "SELECT count(*) FROM outbox WHERE kind = 'card'"
    before = await world.count(edits)
    await world.pass_time(61)
    await world.quiet()
    late = await world.press_data(MARAT, card, data)
    assert (late.text.startswith("Уже решено: Марат Демо"), late.alert) == (True, True)
    await world.quiet()
    assert await world.count(edits) == before
    assert [word for word, _ in buttons_of(await world.message(card))] == [f"↩️ {UNDO}"]


async def test_a_status_without_one_before_is_for_a_supervisor_to_mend(world: World) -> None:
    await world.arrive(IRINA)
    await world.give(IRINA, "supervisor")
    lead = await world.crm.burning()
    card = await denied(world, lead)
    await world.press(MARAT, card, UNDO)
    await world.told(IRINA, "статус в CRM вернуть не смог", "до решения статуса не было", lead)
    await world.quiet()
    assert await world.crm.status(lead) == DUPLICATE
    assert await world.private(OWNER) == []


async def test_what_a_supervisor_must_mend_is_the_owner_s_where_she_cannot_be_reached(
    world: World,
) -> None:
    await world.arrive(IRINA)
    await world.give(IRINA, "supervisor")
    lead = await world.crm.burning()
    card = await denied(world, lead)
    # Before the bot has heard of it.
    world.tg.telegram.world.people[IRINA.id].blocked = True
    await world.press(MARAT, card, UNDO)
    await world.told(OWNER, "статус в CRM вернуть не смог", lead, "супервайзер")
    await world.quiet()
    assert await world.count("SELECT count(*) FROM outbox WHERE state <> 'done'") == 0


async def test_nor_do_two_supervisors_who_are_out_of_reach_at_once_count_on_each_other(
    world: World,
) -> None:
    for who in (IRINA, KOSTYA):
        await world.arrive(who)
        await world.give(who, "supervisor")
    lead = await world.crm.burning()
    card = await denied(world, lead)
    for who in (IRINA, KOSTYA):
        world.tg.telegram.world.people[who.id].blocked = True
    await world.press(MARAT, card, UNDO)
    await world.told(OWNER, "статус в CRM вернуть не смог", lead, "супервайзер")
    await world.quiet()
    told = [one for one in await world.private(OWNER) if "вернуть не смог" in one]
    assert len(told) == 1


async def test_what_reaches_no_owner_either_is_kept_to_be_tried_again(world: World) -> None:
    lead = await world.crm.burning()
    card = await denied(world, lead)
    world.tg.telegram.world.people[OWNER.id].blocked = True
    await world.press(MARAT, card, UNDO)
    dead = "SELECT count(*) FROM outbox WHERE state = 'dead' AND kind = 'tell'"
    await eventually(lambda: world.count(dead), "it is kept")
    world.tg.telegram.world.people[OWNER.id].blocked = False
    [case] = [row[0] for row in await world.rows("SELECT id FROM cases")]
    async with world.storage.change() as uow:
        await uow.outbox.revive(case, now=world.clock())
    await world.told(OWNER, "статус в CRM вернуть не смог", lead)


async def test_a_status_that_somebody_changed_since_is_left_and_told(world: World) -> None:
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    card = await denied(world, lead)
    await world.crm.set_status(lead, 63)
    await world.press(MARAT, card, UNDO)
    # There is no supervisor here.
    await world.told(OWNER, "Стоит «передумал», до решения был «дорого»", lead)
    await world.quiet()
    assert await world.crm.status(lead) == 63
    assert await world.count(WAITS) == 1


async def test_it_is_undone_while_the_crm_is_down_and_written_in_order_afterwards(
    world: World,
) -> None:
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    await world.crm.go_down()
    await world.press(MARAT, card, "Запретить")
    await world.told(OLYA, "Оформлять нельзя")
    await world.press(MARAT, card, UNDO)
    await world.told(OLYA, "Решение отменено")
    await world.crm.come_back()
    for _ in range(4):
        await world.quiet()
        await world.pass_time(30)
    await world.quiet()
    first, second = await world.crm.tagged(lead)
    assert "Оформить не разрешил(а)" in first
    assert "отменено" in second
    assert await world.crm.status(lead) == TOO_EXPENSIVE


async def denied_while_the_crm_is_down(world: World, lead: str, *, tries: int = 3) -> int:
    """Marat has refused; so many tries have failed before they could write; the card's number."""
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    await world.crm.go_down()
    await world.press(MARAT, card, "Запретить")
    await tried(world, 1)
    for more in range(2, tries + 1):
        await world.pass_time(2)
        await tried(world, more)
    return card


async def tried(world: World, times: int) -> None:
    """Wait until the status has been tried so often, and is to be tried again."""
    done = "attempts >= :times AND error <> ''"
    rows = f"SELECT count(*) FROM outbox WHERE kind = 'set_disposition' AND {done}"  # noqa: S608 -- our own words
    await eventually(lambda: world.count(rows, times=times), f"{times} tries")


async def test_a_status_that_an_operator_has_set_while_the_crm_was_down_is_not_ours_to_take_away(
    world: World,
) -> None:
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    card = await denied_while_the_crm_is_down(world, lead)
    await world.crm.set_status(lead, DUPLICATE)
    await world.crm.come_back()
    await world.pass_time(5)
    await world.says(card, "Оформлять нельзя", "в CRM записано ✔")

    await world.press(MARAT, card, UNDO)

    await world.told(OWNER, "Стоит «дубль», до решения был «дорого»", lead)
    await world.quiet()
    assert await world.crm.status(lead) == DUPLICATE
    assert await world.crm.requests("PUT") == [f"/api/v2/orders/{lead}"] * 2


async def test_nor_is_it_where_the_decision_is_taken_back_before_the_crm_answers_again(
    world: World,
) -> None:
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    card = await denied_while_the_crm_is_down(world, lead)
    await world.press(MARAT, card, UNDO)
    await world.crm.set_status(lead, DUPLICATE)
    await world.crm.come_back()
    await world.pass_time(5)

    await world.told(OWNER, "Стоит «дубль», до решения был «дорого»", lead)
    await world.crm.comment(lead, "отменено")
    await world.quiet()
    assert await world.crm.status(lead) == DUPLICATE


@pytest.mark.parametrize("kind", ["cut_after", "behind"])
async def test_a_status_of_ours_whose_answer_was_lost_goes_back(world: World, kind: str) -> None:
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    await world.crm.fault(kind=kind, method="PUT", status=200, seconds=0.5)
    await world.press(MARAT, card, "Запретить")
    await tried(world, 1)

    async def came() -> bool:
        return await world.crm.status(lead) == DUPLICATE

    await eventually(came, "it has got through")
    await world.pass_time(5)
    await world.says(card, "Оформлять нельзя", "в CRM записано ✔")

    await world.press(MARAT, card, UNDO)
    # The try whose answer was lost might come behind it.
    await world.told(OLYA, "Решение отменено")
    await world.quiet()
    await world.pass_time(4 * world.settings.crm_timeout)

    await world.crm.comment(lead, "отменено")
    await world.quiet()
    assert await world.crm.status(lead) == TOO_EXPENSIVE
    assert await world.private(OWNER) == []


async def sets_it_and_it_is_undone(world: World, lead: str, card: int) -> None:
    """An operator sets «дубль» between two tries; then the decision is taken back."""
    await world.crm.set_status(lead, DUPLICATE)
    await world.pass_time(10)
    await it_is_undone(world, lead, card)


async def it_is_undone(world: World, lead: str, card: int) -> None:
    await world.says(card, "Оформлять нельзя", "в CRM записано ✔")
    await world.press(MARAT, card, UNDO)
    await world.crm.comment(lead, "отменено")
    await world.quiet()


#: What the CRM says to the write, how often (whoever hears 401 logs in again), and whether that
#: leaves open that it was made. A proxy says 503 too, whatever became of what it had passed on.
TURNED_AWAY = {"429": (429, 1, False), "401": (401, 2, False), "503": (503, 1, True)}


@pytest.mark.parametrize(
    ("status", "times", "may_be_ours"), TURNED_AWAY.values(), ids=TURNED_AWAY.keys()
)
@pytest.mark.parametrize("tries", [0, 1])
async def test_a_status_that_somebody_sets_after_the_crm_has_turned_ours_away_stays(
    world: World, status: int, times: int, tries: int, *, may_be_ours: bool
) -> None:
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    if tries:
        card = await denied_while_the_crm_is_down(world, lead, tries=tries)
        await world.crm.come_back()
    else:
        card = await world.card(await world.ask(OLYA, lead))
        await world.quiet()
    await world.crm.fault(kind="status", status=status, body={}, method="PUT", times=times)
    if tries:
        await world.pass_time(5)
    else:
        await world.press(MARAT, card, "Запретить")
    await tried(world, tries + 1)
    assert await world.crm.status(lead) == TOO_EXPENSIVE

    await sets_it_and_it_is_undone(world, lead, card)

    assert await world.crm.status(lead) == (TOO_EXPENSIVE if may_be_ours else DUPLICATE)


async def revived(world: World, card: int) -> None:
    await world.says(card, "CRM не приняла статус")
    await world.quiet()
    await world.reply(OWNER, card, "/retry")


@pytest.mark.parametrize("refusal", ["403", "in silence"])
async def test_a_status_that_somebody_sets_after_the_crm_has_refused_ours_stays(
    world: World, refusal: str
) -> None:
    """Of an earlier try nobody knew; the refused one has seen that nothing had come of it."""
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    await world.crm.fault(kind="cut_before", method="PUT")
    if refusal == "403":
        await world.crm.fault(kind="status", status=403, body={}, method="PUT")
    else:
        world.crm.change_rights(Rights(forbidden_statuses=(DUPLICATE,)))
    await world.press(MARAT, card, "Запретить")
    await tried(world, 1)
    await world.pass_time(5)
    await world.says(card, "CRM не приняла статус")
    await world.crm.set_status(lead, DUPLICATE)
    await revived(world, card)

    await it_is_undone(world, lead, card)

    assert await world.crm.status(lead) == DUPLICATE
    await world.told(OWNER, "Стоит «дубль», до решения был «дорого»", lead)


async def test_a_status_of_ours_that_the_crm_refused_to_show_goes_back(world: World) -> None:
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    await world.crm.fault(kind="cut_after", method="PUT")
    await world.press(MARAT, card, "Запретить")
    await tried(world, 1)
    await world.crm.fault(kind="status", status=403, body={}, method="GET")
    await world.pass_time(5)
    await revived(world, card)

    await it_is_undone(world, lead, card)

    assert await world.crm.status(lead) == TOO_EXPENSIVE


async def test_who_was_told_the_decision_meanwhile_is_told_the_undoing_too(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")
    second = await world.ask(TIMUR, lead)
    told = await world.card(second, "Уже решено по лиду")
    await world.quiet()
    assert len(await world.said(reply_to=second)) == 1
    await world.press(MARAT, card, UNDO)
    await world.told(TIMUR, "Решение отменено")
    await world.says(told, "Этот лид уже на карточке выше")
    await world.press(LENA, card, "Запретить")
    await world.told(TIMUR, "Оформлять нельзя")


async def test_a_lead_that_is_asked_about_anew_already_is_decided_there(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")
    again = await world.card(await world.ask(TIMUR, lead), "Уже решено по лиду")
    await world.press(TIMUR, again, "Спросить заново")
    await world.says(again, "Можно ли оформить?")
    answer = await world.press(MARAT, card, UNDO)
    assert (answer.text, answer.alert) == (
        "О лиде уже спрашивают заново: решайте на новой карточке", True
    )  # fmt: skip
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 1
    assert "Марат" not in await world.text(again)


# --- the bot dies ---------------------------------------------------------------------------------


@pytest.fixture
async def asleep(database_url: str) -> AsyncIterator[World]:
    """A world whose bot has not started."""
    async with a_world(database_url, running=False) as world:
        yield world


#: In the order in which an undoing goes its way. (Who presses is known by now: one transaction.)
DEATHS: list[tuple[str, int, int, Moment]] = [
    ("callback_query", 2, 1, "before commit"),
    ("callback_query", 2, 1, "after commit"),
    ("set_disposition", 2, 1, "before commit"),
    ("write_comment", 2, 1, "before commit"),
    ("read_lead", 2, 1, "before commit"),
]


@pytest.mark.parametrize(("step", "nth", "commit", "moment"), DEATHS)
async def test_a_death_between_the_undoing_and_the_crm_loses_and_doubles_nothing(
    asleep: World, step: str, nth: int, commit: int, moment: Moment
) -> None:
    world = asleep
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    life = await world.start_bot(CrashAt(step, moment, nth=nth, commit=commit))
    card = await denied(world, lead)
    await world.press(MARAT, card, UNDO, wait=0)
    await life.crashed()
    await world.start_bot()
    await world.says(card, "Можно ли оформить?", "отменил(а) своё решение", "дорого")
    await world.told(OLYA, "Решение отменено")
    await world.quiet()
    assert await world.crm.status(lead) == TOO_EXPENSIVE
    said = await world.crm.tagged(lead)
    assert sum("Оформить не разрешил(а)" in text for text in said) == 1
    assert sum("отменено" in text for text in said) == 1
    assert await world.count(WAITS) == 1
    assert await world.count("SELECT count(*) FROM outbox WHERE state <> 'done'") == 0


@pytest.mark.parametrize(("moment", "is_ours"), [("before commit", False), ("after commit", True)])
async def test_a_death_at_a_later_try_leaves_known_whether_the_status_may_be_ours(
    asleep: World, monkeypatch: pytest.MonkeyPatch, moment: Moment, *, is_ours: bool
) -> None:
    """Around the note that it is about to be set: before it nothing has been sent."""
    world = asleep
    # Nothing is tried again but when the test lets the time pass.
    monkeypatch.setattr("bot.writeback._MOMENT", 10)
    lead = await world.crm.burning(statuses=[TOO_EXPENSIVE])
    life = await world.start_bot(CrashAt("set_disposition", moment, nth=2, commit=1))
    card = await denied_while_the_crm_is_down(world, lead, tries=1)
    await world.crm.come_back()
    await world.pass_time(21)
    await life.crashed()
    # As an operator does it; or our own write, which the CRM gets to a moment later.
    await world.crm.set_status(lead, DUPLICATE)
    await world.start_bot()
    await world.says(card, "Оформлять нельзя", "в CRM записано ✔")

    await world.press(MARAT, card, UNDO)

    await world.crm.comment(lead, "отменено")
    await world.quiet()
    assert await world.crm.status(lead) == (TOO_EXPENSIVE if is_ours else DUPLICATE)
