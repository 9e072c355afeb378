"""What goes to CRMKA and comes back, outside its records: filters, phones, comments, rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from crm_api.crmka_records import is_masked, text
from crm_api.errors import CrmConfig
from crm_api.http import BadAnswer
from crm_api.port import CrmUser, Lead, LeadBrief

#: The longest comment that is sent, in characters, and the longest last line that is kept whole.
LONGEST_COMMENT: Final = 4000
_LONGEST_TAG_LINE: Final = 500


def phones_to_give_back(lead: Lead) -> Any:
    """The phones for a PUT, exactly as they were read.

    Raises:
        CrmConfig: they are masked or were not read, so that the PUT would destroy them.
    """
    if lead.phones_masked or is_masked((*lead.phones, lead.raw_version)):
        raise CrmConfig(
            "the bot's CRM user may not see phone numbers, and writing would destroy them:"
            " give it that right"
        )
    if "phones" in lead.missing or not lead.raw_version:
        raise CrmConfig(
            "the CRM sent the lead without its phones, and writing would delete them:"
            " give the bot's CRM user the right to see them"
        )
    return json.loads(lead.raw_version)


def keyed(rows: Any, what: str) -> list[tuple[str, dict[str, Any]]]:
    """Rows with their keys; one without a key makes the answer unusable, not shorter."""
    if not isinstance(rows, list):
        raise BadAnswer(f"{what}: no list in the answer")
    found = []
    for row in rows:
        key = text(row.get("key")).lower() if isinstance(row, dict) else ""
        if not key:
            raise BadAnswer(f"{what}: a row without its key")
        found.append((key, row))
    return found


def any_of(field: str, values: Iterable[str]) -> list[Any]:
    """The filter `[[field, "=", a], "or", [field, "=", b], …]`; of one value the condition."""
    conditions: list[Any] = [[field, "=", value] for value in values]
    if len(conditions) == 1:
        return list(conditions[0])
    joined: list[Any] = conditions[:1]
    for condition in conditions[1:]:
        joined += ["or", condition]
    return joined


def filled(row: LeadBrief, known: LeadBrief | None) -> LeadBrief:
    """A row of order_doubles with what the list knows besides."""
    if known is None:
        return row
    # What order_doubles says of the status stands where the list's record came without it.
    disposition = known.disposition if known.disposition.label else row.disposition
    return replace(
        known,
        project=row.project or known.project,
        created_at=row.created_at or known.created_at,
        disposition=disposition,
        delivery_status=row.delivery_status or known.delivery_status,
        payment_status=row.payment_status or known.payment_status,
        country=row.country or known.country,
        currency=row.currency or known.currency,
        client_name=row.client_name or known.client_name,
    )


def created(brief: LeadBrief) -> datetime:
    """For sorting: a lead without a time stands before all."""
    return brief.created_at or datetime.min.replace(tzinfo=UTC)


def last_line(said: str) -> str:
    """Where a comment carries its tag."""
    return said.rpartition("\n")[2]


def shortened(said: str) -> str:
    """A comment of a sensible length whose last line, or at least its end, survives."""
    if len(said) <= LONGEST_COMMENT:
        return said
    end = f"\n{last_line(said)}"
    if len(end) > _LONGEST_TAG_LINE:
        end = said[-_LONGEST_TAG_LINE:]
    return f"{said[: LONGEST_COMMENT - len(end) - 1]}…{end}"


def is_named(user: CrmUser, words: Sequence[str]) -> bool:
    """Whether a user is meant by «Фамилия», «Фамилия Имя», a login or a @name."""
    if words[0].startswith("@"):
        return user.telegram.casefold() == words[0][1:].casefold()
    if user.login.casefold() == words[0].casefold():
        return True
    names = {_plain(name) for name in f"{user.last_name} {user.first_name}".split()}
    # One word may begin a name; several must each be one, or «Иванов И» would be anybody.
    if len(words) == 1:
        return any(name.startswith(_plain(words[0])) for name in names)
    return {_plain(word) for word in words} <= names


def _plain(word: str) -> str:
    return word.casefold().replace("ё", "е")


def compact(value: Any) -> str:
    """JSON as a query carries it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
