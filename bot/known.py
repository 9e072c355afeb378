"""Who a poster is in the CRM was told, or untold: his open cases that depend on it hear that.

Each by a row of its own, in the transaction that notes it: a link is tied at once however many
cases there are, and none of them is forgotten. What the row brings is no name: the lead is read
anew, and judged by who he is then. A case that this transaction cannot see yet, and one that is
closed, reads its lead later, and sees the link itself (`Sight.with_poster`).
"""

from __future__ import annotations

from datetime import datetime

from bot.flows.base import Flows
from bot.flows.records import Need
from storage.uow import UnitOfWork

#: The outbox's word for it.
POSTER_KNOWN = "poster_known"


async def link(
    uow: UnitOfWork, flows: Flows, person_id: int, *, crm_user: str, crm_name: str, now: datetime
) -> None:
    """Note who he is in the CRM; "": nobody that we know of."""
    before = await uow.people.person(person_id)
    await uow.people.link(person_id, crm_user=crm_user, crm_name=crm_name)
    if before is None or before.crm_name == crm_name:
        return
    concerned = [name for name, flow in flows.items() if Need.CRM_NAME in flow.needs]
    for case_id in await uow.open_cases.of(person_id, concerned):
        await uow.outbox.add(
            now=now,
            destination="crm",
            # It asks the CRM nothing, and waits for nothing that does.
            lane=f"known:{case_id}",
            kind=POSTER_KNOWN,
            payload={},
            case_id=case_id,
        )
