"""The demo's leads: the same each time, and within the trade's rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from crm_api.server.cards import card
from crm_api.server.catalogue import OPERATORS
from crm_api.server.seed import BOT_LOGIN, BOT_PASSWORD, seed, showcase
from crm_api.server.statuses import SALES, STATUSES
from crm_api.server.store import Store
from crm_api.server.views import View
from sandbox.world import MARAT
from tests.crm_server.conftest import NOW

ZONE = ZoneInfo("Asia/Almaty")


def everything(store: Store) -> list[dict[str, Any]]:
    with store.transaction() as connection:
        ids = [row["id"] for row in connection.execute("SELECT id FROM leads ORDER BY id")]
        return View(connection=connection, zone=ZONE, sees_phones=True).leads(ids)


def doubles_of(store: Store, key: str) -> list[dict[str, Any]]:
    with store.transaction() as connection:
        lead_id = connection.execute("SELECT id FROM leads WHERE key = ?", (key,)).fetchone()["id"]
        return View(connection=connection, zone=ZONE, sees_phones=True).doubles(lead_id)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    store = Store.open(":memory:")
    seed(store, now=NOW)
    yield store
    store.close()


@pytest.fixture(scope="module")
def leads(store: Store) -> list[dict[str, Any]]:
    return everything(store)


def test_two_seeds_are_equal(leads: list[dict[str, Any]]) -> None:
    again = Store.open(":memory:")
    seed(again, now=NOW)
    assert everything(again) == leads
    again.close()


def test_a_store_with_leads_is_not_seeded_again(store: Store, leads: list[dict[str, Any]]) -> None:
    seed(store, now=NOW + timedelta(days=5))
    assert len(everything(store)) == len(leads) == 300


def test_the_bots_account_may_log_in_and_sees_phones(store: Store) -> None:
    user = store.user_of(store.log_in(BOT_LOGIN, BOT_PASSWORD, NOW), NOW)
    assert (user.name, user.rights.sees_phones) == ("Бот Рабочие чаты", True)


def test_order_lines_keep_the_trades_rules(leads: list[dict[str, Any]]) -> None:
    limits = {"RU": 20_000, "AM": 96_000, "KZ": 100_000}
    for lead in leads:
        assert lead["sales"]
        assert all(item["price"] > 0 and item["quantity"] == 1 for item in lead["sales"])
        total = sum(item["price"] for item in lead["sales"])
        goods = lead["country_code"] == "RU" and "Samsung" not in lead["projects"]["title"]
        assert total <= (13_000 if goods else limits[lead["country_code"]])


def test_gifts_are_as_many_as_what_is_sold(leads: list[dict[str, Any]]) -> None:
    for lead in leads:
        gifts = [item for item in lead["sales"] if "(подарок)" in item["name"]]
        if "в подарок" in lead["projects"]["title"]:
            assert len(gifts) * 2 == len(lead["sales"])


def test_numbers_are_valid_and_of_their_country(leads: list[dict[str, Any]]) -> None:
    for lead in leads:
        number = phonenumbers.parse(f"+{lead['phones'][0]}")
        assert phonenumbers.is_valid_number(number), lead["phones"]
        assert phonenumbers.region_code_for_number(number) == lead["country_code"]


def test_every_sales_status_is_seen(leads: list[dict[str, Any]]) -> None:
    seen = {lead["status_1"]["id"] for lead in leads if lead["status_1"]}
    settable = {status.id for status in STATUSES.values() if status.group == SALES}
    assert seen == settable - {18, 19, 58}


def test_nothing_lies_in_the_future_and_ids_grow_with_time(leads: list[dict[str, Any]]) -> None:
    now = NOW.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")
    for lead in leads:
        times = [row["created_at"] for row in (*lead["statuses"], *lead["comments"])]
        times += [call["record_time"] for call in lead["calls_t"]]
        assert all(lead["created_at"] <= time <= now for time in times), lead["key"]
    created = [lead["created_at"] for lead in leads]
    assert created == sorted(created)


def test_forty_groups_burn_with_two_to_four_leads(
    store: Store, leads: list[dict[str, Any]]
) -> None:
    groups: dict[str, list[dict[str, Any]]] = {}
    for lead in leads:
        groups.setdefault(lead["phones"][0], []).append(lead)
    several = [group for group in groups.values() if len(group) > 1]
    burning = [group for group in several if group[-1]["status_1"] is None]
    assert 36 <= len(burning) <= 45
    assert all(2 <= len(group) <= 4 for group in several)
    assert {len(group) for group in several} == {2, 3, 4}


def test_the_handbooks_leads_are_there(leads: list[dict[str, Any]]) -> None:
    by_key = {lead["key"]: lead for lead in leads}
    assert by_key["f5086aeebb"]["projects"]["title"] == "Аккумуляторный шуруповёрт МАКИТА"
    assert by_key["f5086aeebb"]["status_1"] is None
    backpack = by_key["12ad97526e"]
    assert (backpack["id"], backpack["country_code"]) == (113822, "KZ")
    assert backpack["status_1"]["name"] == "передумал"
    assert len([call for call in backpack["calls_t"] if call["billing_time"] > 60]) == 2
    assert (by_key["366efdfabb"]["id"], by_key["995dc73ada"]["id"]) == (36973, 37905)
    assert by_key["366efdfabb"]["status_1"]["id"] == 44
    assert by_key["995dc73ada"]["status_1"]["id"] == 17
    assert '<b>&"' in {lead["client_name"] for lead in leads}


def test_the_first_order_of_the_drill_was_confirmed_three_days_ago(
    store: Store, leads: list[dict[str, Any]]
) -> None:
    first, own = doubles_of(store, "f5086aeebb")
    assert own["key"] == "f5086aeebb"
    assert (first["status_gr_1"], first["status_gr_3"]) == ("подтверждён", "отправлен")
    lead = next(lead for lead in leads if lead["key"] == first["key"])
    assert lead["date_status_1"].startswith("2026-03-01")


def test_the_showcase_is_what_it_says(store: Store, leads: list[dict[str, Any]]) -> None:
    by_key = {lead["key"]: lead for lead in leads}
    shown = {show.kind: show for show in showcase(store)}
    assert showcase(store)[0].key == "f5086aeebb"
    for kind, code in (
        ("burning", 17),
        ("burning_returned", 17),
        ("burning_refused", 100),
        ("burning_bought_out", 17),
        ("burning_waiting", 21),
        ("burning_trash", 44),
        ("confirmed", 17),
        ("odd_name", 17),
        ("return", 17),
    ):
        double = doubles_of(store, shown[kind].key)
        assert double[-1]["key"] == shown[kind].key, kind
        assert double[0]["status_gr_1"] == STATUSES[code].name, kind
    assert doubles_of(store, shown["burning_returned"].key)[0]["status_gr_3"] == "возврат"
    assert by_key[shown["confirmed"].key]["status_1"]["id"] == 17
    assert doubles_of(store, shown["no_duplicate"].key) == []
    assert by_key[shown["phone_known"].key]["phones"] == [shown["phone_known"].phone]


def test_a_refusal_was_left_unset_by_the_first_who_talked_long(
    store: Store, leads: list[dict[str, Any]]
) -> None:
    key = next(show.key for show in showcase(store) if show.kind == "refusal_unset")
    lead = next(lead for lead in leads if lead["key"] == key)
    calls = sorted(lead["calls_t"], key=lambda call: str(call["record_time"]))
    assert lead["status_1"] is None
    first, second = [call for call in calls if call["billing_time"] > 60]
    assert first["manager"] != second["manager"]
    assert any(0 < call["billing_time"] <= 60 for call in calls)


def test_every_seeded_lead_has_a_card(store: Store, leads: list[dict[str, Any]]) -> None:
    with store.transaction() as connection:
        for lead in leads:
            assert card(connection, ZONE, str(lead["id"])) is not None


def test_an_unseeded_store_shows_nothing() -> None:
    empty = Store.open(":memory:")
    assert showcase(empty) == []
    empty.close()


def test_an_admin_of_the_chat_page_is_known_by_his_name_in_telegram(store: Store) -> None:
    names = {user.telegram: user.name for user in store.users() if user.telegram}
    assert names[MARAT.username] == "Решайкин Марат"
    assert {user.telegram for user in store.users() if user.name in OPERATORS} == {""}
