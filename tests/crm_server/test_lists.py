"""The list's filters, its envelope and its limits."""

from __future__ import annotations

from typing import Any

import pytest

from crm_api.server.records import Rights
from tests.crm_server.conftest import PHONE, Api, Crm


@pytest.fixture
async def three(crm: Crm) -> None:
    await crm.lead(
        key="000000000a", id=10, client_name="Облакова Вера", created_at="2026-03-01 10:00:00",
        statuses=[{"status": 17, "at": "2026-03-01 11:00:00"}],
    )  # fmt: skip
    await crm.lead(
        key="000000000b", id=20, client_name="ОБЛАКОВ Пётр", created_at="2026-03-02 10:00:00",
        phones=["79160000002", PHONE], statuses=[100],
    )  # fmt: skip
    await crm.lead(
        key="000000000c", id=30, client_name="100% <b>", created_at="2026-03-03 10:00:00",
        phones=["37491000003"], country_code="AM", project="Рюкзак",
    )  # fmt: skip


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("expression", "found"),
    [
        (["id", "=", 20], "b"),
        (["id", "=", "20"], "b"),
        (["id", "<>", 20], "ca"),
        (["id", "<", 20], "a"),
        (["id", ">", 10], "cb"),
        (["phones", "=", PHONE], "ba"),
        (["phones", "<>", PHONE], "c"),
        (["phones", "contains", "0000"], "cba"),
        (["phones", "startswith", "374"], "c"),
        (["client_name", "contains", "облак"], "ba"),
        (["client_name", "startswith", "Вера"], ""),
        (["client_name", "contains", "%"], "c"),
        (["created_at", ">", "2026-03-01 10:00:00"], "cb"),
        (["date_status_1", "=", "2026-03-01 11:00:00"], "a"),
        (["status_1", "=", 17], "a"),
        (["status_1", "<>", 17], "cb"),
        (["status_1", "=", None], "c"),
        (["status_1.name", "=", "дорого"], "b"),
        (["projects.title", "=", "Рюкзак"], "c"),
        ([["key", "=", "000000000a"], "or", ["key", "=", "000000000c"]], "ca"),
        ([["id", ">", 10], "and", ["id", "<", 30]], "b"),
        ([[["id", "=", 10], "or", ["id", "=", 20]], "and", ["status_1", "=", 100]], "b"),
        ([["id", "=", 10]], "a"),
        (["client_name", "=", "' OR 1=1 --"], ""),
    ],
)
async def test_filters_find(api: Api, expression: Any, found: str) -> None:
    status, answer = await api.find(expression)
    assert status == 200, answer
    assert "".join(lead["key"][-1] for lead in answer["data"]) == found
    assert answer["total"] == answer["totalCount"] == len(found)


@pytest.mark.parametrize(
    "expression",
    [
        [],
        "id",
        ["id", "="],
        ["password", "=", "1"],
        ["id", "like", 1],
        ["id", "=", [1]],
        ["id", "=", "many"],
        ["id", ">", None],
        ["created_at", ">", "yesterday"],
        [["id", "=", 1], ["id", "=", 2]],
        [["id", "=", 1], "and"],
        [["id", "=", 1], "and", ["id", "=", 2], "or", ["id", "=", 3]],
        [["id", "=", 1], "xor", ["id", "=", 2]],
        [["id", "=", 1], ["and"], ["id", "=", 2]],
        ["id", "=", 10**30],
    ],
)
async def test_a_filter_that_cannot_be_understood_is_422(api: Api, expression: Any) -> None:
    status, _ = await api.find(expression)
    assert status == 422


async def test_a_filter_that_is_no_json_or_too_deep_is_422(api: Api) -> None:
    for text in ("{", "[" * 1200 + "]" * 1200, "[" * 30 + '"id"' + "]" * 30):
        assert (await api.call("GET", "/orders", params={"filter": text}))[0] == 422


@pytest.mark.usefixtures("three")
async def test_without_the_right_only_a_whole_number_can_be_searched(crm: Crm) -> None:
    blind = await crm.login("blind", Rights(sees_phones=False))
    for operator, value in (
        ("contains", "7701"),
        ("=", "7701"),
        ("<>", PHONE),
        ("=", "7701?????01"),
    ):
        status, body = await blind.find(["phones", operator, value])
        assert (status, list(body["errors"])) == (403, ["filter"])
    status, found = await blind.find(["phones", "=", PHONE])
    assert (status, found["total"]) == (200, 2)
    assert "?" in found["data"][0]["phones"][0]


@pytest.mark.usefixtures("three")
async def test_pages_are_cut_out_newest_first(api: Api) -> None:
    _, answer = await api.find(["id", ">", 0], skip=1, take=1)
    assert [lead["id"] for lead in answer["data"]] == [20]
    assert answer["total"] == 3


@pytest.mark.parametrize("query", [{"take": 201}, {"take": 0}, {"skip": -1}])
async def test_a_page_beyond_the_limits_is_422(api: Api, query: dict[str, int]) -> None:
    assert (await api.find(["id", ">", 0], **query))[0] == 422


async def test_two_hundred_leads_come_at_once(crm: Crm, api: Api) -> None:
    for number in range(3):
        await crm.lead(id=number + 1)
    assert len((await api.find(["id", ">", 0], take=200))[1]["data"]) == 3
