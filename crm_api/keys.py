"""Pasted text → the keys of leads that stand there without their link, whole or not. Pure.

A key is letters and digits, as the CRM's pages are named. A number may be anything: by itself it
names no lead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from crm_api.links import find_leads
from crm_api.port import LeadRef

#: So many signs may be missing, or be too many, where somebody still meant a key.
_MOST_OFF: Final = 2
_WORD: Final = r"[A-Za-z0-9]{8,}"
_ANY: Final = re.compile(rf"\b{_WORD}\b")
#: Not within a longer word, an address or the name of a file.
_ALONE: Final = re.compile(rf"(?<![\w./\\@=&%-]){_WORD}(?![\w/\\@=&%-]|\.\w)")
#: What is called something else is none: «артикул f5086aeebb», «модель 9a8b7c6d».
_OF_SOMETHING_ELSE: Final = re.compile(
    r"(?:\b(?:артикул|модел|цвет|парол|промокод|серийн|трек)\w*|\bарт|\bкод\w*\s+товара)"
    r"(?:\W{1,3}номер)?\W{0,3}$",
    re.IGNORECASE,
)
#: Its letters before the key.
_BEFORE: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What was found.

    Attributes:
        leads: of whole keys; each once, in order.
        near: what was meant for one; "": nothing.
        lacks: how many signs that has too few; below 0: too many.
        text: what is said besides.
    """

    leads: tuple[LeadRef, ...] = ()
    near: str = ""
    lacks: int = 0
    text: str = ""


class KeyReader:
    """Knows a key when it sees one. Nothing is fetched.

    Args:
        hosts: whose links count, as `host_of` spells them.
        lead_in_path: the CRM's own pattern.
        lead_url: its page of a lead.
    """

    def __init__(
        self,
        *,
        hosts: frozenset[str],
        lead_in_path: Callable[[str], LeadRef | None],
        lead_url: Callable[[str], str],
    ) -> None:
        self._hosts = hosts
        self._lead_in_path = lead_in_path
        self._lead_url = lead_url

    def read(self, text: str) -> Keys:
        """The keys of a text, the links of which name no lead."""
        if _ANY.search(text) is None:
            return Keys(text=text)
        leads: list[LeadRef] = []
        near = [(lead.text, self._lacks(self._path(lead.text))) for lead in self._cut_links(text)]

        def left(word: re.Match[str]) -> str:
            before = text[max(0, word.start() - _BEFORE) : word.start()]
            if not _is_mixed(word[0]) or _OF_SOMETHING_ELSE.search(before):
                return word[0]
            path = self._path(word[0])
            if (lead := self._lead_in_path(path)) is not None:
                leads.append(lead)
                return ""
            if lacks := self._lacks(path):
                near.append((word[0], lacks))
                return ""
            return word[0]

        said = _ALONE.sub(left, text)
        word, lacks = near[0] if near else ("", 0)
        return Keys(leads=tuple(dict.fromkeys(leads)), near=word, lacks=lacks, text=said)

    def _cut_links(self, text: str) -> tuple[LeadRef, ...]:
        """The last words of our links that would name a lead but for a sign or two."""
        return find_leads(text, (), hosts=self._hosts, lead_in_path=self._nearly)

    def _nearly(self, path: str) -> LeadRef | None:
        word = path.rstrip("/").rpartition("/")[2]
        if not _is_mixed(word) or not self._lacks(path.rstrip("/")):
            return None
        return LeadRef(text=word)

    def _lacks(self, path: str) -> int:
        """How many signs the last word of a path has too few for a key; 0: it is no such word."""
        for signs in range(1, _MOST_OFF + 1):
            if self._lead_in_path(path + "0" * signs) is not None:
                return signs
            lead = self._lead_in_path(path[:-signs])
            # «150000tg» is a sum, and no number of a lead with two signs too many.
            if lead is not None and _is_mixed(lead.text):
                return -signs
        return 0

    def _path(self, word: str) -> str:
        return urlsplit(self._lead_url(word)).path


def _is_mixed(word: str) -> bool:
    """Letters and digits: neither a number nor a word."""
    return not (word.isdecimal() or word.isalpha())
