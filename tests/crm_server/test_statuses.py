"""Statuses that are skipped in silence, and the refusal that is pinned on somebody."""

from __future__ import annotations

from typing import Any

import pytest

from crm_api.server.records import Rights
from tests.crm_server.conftest import PHONE, Api, Crm

_HANDBOOK = {
    19: {472, 160, 161, 156, 332, 61, 60, 62, 100, 99, 63, 163},
    58: {169, 184, 157, 43, 44, 50, 54, 70},
}
_NO_CALL = "Разговор другого оператора длительностью более 60 сек не найден в карточке заказа"


async def test_the_tree_has_the_handbooks_codes(crm: Crm, api: Api) -> None:
    _, tree = await api.call("GET", f"/statuses/get_by_key/{await crm.lead()}")
    sales = {root["id"]: root for root in tree if root["type"] == 1}
    assert list(sales) == [17, 18, 19, 58]
    for root, codes in _HANDBOOK.items():
        assert {child["id"] for child in sales[root]["children"]} == codes
        assert {child["parent_id"] for child in sales[root]["children"]} == {root}
    assert {root["type"] for root in tree} == {1, 3, 5}
    assert sales[17]["is_can_set"]
    assert not sales[58]["is_can_set"]


async def test_a_status_is_set_with_its_author_and_time(crm: Crm, api: Api) -> None:
    _, lead = await api.put(await crm.lead(), phones=[PHONE], statuses={"1": 50})
    status = {
        "id": 50,
        "parent_id": 58,
        "name": "дубль",
        "color": "#6b7280",
        "autor": "Бот Рабочие чаты",
        "created_at": "2026-03-04 14:02:05",
    }
    assert lead["status_1"] == status
    assert lead["statuses"] == [status]
    assert lead["date_status_1"] == status["created_at"]
    assert lead["status_2"] is None


@pytest.mark.parametrize(
    "statuses",
    [
        {"1": 12345},  # unknown
        {"1": 58},  # a root that only gathers
        {"1": 302},  # of another group
        {"3": 302},  # a group that the account may not set
        {"1": 44},  # forbidden to this account
        {"1": None},
        {"1": "fifty"},
        {"one": 50},
    ],
)
async def test_a_status_that_may_not_be_set_is_skipped_in_silence(
    crm: Crm, statuses: dict[str, Any]
) -> None:
    key = await crm.lead(statuses=[100])
    api = await crm.login("careful", Rights(forbidden_statuses=(44,)))
    status, lead = await api.put(key, phones=[PHONE], statuses=statuses, comment="stays")
    assert status == 200
    assert [row["id"] for row in lead["statuses"]] == [100]
    assert lead["comments"][0]["text"] == "stays"


async def test_the_forbidden_status_is_not_offered(crm: Crm) -> None:
    key = await crm.lead()
    api = await crm.login("careful", Rights(forbidden_statuses=(50,)))
    _, tree = await api.call("GET", f"/statuses/get_by_key/{key}")
    trash = next(root for root in tree if root["id"] == 58)
    offered = {child["id"]: child["is_can_set"] for child in trash["children"]}
    assert not offered[50]
    assert offered[44]


async def test_another_person_changes_a_status_in_between(crm: Crm, api: Api) -> None:
    key = await crm.lead()
    await crm.control("POST", f"/leads/{key}/status", status=17, author="Трелькина Оля")
    status = (await api.order(key))["status_1"]
    assert (status["id"], status["autor"]) == (17, "Трелькина Оля")


async def test_the_same_status_again_changes_nothing(crm: Crm, api: Api) -> None:
    key = await crm.lead(statuses=[{"status": 50, "author": "Трелькина Оля"}])
    _, lead = await api.put(key, phones=[PHONE], statuses={"1": "50"})
    assert lead["status_1"]["autor"] == "Трелькина Оля"


async def test_a_refusal_is_pinned_on_a_long_talk_that_need_not_be_the_first(
    crm: Crm, api: Api
) -> None:
    crm.person("a", "Первая")
    second = crm.person("b", "Вторая")
    lead_id = 113822
    key = await crm.lead(
        id=lead_id,
        calls=[
            {"operator": "Первая Тест", "talked": 90, "at": "2026-03-01 10:00:00"},
            {"operator": "Вторая Тест", "talked": 61, "at": "2026-03-02 10:00:00"},
            {"operator": "Первая Тест", "talked": 60, "at": "2026-03-03 10:00:00"},
        ],
    )
    assert await api.call("POST", f"/orders/refuse_order/{lead_id}") == (
        200,
        {"message": "Отказ закреплен за первым говорившим."},
    )
    lead = await api.order(key)
    assert lead["operator"] == "Вторая Тест"
    assert lead["call_manager"] == {"id": second.id, "name": "Вторая Тест"}


async def test_a_refusal_needs_a_long_answered_talk_of_somebody_else(crm: Crm, api: Api) -> None:
    crm.person("a", "Первая")
    await crm.lead(
        id=7,
        calls=[
            {"operator": "Бот Рабочие чаты", "talked": 300},
            {"operator": "Первая Тест", "talked": 60},
            {"operator": "Первая Тест", "talked": 300, "answered": False},
            {"operator": "Не знает CRM", "talked": 300},
        ],
    )
    status, body = await api.call("POST", "/orders/refuse_order/7")
    assert (status, body["message"]) == (404, _NO_CALL)


@pytest.mark.parametrize("number", ["8", "abc", "9" * 40])
async def test_a_refusal_of_an_unknown_lead_is_not_found(api: Api, number: str) -> None:
    status, body = await api.call("POST", f"/orders/refuse_order/{number}")
    assert (status, body["message"]) == (404, "Не найдено")


async def test_the_manager_is_changed_and_the_operator_stays(crm: Crm, api: Api) -> None:
    crm.person("a", "Первая")
    second = crm.person("b", "Вторая")
    key = await crm.lead(operator="Первая Тест")
    status, _ = await api.call("PUT", f"/orders/change_m/{key}", json={"manager_id": second.id})
    assert status == 200
    lead = await api.order(key)
    assert (lead["manager_id"], lead["call_manager"]["name"]) == (second.id, "Вторая Тест")
    assert lead["operator"] == "Первая Тест"


async def test_an_unknown_manager_is_refused(crm: Crm, api: Api) -> None:
    key = await crm.lead()
    for body in ({"manager_id": 999}, {"manager_id": "x"}, {}):
        assert (await api.call("PUT", f"/orders/change_m/{key}", json=body))[0] == 403
    assert (await api.order(key))["call_manager"] == {"id": 0, "name": "Менеджер не указан"}
