"""What every CRM adapter must pass.

A new adapter subclasses `CrmContract` and gives a fixture `world`: its CRM, or a stand-in that
speaks that CRM's API, with a back door by which the tests put leads in and look at what is there.
A CRM may lack pinning, managers or users: then the adapter says `CrmUnsupported`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol
from urllib.parse import urlsplit

import pytest

from crm_api.errors import CrmNotFound, CrmRejected, CrmTemporary, CrmUnsupported
from crm_api.port import DUPLICATE, Crm, DispositionGroup, Item, Lead, LeadRef

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PHONE = "79990000001"
ITEM = Item(name="Шуруповёрт демонстрационный", price=Decimal(4990), quantity=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A call that the tests put into the CRM."""

    operator: str
    at: datetime
    talked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLead:
    """A lead that the tests put into the CRM. `confirmed_at` gives it a confirmation."""

    phone: str = PHONE
    project: str = "Аккумуляторный шуруповёрт ДЕМО"
    created_at: datetime = NOON
    client_name: str = "Демонов Пример"
    country: str = "RU"
    items: tuple[Item, ...] = (ITEM,)
    operator: str = ""
    confirmed_at: datetime | None = None
    calls: tuple[Talk, ...] = ()
    comments: tuple[str, ...] = ()


class World(Protocol):
    """A CRM with a back door.

    Two users work there, «Первая Анна» and «Вторая Белла».
    """

    crm: Crm

    async def add_lead(self, lead: NewLead) -> str:
        """Put a lead in; gives its canonical id."""

    async def comments(self, lead_id: str) -> list[str]:
        """The texts of the lead's comments, as they truly are."""

    async def was_opened(self, lead_id: str) -> bool:
        """Whether somebody has opened the lead's card."""

    async def forbid(self, code: str) -> None:
        """The bot's user may no longer set this disposition."""

    async def break_after_the_next_write(self) -> None:
        """The next write takes effect, and its answer is lost."""

    async def go_down(self) -> None:
        """From now on the CRM answers 503."""


async def read(world: World, lead: NewLead | None = None) -> Lead:
    return await world.crm.read_lead(LeadRef(text=await world.add_lead(lead or NewLead())))


class CrmContract:
    """The tests themselves."""

    async def test_a_lead_is_read_with_all_that_the_crm_knows(self, world: World) -> None:
        lead = await read(
            world,
            NewLead(
                operator="Первая Анна",
                calls=(
                    Talk(operator="Вторая Белла", at=NOON + timedelta(minutes=9), talked=30),
                    Talk(operator="Первая Анна", at=NOON + timedelta(minutes=2), talked=75),
                ),
                comments=("перезвонить", "уточнить адрес"),
            ),
        )
        assert lead.project == "Аккумуляторный шуруповёрт ДЕМО"
        assert lead.client_name == "Демонов Пример"
        assert (lead.country, lead.currency) == ("RU", "RUB")
        assert lead.created_at == NOON
        assert lead.created_at.utcoffset() == timedelta(0)
        assert lead.items == (ITEM,)
        assert lead.total == Decimal(9980)
        assert lead.phones == (PHONE,)
        assert not lead.phones_masked
        assert lead.disposition.group is DispositionGroup.NEW
        assert [comment.text for comment in lead.comments] == ["перезвонить", "уточнить адрес"]
        assert [(call.operator, call.talked) for call in lead.calls] == [
            ("Первая Анна", 75),
            ("Вторая Белла", 30),
        ]
        assert lead.operator == "Первая Анна"
        assert lead.missing == ()

    async def test_the_page_of_a_lead_leads_back_to_it(self, world: World) -> None:
        lead = await read(world)
        assert lead.url == world.crm.lead_url(lead.id)
        ref = world.crm.lead_in_path(urlsplit(lead.url).path)
        assert ref is not None
        assert (await world.crm.read_lead(ref)).id == lead.id

    async def test_the_number_names_the_same_lead(self, world: World) -> None:
        lead = await read(world)
        if lead.number:
            assert (await world.crm.read_lead(LeadRef(text=lead.number))).id == lead.id

    @pytest.mark.parametrize("name", ["ffffffffff", "999999999"])
    async def test_an_unknown_lead_is_not_found(self, world: World, name: str) -> None:
        with pytest.raises(CrmNotFound):
            await world.crm.read_lead(LeadRef(text=name))
        with pytest.raises(CrmNotFound):
            await world.crm.read_with_earlier(LeadRef(text=name))

    async def test_a_path_without_a_lead_names_none(self, world: World) -> None:
        for path in ("", "/", "/login", "/about/36973x", "/.."):
            assert world.crm.lead_in_path(path) is None

    async def test_a_comment_is_appended_once_and_the_lead_stays(self, world: World) -> None:
        before = await read(world, NewLead(comments=("прежний",)))
        text = 'Разрешил: Демо <b>&"😀\nвторая строка #C1-1-k7'
        after = await world.crm.add_comment(before, text)
        assert [comment.text for comment in after.comments] == ["прежний", text]
        assert await world.comments(before.id) == ["прежний", text]
        assert (after.items, after.phones, after.calls) == (
            before.items,
            before.phones,
            before.calls,
        )
        assert after.disposition == before.disposition

    async def test_of_a_comment_that_is_too_long_the_last_line_survives(self, world: World) -> None:
        await world.crm.add_comment(await read(world), "слово " * 2000 + "\n#C1-1-k7")
        (text,) = await world.comments((await read_again(world)).id)
        assert len(text) <= 4000
        assert text.startswith("слово слово")
        assert text.endswith("…\n#C1-1-k7")

    async def test_a_disposition_is_set_and_read_back(self, world: World) -> None:
        before = await read(world)
        after = await world.crm.set_disposition(before, DUPLICATE)
        assert (after.disposition.group, after.disposition.code) == (
            DispositionGroup.TRASH,
            DUPLICATE,
        )
        assert after.disposition.label == "дубль"
        assert after.disposition.set_at is not None
        assert (after.items, after.phones) == (before.items, before.phones)
        assert (await world.crm.read_lead(LeadRef(text=before.id))).disposition.code == DUPLICATE

    async def test_a_disposition_that_may_not_be_set_is_never_reported_as_set(
        self, world: World
    ) -> None:
        lead = await read(world)
        await world.forbid(DUPLICATE)
        try:
            after = await world.crm.set_disposition(lead, DUPLICATE)
        except CrmRejected:
            return
        assert after.disposition.group is DispositionGroup.NEW

    async def test_earlier_orders_come_oldest_first_and_without_the_lead(
        self, world: World
    ) -> None:
        day = timedelta(days=1)
        second = await world.add_lead(
            NewLead(created_at=NOON - 2 * day, operator="Вторая Белла", project="Термокружка ДЕМО")
        )
        first = await world.add_lead(
            NewLead(
                created_at=NOON - 9 * day,
                confirmed_at=NOON - 8 * day,
                operator="Первая Анна",
            )
        )
        await world.add_lead(NewLead(phone="79990000002", created_at=NOON - day))
        key = await world.add_lead(NewLead())
        lead, orders = await world.crm.read_with_earlier(LeadRef(text=key))
        assert lead == await world.crm.read_lead(LeadRef(text=key))
        assert [order.id for order in orders] == [first, second]
        assert orders[0].url == world.crm.lead_url(first)
        assert orders[0].created_at == NOON - 9 * day
        assert orders[0].disposition.group is DispositionGroup.CONFIRMED
        assert orders[0].disposition.set_at == NOON - 8 * day
        assert (orders[0].total, orders[0].currency) == (Decimal(9980), "RUB")
        assert orders[0].operator == "Первая Анна"
        assert orders[1].project == "Термокружка ДЕМО"
        assert orders[1].disposition.group is DispositionGroup.NEW
        assert await world.was_opened(lead.id)
        assert not await world.was_opened(first)

    async def test_a_lead_that_repeats_nothing_has_no_earlier_orders(self, world: World) -> None:
        key = await world.add_lead(NewLead())
        lead, orders = await world.crm.read_with_earlier(LeadRef(text=key))
        assert (lead.id, orders) == (key, ())

    async def test_the_number_of_a_lead_has_the_same_earlier_orders(self, world: World) -> None:
        first = await world.add_lead(NewLead(created_at=NOON - timedelta(days=1)))
        lead = await read(world)
        if lead.number:
            same, (order,) = await world.crm.read_with_earlier(LeadRef(text=lead.number))
            assert (same.id, order.id) == (lead.id, first)

    async def test_orders_of_a_phone_come_newest_first(self, world: World) -> None:
        old = await world.add_lead(NewLead(created_at=NOON - timedelta(days=3)))
        new = await world.add_lead(NewLead())
        await world.add_lead(NewLead(phone="79990000002"))
        found = await world.crm.find_by_phone(PHONE)
        assert [order.id for order in found] == [new, old]
        assert found[0].project == "Аккумуляторный шуруповёрт ДЕМО"
        assert found[0].created_at == NOON

    async def test_an_unknown_phone_has_no_orders(self, world: World) -> None:
        await world.add_lead(NewLead())
        assert await world.crm.find_by_phone("77010000009") == ()

    async def test_all_calls_come_oldest_first(self, world: World) -> None:
        talks = tuple(
            Talk(operator="Первая Анна", at=NOON + timedelta(minutes=n), talked=n)
            for n in reversed(range(1, 61))
        )
        calls = await world.crm.calls(await read(world, NewLead(calls=talks)))
        assert [call.talked for call in calls] == list(range(1, 61))
        assert calls[0].started_at == NOON + timedelta(minutes=1)
        assert calls[0].answered
        assert calls[0].operator == "Первая Анна"

    async def test_a_user_is_found_and_made_responsible(self, world: World) -> None:
        try:
            (user,) = await world.crm.find_users("Вторая Белла")
            after = await world.crm.set_manager(await read(world), user.id)
        except CrmUnsupported:
            return
        assert (user.last_name, user.first_name) == ("Вторая", "Белла")
        assert after.manager == "Вторая Белла"

    async def test_a_stranger_is_no_user(self, world: World) -> None:
        try:
            assert await world.crm.find_users("Небывалова") == ()
        except CrmUnsupported:
            return

    async def test_a_refusal_is_pinned_only_where_somebody_talked(self, world: World) -> None:
        talk = Talk(operator="Вторая Белла", at=NOON, talked=61)
        talked = await read(world, NewLead(calls=(talk,)))
        silent = await read(world)
        try:
            after = await world.crm.pin_refusal(talked)
        except CrmUnsupported:
            return
        assert after.operator == "Вторая Белла"
        with pytest.raises(CrmRejected):
            await world.crm.pin_refusal(silent)

    async def test_a_write_whose_answer_is_lost_is_not_sent_again(self, world: World) -> None:
        lead = await read(world)
        await world.break_after_the_next_write()
        with pytest.raises(CrmTemporary):
            await world.crm.add_comment(lead, "один раз #C1-1-k7")
        assert await world.comments(lead.id) == ["один раз #C1-1-k7"]

    async def test_a_crm_that_is_down_is_a_temporary_trouble_of_every_call(
        self, world: World
    ) -> None:
        lead = await read(world)
        crm = world.crm
        await world.go_down()
        calls: dict[str, Callable[[], Awaitable[object]]] = {
            "read_lead": lambda: crm.read_lead(LeadRef(text=lead.id)),
            "read_with_earlier": lambda: crm.read_with_earlier(LeadRef(text=lead.id)),
            "find_by_phone": lambda: crm.find_by_phone(PHONE),
            "calls": lambda: crm.calls(lead),
            "add_comment": lambda: crm.add_comment(lead, "x"),
            "set_disposition": lambda: crm.set_disposition(lead, DUPLICATE),
            "pin_refusal": lambda: crm.pin_refusal(lead),
            "set_manager": lambda: crm.set_manager(lead, "1"),
            "find_users": lambda: crm.find_users("Первая"),
        }
        for name, call in calls.items():
            try:
                with pytest.raises(CrmTemporary):
                    await call()
            except CrmUnsupported:
                assert name in {"pin_refusal", "set_manager", "find_users"}
        assert await world.comments(lead.id) == []

    async def test_doctor_finds_a_healthy_crm_well(self, world: World) -> None:
        await world.add_lead(NewLead())
        findings = await world.crm.check()
        assert findings
        assert [finding for finding in findings if not finding.ok] == []

    async def test_doctor_says_how_to_mend_a_crm_that_is_down(self, world: World) -> None:
        await world.go_down()
        ill = [finding for finding in await world.crm.check() if not finding.ok]
        assert ill
        assert all(finding.say and finding.mend for finding in ill)

    async def test_closing_twice_does_no_harm(self, world: World) -> None:
        await world.crm.aclose()
        await world.crm.aclose()


async def read_again(world: World) -> Lead:
    """The newest lead of the usual phone."""
    brief, *_ = await world.crm.find_by_phone(PHONE)
    return await world.crm.read_lead(LeadRef(text=brief.id))
