"""What an installation tells of its CRM."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crm_api.errors import CrmConfig
from crm_api.http import TIMEOUT
from crm_api.links import host_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmSettings:
    """Address, account and habits of one CRM.

    Attributes:
        url: the API's address (CRM_URL).
        web_url: the address of the pages, "" where it is the API's (CRM_WEB_URL).
        login: the bot's own CRM user (CRM_LOGIN).
        password: its password, or the key of a CRM that has no logins (CRM_PASSWORD).
        timezone: IANA name of the zone in which the CRM writes its times (CRM_TIMEZONE).
        link_hosts: further hosts, `host` or `host:port`, whose links name leads (CRM_LINK_HOSTS).
        timeout: seconds for one request.
    """

    url: str
    web_url: str = ""
    login: str = ""
    password: str = field(default="", repr=False)
    timezone: str = "Asia/Almaty"
    link_hosts: tuple[str, ...] = ()
    timeout: float = TIMEOUT

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts whose links count, as `crm_api.links` compares them."""
        named = (self.web_url or self.url, *self.link_hosts)
        return frozenset(host for name in named if (host := host_of(name)))

    def zone(self) -> ZoneInfo:
        """The CRM's own zone.

        Raises:
            CrmConfig: there is no zone of this name.
        """
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Asia" is a directory
            raise CrmConfig(
                f"CRM_TIMEZONE={self.timezone!r} is no zone; name one like Asia/Almaty"
            ) from None
