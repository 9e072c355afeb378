"""What `doctor` asks CRMKA: access, rights, clock and zone of the bot's CRM user."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from crm_api.crmka_records import Reader, is_masked, text, truth
from crm_api.crmka_session import CrmkaSession
from crm_api.errors import CrmConfig, CrmError, CrmRejected
from crm_api.http import Answer, refusal_say
from crm_api.port import DUPLICATE, RETURN_OR_EXCHANGE, Finding

_ME = "/api/v2/users/me"
_ORDERS = "/api/v2/orders"
_TREE = "/api/v2/statuses/get_by_key/{key}"
_MUST_SET = (DUPLICATE, RETURN_OR_EXCHANGE)
#: A clock that is off by more than this shifts the times that cards show.
_CLOCK_TOLERANCE = timedelta(minutes=1)
#: A newest lead further in the future than this means a wrong zone, not a wrong clock.
_ZONE_TOLERANCE = timedelta(minutes=20)

#: A kept session is used as it is: a login would end the one of the bot that runs.
_ACCESS = Finding(
    check="CRM access",
    ok=True,
    say="reached, the session is good (a kept one is not logged in anew)",
)


async def check(
    session: CrmkaSession, reader: Reader, now: Callable[[], datetime]
) -> tuple[Finding, ...]:
    """The findings, from the plainest on; where the CRM cannot be reached, only that."""
    try:
        leads = await session.call(
            "GET", _ORDERS, params={"filter": '["id",">",0]', "skip": "0", "take": "20"}
        )
    except CrmConfig as error:
        return (
            Finding(
                check="CRM access",
                ok=False,
                say=error.say,
                mend="set CRM_LOGIN and CRM_PASSWORD to a CRM user that is the bot's alone",
            ),
        )
    except CrmRejected as error:
        return (
            _ACCESS,
            Finding(
                check="CRM right to list leads",
                ok=False,
                say=refusal_say(error),
                mend="give the bot's CRM user the right to see leads",
            ),
        )
    except CrmError as error:
        return (
            Finding(
                check="CRM access",
                ok=False,
                say=error.say,
                mend="see that CRM_URL is the API's address and the CRM runs",
            ),
        )
    rows = _rows(leads)
    return (
        _ACCESS,
        await _user(session),
        _phones(rows),
        *await _statuses(session, rows),
        *_times(leads, rows, reader, now()),
    )


def _rows(leads: Answer) -> list[dict[str, Any]]:
    rows = leads.body.get("data") if isinstance(leads.body, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


async def _user(session: CrmkaSession) -> Finding:
    what = "CRM user"
    try:
        await session.call("GET", _ME)
    except (CrmError, CrmConfig) as error:
        return Finding(
            check=what,
            ok=False,
            say=refusal_say(error),
            mend="give the bot's CRM user a role with permissions",
        )
    return Finding(check=what, ok=True, say="has permissions")


async def _statuses(session: CrmkaSession, rows: list[dict[str, Any]]) -> tuple[Finding, ...]:
    """Whether the bot may set what it will have to: the CRM would skip it without a word."""
    key = next((key for row in rows if (key := text(row.get("key")))), "")
    if not key:
        return ()
    what = "CRM right to set statuses"
    mend = "let the bot's CRM user set the statuses " + ", ".join(_MUST_SET)
    try:
        tree = await session.call("GET", _TREE, path={"key": key})
    except (CrmError, CrmConfig) as error:
        return (Finding(check=what, ok=False, say=refusal_say(error), mend=mend),)
    may_set = frozenset(_settable(tree.body))
    lacking = [code for code in _MUST_SET if code not in may_set]
    if lacking:
        say = f"may not set {', '.join(lacking)}: the CRM would skip them in silence"
        return (Finding(check=what, ok=False, say=say, mend=mend),)
    return (Finding(check=what, ok=True, say=f"may set {', '.join(_MUST_SET)}"),)


def _settable(tree: Any) -> Iterator[str]:
    """The ids of the tree that the account may set."""
    todo = list(tree) if isinstance(tree, list) else []
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            if truth(node.get("is_can_set")):
                yield text(node.get("id"))
            children = node.get("children")
            todo += children if isinstance(children, list) else []


def _phones(rows: list[dict[str, Any]]) -> Finding:
    what = "CRM right to see phones"
    phones = tuple(
        text(phone) for row in rows for phone in _listed(row.get("phones")) if text(phone)
    )
    if not phones:
        return Finding(
            check=what,
            ok=False,
            say="no lead with a phone was listed, so it is not known",
            mend="let somebody create a lead and run doctor again",
        )
    if is_masked(phones):
        return Finding(
            check=what,
            ok=False,
            say="phones come masked: nothing can be written without destroying them",
            mend="give the bot's CRM user the right to see phone numbers",
        )
    return Finding(check=what, ok=True, say="phones come in full")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _times(
    leads: Answer, rows: list[dict[str, Any]], reader: Reader, now: datetime
) -> tuple[Finding, ...]:
    found = []
    if leads.server_time is not None:
        off = abs(leads.server_time - now)
        found.append(
            Finding(
                check="CRM clock",
                ok=off <= _CLOCK_TOLERANCE,
                say=f"{off.total_seconds():.0f} s apart from ours",
                mend="" if off <= _CLOCK_TOLERANCE else "set both clocks by NTP",
            )
        )
    created = [at for row in rows if (at := reader.time(row.get("created_at")))]
    if created:
        ahead = max(created) - now
        found.append(
            Finding(
                check="CRM time zone",
                ok=ahead <= _ZONE_TOLERANCE,
                say=(
                    "no lead is from the future"
                    if ahead <= _ZONE_TOLERANCE
                    else f"the newest lead is {ahead.total_seconds() / 3600:.1f} h in the future"
                ),
                mend="" if ahead <= _ZONE_TOLERANCE else "set CRM_TIMEZONE to the CRM's own zone",
            )
        )
    return tuple(found)
