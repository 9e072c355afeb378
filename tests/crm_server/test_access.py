"""Logging in, one session per account, and rights."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from crm_api.server.records import Rights
from crm_api.server.store import BadToken
from tests.crm_server.conftest import NOW, PASSWORD, Api, Crm


async def test_wrong_credentials_are_answered_as_the_sheet_says(crm: Crm) -> None:
    api = Api(crm.session, crm.url)
    wrong: tuple[Any, ...] = (
        {"login": "bot", "password": "no"},
        {"login": "nobody", "password": "x"},
        {"login": 1, "password": None},
        {},
        [],
    )
    for body in wrong:
        assert await api.call("POST", "/users/auth", json=body) == (
            422,
            {"errors": [], "message": "wrong credentials"},
        )


async def test_a_person_without_a_password_cannot_log_in(crm: Crm) -> None:
    crm.person("operator", "Трелькина")
    body = {"login": "operator", "password": ""}
    assert (await Api(crm.session, crm.url).call("POST", "/users/auth", json=body))[0] == 422


async def test_a_second_login_kills_the_first_token(crm: Crm, api: Api) -> None:
    key = await crm.lead()
    second = await crm.login()
    assert await api.call("GET", f"/orders/{key}") == (401, {"error": "server have new token"})
    assert (await second.call("GET", f"/orders/{key}"))[0] == 200


async def test_another_accounts_login_kills_nothing(crm: Crm, api: Api) -> None:
    await crm.login("other")
    assert (await api.call("GET", "/users/me"))[0] == 200


@pytest.mark.parametrize("token", ["", "made-up"])
async def test_without_a_token_of_ours_everything_is_401(crm: Crm, token: str) -> None:
    api = Api(crm.session, crm.url, token)
    for path in ("/orders", "/users/me", "/calls", "/orders/0000000000"):
        status, body = await api.call("GET", path)
        assert status == 401
        assert "error" in body


async def test_a_token_lives_about_a_year(crm: Crm) -> None:
    token = crm.store.log_in("bot", PASSWORD, NOW - timedelta(days=364))
    assert crm.store.user_of(token, NOW).login == "bot"
    with pytest.raises(BadToken, match="expired"):
        crm.store.user_of(token, NOW + timedelta(days=2))


async def test_users_me_shows_the_account_and_its_permission(api: Api) -> None:
    status, me = await api.call("GET", "/users/me")
    assert status == 200
    assert (me["login"], me["last_name"]) == ("bot", "Бот")
    assert "orders_phones" in me["permission"]


async def test_users_me_is_refused_to_an_account_without_permission(crm: Crm) -> None:
    api = await crm.login("small", Rights(has_permission=False))
    status, body = await api.call("GET", "/users/me")
    assert (status, set(body)) == (403, {"message", "errors"})


async def test_people_are_found_by_any_part_of_their_name_and_by_telegram(
    crm: Crm, api: Api
) -> None:
    crm.store.add_user("m", last_name="Решайкин", first_name="Марат", telegram="demo_marat")
    for query in ("решайкин", "Марат Решай", "@demo_marat"):
        status, found = await api.call(
            "GET", "/users/0/search_users", params={"query": query, "page": "1", "per_page": "20"}
        )
        assert status == 200
        assert [user["last_name"] for user in found] == ["Решайкин"]


async def test_an_unknown_path_and_method_answer_in_json(api: Api) -> None:
    assert (await api.call("GET", "/nothing/orders/0123456789"))[0] == 404
    assert (await api.call("DELETE", "/orders/0123456789"))[0] == 405


async def test_many_at_once_are_served_one_after_another(crm: Crm, api: Api) -> None:
    key = await crm.lead()
    phones = (await api.order(key))["phones"]
    await asyncio.gather(*(api.put(key, phones=phones, comment=str(n)) for n in range(20)))
    comments = (await crm.truth(key))["comments"]
    assert {comment["text"] for comment in comments} == {str(n) for n in range(20)}
