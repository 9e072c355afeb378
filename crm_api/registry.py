"""The setting CRM → an adapter. A new CRM is one adapter and one line in `ADAPTERS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from crm_api.crmka import CrmkaCrm
from crm_api.errors import CrmConfig
from crm_api.port import Crm
from crm_api.settings import CrmSettings
from crm_api.tokens import TokenStore

__all__ = ["ADAPTERS", "CrmSettings", "make_crm"]

ADAPTERS: Final[Mapping[str, Callable[[CrmSettings, TokenStore], Crm]]] = MappingProxyType(
    {
        "crmka": CrmkaCrm,
    }
)


def make_crm(name: str, settings: CrmSettings, tokens: TokenStore) -> Crm:
    """The adapter of that name.

    Raises:
        CrmConfig: the name, the address or the zone is not usable.
    """
    adapter = ADAPTERS.get(name.strip().lower())
    if adapter is None:
        raise CrmConfig(f"CRM={name!r} is not known; known are: {', '.join(sorted(ADAPTERS))}")
    return adapter(settings, tokens)
