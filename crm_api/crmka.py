"""CRMKA v2, the call centre's own CRM.

Its traps, each met below: one session per account (`crmka_session`); every PUT must give the phones
back, and a masked phone given back would destroy the number; `sales` in a PUT deletes the rows left
out; a status that the user may not set is skipped in silence; opening a card marks its duplicates.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

from crm_api.crmka_check import check
from crm_api.crmka_records import Reader, oldest_first, text
from crm_api.crmka_session import CrmkaSession
from crm_api.crmka_wire import (
    any_of,
    compact,
    created,
    filled,
    is_named,
    keyed,
    last_line,
    phones_to_give_back,
    shortened,
)
from crm_api.errors import (
    CrmConfig,
    CrmError,
    CrmNotFound,
    CrmRejected,
    CrmTemporary,
    CrmUnsupported,
    Fate,
)
from crm_api.http import Answer, BadAnswer, HttpApi
from crm_api.port import Call, CrmUser, Finding, Lead, LeadBrief, LeadRef
from crm_api.settings import CrmSettings
from crm_api.tokens import TokenStore

_ORDERS = "/api/v2/orders"
_ORDER = "/api/v2/orders/{key}"
_DOUBLES = "/api/v2/order_doubles/{key}"
_CALLS = "/api/v2/calls"
_PIN = "/api/v2/orders/refuse_order/{id}"
_MANAGER = "/api/v2/orders/change_m/{key}"
_SEARCH_USERS = "/api/v2/users/0/search_users"

_KEY = re.compile(r"[0-9a-f]{10}")
_NUMBER = re.compile(r"[0-9]{1,9}")
#: The list gives no more at once.
_MOST_LEADS = 200
_CALLS_PAGE = 50
#: Calls of one lead beyond this are a fault of the list, not work.
_MOST_CALLS = 1000
#: Keys in one filter: longer queries meet the line limit of web servers (8 KB).
_MOST_KEYS = 60
_RUSSIA_AND_KAZAKHSTAN = re.compile(r"7(\d{10})")


class CrmkaCrm:
    """The port `crm_api.port.Crm` over CRMKA's API.

    Args:
        settings: address, account and zone.
        tokens: where the access token is kept and shared.
        now: the clock, for `check`.

    Raises:
        CrmConfig: the address or the zone is not usable.
    """

    name = "crmka"

    def __init__(
        self,
        settings: CrmSettings,
        tokens: TokenStore,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._web_url = (settings.web_url or settings.url).rstrip("/")
        self._http = HttpApi(settings.url, timeout=settings.timeout)
        self._session = CrmkaSession(self._http, settings, tokens)
        self._reader = Reader(settings.zone(), self.lead_url)
        self._now = now

    def lead_in_path(self, path: str) -> LeadRef | None:
        """The lead in a path with a segment `orders` and then the key or the numeric id."""
        segments = [part for part in unquote(path).casefold().split("/") if part]
        for before, segment in pairwise(segments):
            if before != "orders":
                continue
            if _KEY.fullmatch(segment):
                return LeadRef(text=segment)
            if _NUMBER.fullmatch(segment) and int(segment):
                return LeadRef(text=str(int(segment)))
        return None

    def lead_url(self, lead_id: str) -> str:
        """The page of a lead for a person."""
        return f"{self._web_url}/orders/{lead_id}"

    async def read_lead(self, ref: LeadRef) -> Lead:
        """The lead as it is now. Opening writes: the CRM marks a duplicate, and logs who opened."""
        return await self._open(await self._key(ref))

    async def read_with_earlier(self, ref: LeadRef) -> tuple[Lead, tuple[LeadBrief, ...]]:
        """The lead, and other leads with the same first phone, which are not opened."""
        key = await self._key(ref)
        # They want nothing but the key, and an operator waits with a client on the line.
        earlier = asyncio.create_task(self._earlier(key))
        try:
            lead = await self._open(key)
        except BaseException:
            earlier.cancel()
            # Until it has let go, of a login's lock too. What was wrong with it counts no more.
            await asyncio.gather(earlier, return_exceptions=True)
            raise
        return lead, await earlier

    async def find_by_phone(self, phone: str) -> tuple[LeadBrief, ...]:
        """Leads of a number, newest first, in the spellings in which a CRM may hold it."""
        forms = [phone]
        if match := _RUSSIA_AND_KAZAKHSTAN.fullmatch(phone):
            forms += [f"8{match[1]}", match[1]]
        # Whole numbers only: parts of one are refused to a user who may not see phones.
        leads = await self._list(any_of("phones", forms), take=_MOST_LEADS)
        briefs = [self._reader.brief(raw, key) for key, raw in leads]
        return tuple(sorted(briefs, key=created, reverse=True))

    async def calls(self, lead: Lead) -> tuple[Call, ...]:
        """All calls, oldest first; the lead record itself has 20 of them at most."""
        found: list[Call] = []
        while True:
            rows = await self._page(
                _CALLS, ["order_key", "=", lead.id], take=_CALLS_PAGE, skip=len(found)
            )
            found += [self._reader.call(row) for row in rows if isinstance(row, dict)]
            if len(rows) < _CALLS_PAGE or len(found) >= _MOST_CALLS:
                return oldest_first(found)

    async def add_comment(self, lead: Lead, text: str) -> Lead:
        """Append a comment; where it is too long its last line, with the tag, is kept."""
        said = shortened(text)

        def shows(after: Lead) -> bool:
            return any(last_line(said) in comment.text for comment in after.comments)

        return await self._put(lead, {"comment": said}, shows)

    async def set_disposition(self, lead: Lead, code: str) -> Lead:
        """Ask for a sales status; the CRM skips without a word what the user may not set."""
        if not _NUMBER.fullmatch(code):
            raise CrmUnsupported("a status of this CRM is a number")
        change = {"statuses": {"1": int(code)}}
        return await self._put(lead, change, lambda after: after.disposition.code == code)

    async def pin_refusal(self, lead: Lead) -> Lead:
        """Press «Закрепить отказ за первым говорившим»; the CRM's own choice is to be read back.

        Raises:
            CrmRejected: no call of somebody else longer than 60 s; `fields` has the CRM's words.
        """
        if not _NUMBER.fullmatch(lead.number):
            raise BadAnswer(
                "the lead was read without its number, which pinning needs", fate=Fate.NOT_MADE
            )
        answer = await self._session.call(
            "POST", _PIN, path={"id": lead.number}, expect=frozenset({404})
        )
        if answer.status == 404:  # noqa: PLR2004 -- HTTP
            said = answer.body if isinstance(answer.body, dict) else {}
            # One status for two things: fields are complained of only when the lead is unknown.
            if said.get("errors") or not said.get("message"):
                raise CrmNotFound(f"POST {_PIN}: 404, the CRM does not know this record")
            raise CrmRejected(
                f"POST {_PIN}: no call of another operator is long enough",
                fields={"message": text(said.get("message"))},
            )
        return await self._after(lead)

    async def set_manager(self, lead: Lead, user_id: str) -> Lead:
        """Make a user responsible; the field `operator` stays as it is."""
        if not _NUMBER.fullmatch(user_id):
            raise CrmUnsupported("a user's id of this CRM is a number")
        await self._session.call(
            "PUT", _MANAGER, path={"key": lead.id}, body={"manager_id": int(user_id)}
        )
        return await self._after(lead)

    async def find_users(self, query: str) -> tuple[CrmUser, ...]:
        """Users of a surname, of «Фамилия Имя» in any order, or of a Telegram @name."""
        words = query.split()
        if not words:
            return ()
        answer = await self._session.call(
            "GET",
            _SEARCH_USERS,
            params={"query": words[0].lstrip("@"), "page": "1", "per_page": "50"},
        )
        body = answer.body
        rows = body.get("data") if isinstance(body, dict) else body
        if not isinstance(rows, list):
            raise BadAnswer(f"GET {_SEARCH_USERS}: no list in the answer")
        users = [self._reader.user(row) for row in rows if isinstance(row, dict)]
        return tuple(user for user in users if user.id and is_named(user, words))

    async def check(self) -> tuple[Finding, ...]:
        """Access and rights of the bot's CRM user; never raises."""
        return await check(self._session, self._reader, self._now)

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def _key(self, ref: LeadRef) -> str:
        """The key of the lead that is named so; the CRM is asked only for that of a number."""
        named = ref.text.lower()
        if _KEY.fullmatch(named):
            return named
        if not _NUMBER.fullmatch(named):
            raise CrmNotFound("no lead is named like that: neither a key nor a number")
        number = str(int(named))
        leads = await self._list(["id", "=", int(number)], take=1)
        # Checked, because a CRM that ignored the filter would hand us somebody else's lead.
        key = next((key for key, raw in leads if text(raw.get("id")) == number), None)
        if key is None:
            raise CrmNotFound(f"GET {_ORDERS}: no lead has this number")
        return key

    async def _earlier(self, key: str) -> tuple[LeadBrief, ...]:
        """Other leads with the same first phone, oldest first."""
        try:
            answer = await self._session.call("GET", _DOUBLES, path={"key": key})
        except CrmNotFound as error:
            # Whether the lead is there is said by its record alone.
            raise BadAnswer(error.say) from None
        found = keyed(answer.body, f"GET {_DOUBLES}")
        rows = [self._reader.double(raw, other) for other, raw in found if other != key]
        rows.sort(key=created)
        try:
            known = await self._briefs([row.id for row in rows])
        except CrmError:
            # An operator waits: status, date and project are worth more now than all of it later.
            return tuple(rows)
        return tuple(filled(row, known.get(row.id)) for row in rows)

    async def _open(self, key: str) -> Lead:
        answer = await self._session.call("GET", _ORDER, path={"key": key})
        lead = self._as_lead(answer, key)
        if lead is None:
            raise BadAnswer(f"GET {_ORDER}: the answer is not this lead")
        return lead

    def _as_lead(self, answer: Answer, key: str) -> Lead | None:
        raw = answer.body
        if not isinstance(raw, dict) or not raw.keys() & {"id", "key", "phones", "client_name"}:
            return None
        if text(raw.get("key")).lower() not in {"", key}:
            return None
        return self._reader.lead(raw, key)

    async def _put(self, lead: Lead, change: dict[str, Any], shows: Callable[[Lead], bool]) -> Lead:
        """Change a lead; the lead after, where `shows` tells whether it has the change."""
        body = {"phones": phones_to_give_back(lead), **change}
        try:
            answer = await self._session.call("PUT", _ORDER, path={"key": lead.id}, body=body)
        except BadAnswer as error:
            after = await self._after(lead)
            if not shows(after):
                # Not the CRM's word: it may get to the change yet, and has refused nothing.
                raise BadAnswer(error.say, fate=Fate.UNDER_WAY) from None
            return after
        told = self._as_lead(answer, lead.id)
        if told is None or not set(told.missing) <= set(lead.missing):
            return await self._after(lead)
        return told

    async def _after(self, lead: Lead) -> Lead:
        """The lead, read again behind a change whose own answer tells nothing."""
        try:
            return await self._open(lead.id)
        except (CrmError, CrmConfig) as error:
            # It was the reading that failed, or was refused. Of the change nobody knows.
            wait = error.retry_after if isinstance(error, CrmTemporary) else None
            raise CrmTemporary(error.say, retry_after=wait, fate=Fate.UNDER_WAY) from None

    async def _briefs(self, keys: Sequence[str]) -> dict[str, LeadBrief]:
        """What the list says of these leads; of very many the first and the last."""
        if len(keys) > _MOST_KEYS:
            half = _MOST_KEYS // 2
            keys = [*keys[:half], *keys[-half:]]
        if not keys:
            return {}
        leads = await self._list(any_of("key", keys), take=len(keys))
        return {key: self._reader.brief(raw, key) for key, raw in leads}

    async def _list(self, wanted: list[Any], *, take: int) -> list[tuple[str, dict[str, Any]]]:
        return keyed(await self._page(_ORDERS, wanted, take=take), f"GET {_ORDERS}")

    async def _page(
        self, template: str, wanted: list[Any], *, take: int, skip: int = 0
    ) -> list[Any]:
        params = {"filter": compact(wanted), "skip": str(skip), "take": str(take)}
        answer = await self._session.call("GET", template, params=params)
        rows = answer.body.get("data") if isinstance(answer.body, dict) else None
        if not isinstance(rows, list):
            # Never to be taken for "none found".
            raise BadAnswer(f"GET {template}: no list in the answer")
        return rows
