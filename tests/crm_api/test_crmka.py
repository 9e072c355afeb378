from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crm_api.errors import CrmConfig, CrmNotFound, CrmRejected, CrmTemporary, CrmUnsupported
from crm_api.port import DUPLICATE, LeadRef
from crm_api.server.records import Rights
from crm_api.tokens import MemoryTokens
from tests.crm_api.contract import NOON, PHONE, CrmContract, NewLead, Talk, read
from tests.crm_api.small_crm import SmallCrm, small_crm


@pytest.fixture
async def world() -> AsyncIterator[SmallCrm]:
    async with small_crm() as running:
        yield running


class TestCrmkaKeepsTheContract(CrmContract):
    """The contract over the small CRM."""


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/orders/f5086aeebb", "f5086aeebb"),
        ("/crm/v2/orders/F5086AEEBB/edit/", "f5086aeebb"),
        ("//orders//36973", "36973"),
        ("/orders/0036973", "36973"),
        ("/orders%2Ff5086aeebb", "f5086aeebb"),
        ("/orders/list/orders/12ad97526e", "12ad97526e"),
        ("/orders/1234567890", "1234567890"),
        ("/orders/f5086aeeb", None),
        ("/orders/f5086aeebb0", None),
        ("/orders/f5086aeebg", None),
        ("/myorders/f5086aeebb", None),
        ("/orders/x/f5086aeebb", None),
        ("/orders/0", None),
        ("/orders/٣٦٩٧٣", None),
        ("/orders", None),
    ],
)
async def test_the_lead_of_a_path(world: SmallCrm, path: str, name: str | None) -> None:
    expected = None if name is None else LeadRef(text=name)
    assert world.crm.lead_in_path(path) == expected


async def test_pages_may_live_elsewhere_than_the_api(world: SmallCrm) -> None:
    crm = world.adapter()
    assert crm.lead_url("f5086aeebb") == f"{world.url}/orders/f5086aeebb"


async def test_replicas_share_one_login(world: SmallCrm) -> None:
    key = await world.add_lead(NewLead())
    replicas = [world.adapter() for _ in range(4)]
    await asyncio.gather(*(crm.read_lead(LeadRef(text=key)) for crm in replicas))
    for crm in replicas:
        await crm.aclose()
    assert (await world.requests()).count("POST /api/v2/users/auth") == 1


async def test_a_stolen_session_is_renewed_and_the_request_sent_again(world: SmallCrm) -> None:
    lead = await read(world)
    world.steal_session()
    after = await world.crm.add_comment(lead, "после нового входа")
    assert [comment.text for comment in after.comments] == ["после нового входа"]


async def test_a_token_that_another_replica_renewed_is_taken_without_a_login(
    world: SmallCrm,
) -> None:
    other = world.adapter()
    lead = await read(world)
    world.steal_session()
    await other.read_lead(LeadRef(text=lead.id))
    await other.aclose()
    await world.requests()
    await world.crm.read_lead(LeadRef(text=lead.id))
    assert "POST /api/v2/users/auth" not in await world.requests()


async def test_many_calls_with_a_dead_token_log_in_once(world: SmallCrm) -> None:
    lead = await read(world)
    world.steal_session()
    await world.requests()
    await asyncio.gather(*(world.crm.read_lead(LeadRef(text=lead.id)) for _ in range(8)))
    assert (await world.requests()).count("POST /api/v2/users/auth") == 1


async def test_a_session_that_is_stolen_at_once_is_a_trouble_and_no_loop(world: SmallCrm) -> None:
    lead = await read(world)
    await world.requests()
    await world.fault(
        kind="status", status=401, path="/api/v2/orders/*", body={"error": "new token"}, times=100
    )
    with pytest.raises(CrmTemporary, match="user of its own"):
        await world.crm.read_lead(LeadRef(text=lead.id))
    assert len(await world.requests()) <= 4


async def test_wrong_credentials_are_a_wrong_setting(world: SmallCrm) -> None:
    crm = world.adapter(password="wrong", tokens=MemoryTokens())
    with pytest.raises(CrmConfig, match="CRM_PASSWORD"):
        await crm.find_by_phone(PHONE)
    await crm.aclose()


async def test_masked_phones_are_never_written_back(world: SmallCrm) -> None:
    world.change_rights(Rights(sees_phones=False))
    lead = await read(world)
    assert lead.phones_masked
    await world.requests()
    with pytest.raises(CrmConfig, match="destroy"):
        await world.crm.add_comment(lead, "нельзя")
    with pytest.raises(CrmConfig, match="destroy"):
        await world.crm.set_disposition(lead, DUPLICATE)
    assert await world.requests() == []
    assert (await world.truth(lead.id))["phones"] == [PHONE]


async def test_a_lead_read_without_its_phones_is_not_written(world: SmallCrm) -> None:
    key = await world.add_lead(NewLead())
    await world.fault(kind="omit", field="phones", path=f"/api/v2/orders/{key}")
    lead = await world.crm.read_lead(LeadRef(text=key))
    assert lead.missing == ("phones",)
    assert not lead.phones_masked
    await world.requests()
    with pytest.raises(CrmConfig, match="without its phones"):
        await world.crm.add_comment(lead, "нельзя")
    assert await world.requests() == []


async def test_a_write_leaves_phones_and_sales_as_they_were(world: SmallCrm) -> None:
    key = await world.add_lead(NewLead())
    before = await world.truth(key)
    lead = await world.crm.read_lead(LeadRef(text=key))
    await world.crm.add_comment(lead, "один")
    await world.crm.set_disposition(lead, DUPLICATE)
    after = await world.truth(key)
    assert after["phones"] == before["phones"]
    assert after["sales"] == before["sales"]


async def test_a_phone_is_found_without_the_right_to_see_it(world: SmallCrm) -> None:
    key = await world.add_lead(NewLead())
    world.change_rights(Rights(sees_phones=False))
    assert [brief.id for brief in await world.crm.find_by_phone(PHONE)] == [key]


@pytest.mark.parametrize("kept", ["79990000001", "89990000001", "9990000001"])
async def test_a_russian_number_is_found_in_each_spelling(world: SmallCrm, kept: str) -> None:
    key = await world.add_lead(NewLead(phone=kept))
    assert [brief.id for brief in await world.crm.find_by_phone(PHONE)] == [key]


async def test_an_armenian_number_is_found(world: SmallCrm) -> None:
    key = await world.add_lead(NewLead(phone="37499000001", country="AM"))
    (brief,) = await world.crm.find_by_phone("37499000001")
    assert (brief.id, brief.country, brief.currency) == (key, "AM", "AMD")


async def test_earlier_orders_come_even_when_the_list_does_not_answer(world: SmallCrm) -> None:
    first = await world.add_lead(NewLead(created_at=NOON - timedelta(days=3), confirmed_at=NOON))
    key = await world.add_lead(NewLead())
    await world.fault(kind="status", status=500, path="/api/v2/orders")
    _, (order,) = await world.crm.read_with_earlier(LeadRef(text=key))
    assert order.id == first
    assert order.disposition.label == "подтверждён"
    assert order.total is None


async def test_earlier_orders_cost_two_requests_more_however_many_there_are(
    world: SmallCrm,
) -> None:
    ids = [
        await world.add_lead(NewLead(created_at=NOON - timedelta(days=n))) for n in range(70, 0, -1)
    ]
    lead = await read(world)
    await world.requests()
    _, orders = await world.crm.read_with_earlier(LeadRef(text=lead.id))
    assert [order.id for order in orders] == ids
    assert orders[0].total is not None
    assert orders[-1].total is not None
    assert len(await world.requests()) == 3


async def test_a_refusal_without_a_long_call_says_the_crms_own_words(world: SmallCrm) -> None:
    lead = await read(world, NewLead(calls=(Talk(operator="Первая Анна", at=NOON, talked=60),)))
    with pytest.raises(CrmRejected) as caught:
        await world.crm.pin_refusal(lead)
    assert "более 60 сек" in caught.value.fields["message"]
    assert "60 сек" not in caught.value.say


async def test_pinning_the_refusal_of_an_unknown_lead_is_not_found(world: SmallCrm) -> None:
    lead = replace(await read(world), number="999999")
    with pytest.raises(CrmNotFound):
        await world.crm.pin_refusal(lead)


async def test_users_are_found_by_name_in_any_order_and_by_telegram_name(world: SmallCrm) -> None:
    for query in ("Первая", "Первая Анна", "Анна Первая", "@Demo_Anna", "first"):
        (user,) = await world.crm.find_users(query)
        assert (user.login, user.telegram, user.works) == ("first", "demo_anna", True)
    assert await world.crm.find_users("Первая Белла") == ()
    assert await world.crm.find_users("  ") == ()


async def test_ids_that_are_no_numbers_are_unsupported(world: SmallCrm) -> None:
    lead = await read(world)
    with pytest.raises(CrmUnsupported):
        await world.crm.set_disposition(lead, "C1:WON")
    with pytest.raises(CrmUnsupported):
        await world.crm.set_manager(lead, "anna")


async def test_a_missing_right_is_a_refusal(world: SmallCrm) -> None:
    lead = await read(world)
    world.change_rights(Rights(edits=False, changes_manager=False))
    with pytest.raises(CrmRejected):
        await world.crm.add_comment(lead, "нельзя")
    with pytest.raises(CrmRejected):
        await world.crm.set_manager(lead, "2")


@pytest.mark.parametrize(
    ("rights", "check"),
    [
        (Rights(sees_phones=False), "CRM right to see phones"),
        (Rights(has_permission=False), "CRM user"),
        (Rights(forbidden_statuses=(70,)), "CRM right to set statuses"),
    ],
)
async def test_doctor_names_the_right_that_is_missing(
    world: SmallCrm, rights: Rights, check: str
) -> None:
    await world.add_lead(NewLead())
    world.change_rights(rights)
    (ill,) = [finding for finding in await world.crm.check() if not finding.ok]
    assert ill.check == check
    assert "CRM user" in ill.mend


async def test_doctor_names_wrong_credentials(world: SmallCrm) -> None:
    crm = world.adapter(password="wrong", tokens=MemoryTokens())
    (ill,) = await crm.check()
    await crm.aclose()
    assert "CRM_PASSWORD" in ill.mend


async def test_doctor_sees_clocks_that_are_apart(world: SmallCrm) -> None:
    await world.add_lead(NewLead())
    crm = world.adapter(now=lambda: datetime.now(UTC) + timedelta(minutes=5))
    ill = [finding.check for finding in await crm.check() if not finding.ok]
    await crm.aclose()
    assert ill == ["CRM clock"]


async def test_doctor_sees_a_wrong_zone(world: SmallCrm) -> None:
    await world.add_lead(NewLead(created_at=datetime.now(UTC)))
    crm = world.adapter(timezone="Europe/London")
    ill = [finding for finding in await crm.check() if not finding.ok]
    await crm.aclose()
    assert [finding.check for finding in ill] == ["CRM time zone"]
    assert "CRM_TIMEZONE" in ill[0].mend


async def test_logs_carry_no_phone_no_name_no_token(
    world: SmallCrm, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        lead = await read(world)
        await world.crm.find_by_phone(PHONE)
        await world.crm.find_users("Первая")
        await world.crm.add_comment(lead, "секретный текст")
        await world.go_down()
        with pytest.raises(CrmTemporary) as caught:
            await world.crm.find_by_phone(PHONE)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("crm_api")]
    assert any(line.startswith("PUT /api/v2/orders/{key}: 200 in ") for line in ours)
    token = await world.tokens.get(f"crmka bot@{world.url.removeprefix('http://')}")
    assert token
    for secret in (PHONE, PHONE[1:], "Первая", "секретный", token, lead.id, "demo"):
        assert not [line for line in ours if secret in line]
        assert secret not in str(caught.value)
