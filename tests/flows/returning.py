"""«Возврат Обмен» for its tests: a client who has bought, and calls today."""

from __future__ import annotations

from dataclasses import replace

from bot.flows.records import Role
from bot.flows.returns import Returns
from tests.flows.chat import Chat, Somebody
from tests.flows.world import CONFIRMED, LEAD, LINK, NEW, PHONE, TRASH, a_lead, an_order

POST = f"{LINK} шуруповёрт не включается, хочет обменять"
BOUGHT = an_order(9, CONFIRMED, "вручено, выкуплен")
RETURN = replace(TRASH, code="70", label="брак обмен")


def returns_chat() -> Chat:
    """The lead of this call is new, an earlier order was bought out."""
    chat = Chat(Returns())
    chat.crm.knows(a_lead(NEW), BOUGHT)
    return chat


def staff(chat: Chat, name: str = "Зарина") -> Somebody:
    """Somebody who calls clients back."""
    return chat.person(name, Role.RETURNS)


def with_orders(chat: Chat, number: int) -> None:
    """So many orders of the phone; the newest is the lead that the CRM knows."""
    newest = replace(an_order(1, CONFIRMED, "вручено"), id=LEAD, url=LINK)
    older = (an_order(days, CONFIRMED, "вручено") for days in range(2, number + 1))
    chat.crm.orders[PHONE] = (newest, *older)
    chat.crm.knows(a_lead(CONFIRMED), *chat.crm.orders[PHONE][1:])
