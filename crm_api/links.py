"""Pasted text → the leads that its links name. Pure: links are read, never fetched.

Only the CRM's own hosts count, compared whole with their port: no suffix, no user part
(`https://crm.example@evil.example/`), no backslash. Default ports, upper case, a closing dot and
the two spellings of a Cyrillic domain are one host.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

from crm_api.port import LeadRef

#: What ends a link in running text: space, quotes, brackets, and the invisible signs that come
#: along when a link is copied out of a page.
_ENDS: Final = r"\s<>\"'`«»„“”‚‘’‹›\[\]{}|\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_REST: Final = rf"(?:(?!https?://)[^{_ENDS}])*"
_LINK: Final = re.compile(
    # An IPv6 host: its brackets end every other link.
    rf"https?://\[[0-9a-f:.]+\](?::\d+)?/{_REST}"
    rf"|https?:/{{2,}}{_REST}"
    # Any other scheme is read as well, so that its host is not taken for one without a scheme.
    rf"|(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*:/{{2,}}{_REST}"
    # Without a scheme: a host that begins where a word begins, and has a path.
    rf"|(?<![\w.@:/\\%-])(?://)?[\w-][\w.-]*(?::\d+)?/{_REST}",
    re.IGNORECASE,
)
_TRAILING: Final = ".,;:!?…)*_~-%"
#: What glues a word to a link without a space: «…/orders/36973,могу», «…/orders/36973могу»,
#: «…/orders/36973-могу».
_GLUED: Final = re.compile(r"[-_%]*(?:[^\w/%-]|[^\x00-\x7f])[^/]*")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def find_leads(
    text: str,
    urls: Sequence[str],
    *,
    hosts: frozenset[str],
    lead_in_path: Callable[[str], LeadRef | None],
) -> tuple[LeadRef, ...]:
    """The leads of a post, each once, in the order of their links.

    Args:
        text: the text or caption.
        urls: the hidden addresses of text links.
        hosts: whose links count, as `host_of` spells them.
        lead_in_path: the CRM's own pattern.
    """
    found = (lead for host, lead in _leads(text, urls, lead_in_path) if host in hosts)
    return tuple(dict.fromkeys(found))


def foreign_hosts(
    text: str,
    urls: Sequence[str],
    *,
    hosts: frozenset[str],
    lead_in_path: Callable[[str], LeadRef | None],
) -> tuple[str, ...]:
    """Other hosts whose links look like leads, so that the operator can be told; each once.

    A host that cannot be read, or hides behind a user part, is "".
    """
    found = (host for host, _ in _leads(text, urls, lead_in_path) if host not in hosts)
    return tuple(dict.fromkeys(found))


def host_of(address: str) -> str:
    """`host` or `host:port` of an address or of a bare host, as links are compared; "" if none."""
    scheme, separator, after = address.strip().partition("://")
    if not separator:
        scheme, after = "", address.strip()
    return _host(scheme.lower(), re.split(r"[/?#]", after, maxsplit=1)[0])


def _leads(
    text: str, urls: Sequence[str], lead_in_path: Callable[[str], LeadRef | None]
) -> Iterator[tuple[str, LeadRef]]:
    for link in (*(match[0] for match in _LINK.finditer(text)), *urls):
        scheme, separator, after = link.partition("://")
        if not separator:
            scheme, after = "", link
        # The end of it: words are pasted together, «okhttps://…».
        named = re.search(r"(https?)?$", scheme.strip().lower())
        scheme = named[0] if named else ""
        if separator and not scheme:
            continue
        authority, rest = _split(after.lstrip("/"))
        lead = _lead(rest, lead_in_path)
        if lead is not None:
            yield _host(scheme, authority), lead


def _split(after: str) -> tuple[str, str]:
    """Authority and the rest. A backslash is a slash to browsers: what follows it is no host."""
    match = re.search(r"[/?#\\]", after)
    return (after, "") if match is None else (after[: match.start()], after[match.start() :])


def _lead(rest: str, lead_in_path: Callable[[str], LeadRef | None]) -> LeadRef | None:
    path, _, fragment = rest.partition("#")
    # Pages that live in the fragment (`/#/orders/…`) count as well; a query does not.
    for part in (path.partition("?")[0], fragment.partition("?")[0]):
        clean = part.rstrip(_TRAILING)
        # A browser writes a dash, a space or a Russian word behind it in percents.
        for candidate in (clean, _GLUED.sub("", clean), _GLUED.sub("", unquote(clean))):
            if (lead := lead_in_path(candidate)) is not None:
                return lead
    return None


def _host(scheme: str, authority: str) -> str:
    """The comparable spelling of an authority; "" for one that cannot be trusted."""
    if not authority or re.search(r"[@\\%\s]", authority):
        return ""
    try:
        parts = urlsplit(f"//{authority}")
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    name = _ascii(name.removesuffix("."))
    if not name:
        return ""
    if ":" in name:
        name = f"[{name}]"
    # Without a scheme nobody knows which port is the default: both are.
    default = (_DEFAULT_PORTS.get(scheme),) if scheme else tuple(_DEFAULT_PORTS.values())
    return name if port is None or port in default else f"{name}:{port}"


def _ascii(name: str) -> str:
    """A host's name in lower case and punycode; "" where it has none."""
    if name.isascii():
        return name.lower()
    try:
        return unicodedata.normalize("NFKC", name).lower().encode("idna").decode("ascii")
    except UnicodeError:
        return ""
