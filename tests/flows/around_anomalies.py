"""What may be around a case of «Аномальные заказы»."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.flows import anomalies as anomaly
from bot.flows.anomalies.case import Ruling
from bot.flows.anomalies.case import known as lead_of_anomaly
from bot.flows.anomalies.prices import Prices
from bot.flows.asking import Asker
from bot.flows.records import Around, Case, Person
from tests.flows.world import NEW, NOW, a_lead


def anomalies() -> Around:
    """The same project and prices were decided already, and are asked about elsewhere."""
    marat, olya = Person(id=201, name="Марат"), Person(id=103, name="Зоя")
    known = lead_of_anomaly(a_lead(NEW))
    data = anomaly.Data(
        asked="",
        askers=(Asker(person=olya, post=5),),
        prices=Prices(script=Decimal(3990), site=Decimal(4990)),
        known=known,
    )
    open_ = Case(
        id=8, state=anomaly.State.WAITING, round=1, lead="aaaaaaaaaa", poster=olya, post=5,
        posted_at=NOW, data=data,
    )  # fmt: skip
    ruling = Ruling(which=anomaly.Which.SITE, price=Decimal(4990), by=marat, at=NOW)
    decided = replace(
        open_, id=7, state=anomaly.State.DECIDED, lead="bbbbbbbbbb",
        data=replace(data, decision=ruling),
    )  # fmt: skip
    return Around(cases=(decided, open_))
