"""«Аномальные заказы» on a working day: the script says one price, the site another."""

from __future__ import annotations

from tests.flows.world import LINK

ASKS = f"{LINK} в скрипте 3990, на сайте 4990"
PRICES = "(в скрипте 3 990 ₽, на сайте 4 990 ₽)"
OTHER = "12ad97526e"
OTHER_LINK = f"https://crm.example/orders/{OTHER}"


def plain(words: str) -> str:
    return words.replace("\u00a0", " ")
