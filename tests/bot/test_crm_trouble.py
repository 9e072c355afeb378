"""The CRM fails in every way: people get their answer, and the write happens when it is back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.writeback import LEASE
from crm_api.crmka import CrmkaCrm
from crm_api.port import Lead
from crm_api.server.records import Rights
from sandbox.world import MARAT, OLYA, OWNER, TIMUR
from tests.harness import CrashAt, World, a_world
from tests.harness.crm import DUPLICATE
from tests.harness.time import eventually

#: Answers after which the CRM is asked again.
PASSING = {
    "500": {"kind": "status", "status": 500},
    "a web page": {"kind": "html", "status": 200},
    "garbage": {"kind": "garbage"},
    "nothing": {"kind": "empty"},
    "a broken connection": {"kind": "cut_before"},
}
#: Answers after which a person is told.
LASTING = {
    "401": {"kind": "status", "status": 401, "body": {"error": "token is invalid"}},
    "403": {"kind": "status", "status": 403, "body": {"message": "Нет прав", "errors": {}}},
    "422": {"kind": "status", "status": 422, "body": {"message": "Проверьте", "errors": {}}},
}
_ALL = 10_000


async def retried(world: World) -> None:
    """Let the pauses between tries pass."""
    await world.quiet()
    await world.pass_time(30)


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
async def test_a_lead_is_decided_while_the_crm_answers_nonsense_and_written_later(
    world: World, fault: dict[str, Any]
) -> None:
    lead = await world.crm.burning()
    await world.crm.fault(**fault, times=_ALL)
    card = await world.card(await world.ask(OLYA, lead))
    await world.says(card, "CRM не отвечает", lead, "Решать можно и так")
    await world.press(MARAT, card, "Разрешить")
    await world.told(OLYA, "Можно оформлять")
    await world.quiet()
    assert await world.crm.tagged(lead) == []
    await world.crm.come_back()
    await retried(world)
    await world.says(card, "Можно оформлять", "в CRM записано ✔")
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 1


@pytest.mark.parametrize("fault", LASTING.values(), ids=LASTING)
async def test_a_refusal_of_the_reading_is_told_to_the_owner_and_the_lead_can_be_decided(
    world: World, fault: dict[str, Any]
) -> None:
    lead = await world.crm.burning()
    await world.crm.fault(**fault, times=_ALL)
    card = await world.card(await world.ask(OLYA, lead))
    await world.says(card, "Решать можно и так")
    if fault["status"] != 401:
        # A 401 may only mean that somebody else has logged in: it is tried again.
        await world.says(card, "CRM не пускает бота к лиду", "владелец предупреждён")
        await world.told(OWNER, "CRM не пускает бота к лиду")
    await world.press(MARAT, card, "Разрешить")
    await world.told(OLYA, "Можно оформлять")


@pytest.mark.parametrize("status", [403, 422])
async def test_a_refused_write_is_told_and_retry_makes_it(world: World, status: int) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    await world.crm.fault(kind="status", status=status, body={}, method="PUT", times=_ALL)
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "Можно оформлять", "CRM не приняла комментарий")
    await world.told(MARAT, "CRM не приняла")
    await world.told(OWNER, "CRM не приняла")
    await world.told(OLYA, "Можно оформлять")
    await world.quiet()
    await world.crm.come_back()
    await world.reply(OWNER, card, "/retry")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 1


async def test_a_lead_is_not_unknown_when_only_its_earlier_orders_are(world: World) -> None:
    lead = await world.crm.burning()
    await world.crm.fault(
        kind="status",
        status=404,
        body={"message": "Не найдено", "errors": {"key": "-"}},
        path="/api/v2/order_doubles/*",
        times=_ALL,
    )
    card = await world.card(await world.ask(OLYA, lead))
    await world.says(card, "CRM не отвечает", lead, "Решать можно и так")
    await world.crm.come_back()
    await retried(world)
    await world.says(card, "Дубль", "Можно ли оформить?")


async def test_the_earlier_orders_are_asked_for_while_the_lead_is_still_on_its_way(
    world: World,
) -> None:
    lead = await world.crm.burning()
    await world.crm.fault(kind="hang", seconds=30, path=f"/api/v2/orders/{lead}", times=_ALL)
    await world.ask(OLYA, lead)

    async def asked() -> bool:
        paths = await world.crm.requests("GET")
        return {f"/api/v2/orders/{lead}", f"/api/v2/order_doubles/{lead}"} <= set(paths)

    await eventually(asked, "both are asked for")


async def test_a_sign_that_no_database_holds_is_left_out_of_what_the_crm_says(
    world: World,
) -> None:
    lead = await world.crm.lead(project="Шурупо\0вёрт")
    await world.says(await world.card(await world.ask(OLYA, lead)), "Шуруповёрт")


async def test_a_lead_that_is_gone_when_it_is_written_is_told(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    await world.crm.fault(
        kind="status",
        status=404,
        body={"message": "Не найдено", "errors": {"key": "-"}},
        times=_ALL,
    )
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "Можно оформлять", "CRM не приняла комментарий")
    await world.told(MARAT, "CRM не приняла")


async def test_a_crm_that_is_silent_for_30_seconds_holds_nobody_up(database_url: str) -> None:
    async with a_world(database_url, crm_timeout=0.5) as world:
        lead = await world.crm.burning()
        await world.crm.fault(kind="hang", seconds=30, times=_ALL)
        card = await world.card(await world.ask(OLYA, lead))
        await world.press(MARAT, card, "Запретить")
        await world.told(OLYA, "Оформлять нельзя")
        await world.says(card, "Оформлять нельзя", "CRM не отвечает")
        await world.quiet()
        await world.crm.come_back()
        await retried(world)
        await world.says(card, "в CRM записано ✔")
        await retried(world)
        await world.quiet()
        assert await world.crm.status(lead) == DUPLICATE
        assert len(await world.crm.tagged(lead)) == 1


async def test_a_dead_crm_does_not_hold_up_the_cards_of_others(world: World) -> None:
    await world.crm.fault(kind="hang", seconds=3, times=_ALL)
    first = await world.ask(OLYA, await world.crm.burning())
    second = await world.ask(TIMUR, await world.crm.burning())
    await world.card(first, "читаю CRM…")
    await world.card(second, "читаю CRM…")


async def test_a_missing_field_stops_nobody(world: World) -> None:
    for field in ("calls_t", "statuses", "is_double", "projects", "comments"):
        lead = await world.crm.burning()
        await world.crm.fault(kind="omit", field=field, times=_ALL)
        card = await world.card(await world.ask(OLYA, lead), lead)
        assert (await world.press(MARAT, card, "Разрешить")).text.startswith("Разрешено")
        await world.says(card, "Можно оформлять")
        await world.crm.come_back()


async def test_a_lead_without_its_phones_is_never_written(world: World) -> None:
    lead = await world.crm.burning()
    await world.crm.fault(kind="omit", field="phones", times=_ALL)
    card = await world.card(await world.ask(OLYA, lead), "CRM не прислала: телефоны")
    before = (await world.crm.truth(lead))["phones"]
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "CRM не приняла")
    await world.quiet()
    assert await world.crm.requests("PUT") == []
    assert (await world.crm.truth(lead))["phones"] == before


async def test_masked_phones_are_never_written_back(world: World) -> None:
    world.crm.change_rights(Rights(sees_phones=False))
    lead = await world.crm.burning()
    before = (await world.crm.truth(lead))["phones"]
    card = await world.card(await world.ask(OLYA, lead), lead)
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "CRM не приняла комментарий")
    await world.told(OWNER, "CRM не приняла")
    await world.quiet()
    assert (await world.crm.truth(lead))["phones"] == before


async def test_a_status_that_the_crm_skips_in_silence_is_told(world: World) -> None:
    world.crm.change_rights(Rights(forbidden_statuses=(DUPLICATE,)))
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "Оформлять нельзя", "CRM не приняла статус «Дубль»")
    await world.told(MARAT, "CRM не приняла")
    await world.quiet()
    assert await world.crm.status(lead) is None
    assert len(await world.crm.tagged(lead)) == 1


@pytest.mark.parametrize("kind", ["cut_after", "late"])
async def test_a_comment_whose_answer_is_lost_is_written_once(database_url: str, kind: str) -> None:
    async with a_world(database_url, crm_timeout=0.5) as world:
        lead = await world.crm.burning()
        card = await world.card(await world.ask(OLYA, lead))
        await world.quiet()
        await world.crm.fault(kind=kind, method="PUT", seconds=5)
        await world.press(MARAT, card, "Разрешить")
        await world.says(card, "CRM не отвечает")
        await retried(world)
        await world.says(card, "в CRM записано ✔")
        await world.quiet()
        assert len(await world.crm.tagged(lead)) == 1
        assert len(await world.crm.requests("PUT")) == 1


async def test_a_comment_that_the_crm_gets_to_late_is_waited_for_and_not_written_again(
    database_url: str,
) -> None:
    async with a_world(database_url, crm_timeout=1.5) as world:
        lead = await world.crm.burning()
        card = await world.card(await world.ask(OLYA, lead))
        await world.quiet()
        await world.crm.fault(kind="hang", method="PUT", seconds=2.0)
        await world.press(MARAT, card, "Разрешить")
        await world.says(card, "CRM не отвечает")
        await world.pass_time(2.1)
        await world.quiet()
        assert await world.crm.tagged(lead) == []
        await it_comes(world, lead, card)


async def it_comes(world: World, lead: str, card: int) -> None:
    """The CRM gets to the comment at last: it stands there, once, and nobody wrote another."""

    async def came() -> bool:
        return bool(await world.crm.tagged(lead))

    await eventually(came, "the comment comes late")
    await retried(world)
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 1
    assert len(await world.crm.requests("PUT")) == 1


@pytest.mark.parametrize("instance", ["the same", "another replica"])
async def test_a_comment_that_comes_behind_its_writers_death_is_not_written_again(
    database_url: str, instance: str
) -> None:
    async with a_world(database_url, crm_timeout=0.8, running=False) as world:
        life = await world.start_bot(CrashAt("write_comment", "before commit"))
        lead = await world.crm.burning()
        card = await world.card(await world.ask(OLYA, lead))
        await world.quiet()
        await world.crm.fault(kind="hang", method="PUT", seconds=3.0)
        await world.press(MARAT, card, "Разрешить")
        await life.crashed()
        if instance == "another replica":
            world.settings = world.settings.model_copy(update={"instance": instance})
        await world.start_bot()
        if instance == "another replica":
            await world.pass_time(LEASE.total_seconds())
        await world.quiet()
        assert await world.crm.tagged(lead) == []
        await it_comes(world, lead, card)


@pytest.mark.parametrize("status", [200, 408, 500, 502, 503, 524])
async def test_a_comment_that_was_taken_and_does_not_show_yet_is_not_written_again(
    database_url: str, status: int
) -> None:
    async with a_world(database_url, crm_timeout=1.5) as world:
        lead = await world.crm.burning()
        card = await world.card(await world.ask(OLYA, lead))
        await world.quiet()
        await world.crm.fault(kind="behind", method="PUT", seconds=2.0, status=status)
        await world.press(MARAT, card, "Разрешить")
        await world.says(card, "CRM не отвечает")
        await world.pass_time(2.1)
        await world.quiet()
        assert await world.crm.tagged(lead) == []
        await it_comes(world, lead, card)


async def test_a_comment_of_a_try_that_was_cut_off_is_waited_for_from_then_on(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_world(database_url, crm_timeout=5) as world:
        lead = await world.crm.burning()
        card = await world.card(await world.ask(OLYA, lead))
        await world.quiet()
        monkeypatch.setattr("bot.writeback.PATIENCE", timedelta(seconds=2))
        await world.crm.fault(kind="hang", method="PUT", seconds=4)
        await world.press(MARAT, card, "Разрешить")

        async def sent() -> bool:
            return bool(await world.crm.requests("PUT"))

        await eventually(sent, "the comment is on its way")
        # From where it began it has been waited for long enough; it ends only now.
        await world.pass_time(25)
        await world.says(card, "CRM не отвечает")
        await world.pass_time(5)
        await world.quiet()
        assert await world.crm.tagged(lead) == []
        await it_comes(world, lead, card)


async def test_a_comment_that_the_crm_took_and_never_showed_is_looked_for_before_retry_writes_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []

    async def take(_crm: CrmkaCrm, lead: Lead, text: str) -> Lead:
        taken.append(text)
        return lead

    monkeypatch.setattr(CrmkaCrm, "add_comment", take)
    monkeypatch.setattr("bot.writeback._TRIES_OF_A_SILENT_WRITE", 1)
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "CRM не отвечает")
    for _ in range(2):
        await retried(world)
    await world.says(card, "CRM не приняла комментарий")
    await world.quiet()
    assert len(taken) == 2

    await world.reply(OWNER, card, "/retry")

    await world.says(card, "CRM не отвечает")
    await world.quiet()
    assert len(taken) == 2


async def test_a_comment_that_waited_for_the_crm_is_not_given_up_when_it_does_not_show_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    add, taken = CrmkaCrm.add_comment, list[str]()

    async def lose_the_first(crm: CrmkaCrm, lead: Lead, text: str) -> Lead:
        taken.append(text)
        return lead if len(taken) == 1 else await add(crm, lead, text)

    monkeypatch.setattr(CrmkaCrm, "add_comment", lose_the_first)
    monkeypatch.setattr("bot.writeback._TRIES_OF_A_SILENT_WRITE", 2)
    await world.crm.go_down()
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "CRM не отвечает")
    await world.quiet()
    await world.crm.come_back()

    async def is_written() -> bool:
        await world.pass_time(5)
        return "в CRM записано ✔" in await world.text(card)

    await eventually(is_written, "it is looked for, and written again")
    await world.quiet()
    assert await world.private(OWNER) == []
    assert len(await world.crm.tagged(lead)) == 1


async def test_a_comment_that_never_came_is_written_after_all(database_url: str) -> None:
    async with a_world(database_url, crm_timeout=0.5) as world:
        lead = await world.crm.burning()
        card = await world.card(await world.ask(OLYA, lead))
        await world.quiet()
        await world.crm.fault(kind="cut_before", method="PUT")
        await world.press(MARAT, card, "Разрешить")
        await world.says(card, "CRM не отвечает")
        await retried(world)
        await world.says(card, "в CRM записано ✔")
        assert len(await world.crm.tagged(lead)) == 1


async def test_a_status_whose_answer_is_lost_is_no_conflict(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    await world.crm.fault(kind="cut_after", method="PUT", times=2)
    await world.press(MARAT, card, "Запретить")
    for _ in range(2):
        await retried(world)
    await world.says(card, "Оформлять нельзя", "в CRM записано ✔")
    await world.quiet()
    assert await world.crm.status(lead) == DUPLICATE
    assert len(await world.crm.tagged(lead)) == 1


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
async def test_a_status_to_which_the_crm_answers_nonsense_is_no_refusal(
    world: World, fault: dict[str, Any]
) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    await world.crm.fault(**fault, method="PUT", times=_ALL)
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "Оформлять нельзя", "CRM не отвечает")
    await world.quiet()
    await world.crm.come_back()
    for _ in range(2):
        await retried(world)
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    assert await world.crm.status(lead) == DUPLICATE
    assert len(await world.crm.tagged(lead)) == 1
    assert not any("не приняла" in text for text in await world.private(MARAT))


async def test_a_session_that_somebody_took_away_is_made_anew(world: World) -> None:
    await world.card(await world.ask(OLYA, await world.crm.burning()), "Дубль")
    world.crm.store.log_in("bot", "demo", world.clock())
    await world.card(await world.ask(TIMUR, await world.crm.burning()), "Дубль")


async def test_a_wrong_password_is_told_to_the_owner(database_url: str) -> None:
    async with a_world(database_url, crm_password="wrong") as world:
        card = await world.card(await world.ask(OLYA, await world.crm.burning()))
        await world.says(card, "CRM не пускает бота")
        await world.told(OWNER, "python -m bot doctor")


async def test_a_comment_of_ours_names_no_tag_of_another_installation(world: World) -> None:
    lead = await world.crm.burning(comments=["Оформить разрешил(а): Марат Демо\n#C1-1-k77777"])
    card = await world.card(await world.ask(OLYA, lead))
    await world.press(MARAT, card, "Разрешить")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    assert len(await world.crm.tagged(lead)) == 2
