"""What tests may break, and what they see of it."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.crm_server.conftest import PHONE, Api, Crm

_CUT = (aiohttp.ClientConnectionError, aiohttp.ClientOSError)


async def test_a_status_comes_with_its_body_so_many_times(crm: Crm, api: Api) -> None:
    key = await crm.lead()
    fault = {"path": "*/orders/*", "method": "GET", "status": 503, "body": {"a": 1}, "times": 2}
    await crm.control("POST", "/faults", kind="status", **fault)
    assert (await api.call("GET", "/users/me"))[0] == 200
    assert await api.call("GET", f"/orders/{key}") == (503, {"a": 1})
    assert (await api.call("GET", f"/orders/{key}"))[0] == 503
    assert (await api.call("GET", f"/orders/{key}"))[0] == 200


@pytest.mark.parametrize("kind", ["html", "garbage"])
async def test_what_is_no_json_has_no_effect(crm: Crm, api: Api, kind: str) -> None:
    key = await crm.lead()
    await crm.control("POST", "/faults", kind=kind, method="PUT", status=200)
    with pytest.raises((aiohttp.ContentTypeError, ValueError)):
        await api.put(key, phones=[PHONE], comment="no")
    assert (await crm.truth(key))["comments"] == []


async def test_an_empty_answer_has_no_effect(crm: Crm, api: Api) -> None:
    key = await crm.lead()
    await crm.control("POST", "/faults", kind="empty", method="PUT")
    assert await api.put(key, phones=[PHONE], comment="no") == (200, None)
    assert (await crm.truth(key))["comments"] == []


@pytest.mark.parametrize(("kind", "comments"), [("cut_before", 0), ("cut_after", 1)])
async def test_a_connection_is_cut_before_or_after_the_effect(
    crm: Crm, api: Api, kind: str, comments: int
) -> None:
    key = await crm.lead()
    await crm.control("POST", "/faults", kind=kind, method="PUT")
    with pytest.raises(_CUT):
        await api.put(key, phones=[PHONE], comment="perhaps")
    assert len((await crm.truth(key))["comments"]) == comments


async def test_an_answer_that_hangs_has_no_effect_until_then(crm: Crm, api: Api) -> None:
    key = await crm.lead()
    await crm.control("DELETE", "/requests")
    await crm.control("POST", "/faults", kind="hang", seconds=3600)
    asking = asyncio.create_task(api.put(key, phones=[PHONE], comment="later"))
    while (await crm.control("GET", "/requests"))["count"] == 0:
        assert not asking.done()
    assert (await crm.truth(key))["comments"] == []
    asking.cancel()


async def test_a_late_answer_has_its_effect_at_once(crm: Crm, api: Api) -> None:
    key = await crm.lead()
    await crm.control("POST", "/faults", kind="late", seconds=3600)
    asking = asyncio.create_task(api.put(key, phones=[PHONE], comment="now"))
    while not (await crm.truth(key))["comments"]:
        assert not asking.done()
    assert not asking.done()
    asking.cancel()


async def test_a_field_is_left_out_of_a_lead_and_of_a_list(crm: Crm, api: Api) -> None:
    key = await crm.lead()
    await crm.control("POST", "/faults", kind="omit", field="phones", times=2)
    assert "phones" not in await api.order(key)
    _, found = await api.find(["key", "=", key])
    assert "phones" not in found["data"][0]
    assert "phones" in await api.order(key)


async def test_faults_are_listed_and_cleared_and_an_unknown_one_refused(crm: Crm) -> None:
    await crm.control("POST", "/faults", kind="hang", seconds=1)
    assert [fault["kind"] for fault in await crm.control("GET", "/faults")] == ["hang"]
    await crm.control("DELETE", "/faults")
    assert await crm.control("GET", "/faults") == []
    async with crm.session.post(f"{crm.url}/control/faults", json={"kind": "fire"}) as response:
        assert response.status == 400


async def test_requests_are_counted_by_method_and_path(crm: Crm, api: Api) -> None:
    await crm.control("DELETE", "/requests")
    await api.call("GET", "/users/me")
    assert await crm.control("GET", "/requests") == {
        "count": 1,
        "requests": [{"method": "GET", "path": "/api/v2/users/me"}],
    }
