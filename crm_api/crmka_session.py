"""CRMKA's access: one session per account, so a login anywhere else kills our token.

All replicas share one token through a `TokenStore`. Whoever meets a 401 takes the lock and looks
whether another replica has renewed the token already; only then does he log in. A 401 took no
effect, so the request, a write too, may be sent again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from crm_api.errors import CrmConfig, CrmNotFound, CrmRejected, CrmTemporary, Fate
from crm_api.http import Answer, BadAnswer, HttpApi, Unauthorized
from crm_api.settings import CrmSettings
from crm_api.tokens import TokenStore

_AUTH = "/api/v2/users/auth"
_WRONG_LOGIN = "the CRM refuses the login: see CRM_LOGIN and CRM_PASSWORD"
#: What may stand in a header; a token with a line break would end it.
_TOKEN = re.compile(r"[\x21-\x7e]+")
_EMPTY: Mapping[str, str] = MappingProxyType({})


class CrmkaSession:
    """Calls with a token that is kept, shared and renewed.

    Args:
        http: the HTTP side.
        settings: the bot's own account; address and login name it in the store.
        tokens: where the token is kept.
    """

    def __init__(self, http: HttpApi, settings: CrmSettings, tokens: TokenStore) -> None:
        self._http = http
        self._login = settings.login
        self._password = settings.password
        self._tokens = tokens
        host = urlsplit(settings.url).netloc.rpartition("@")[2].lower()
        self._account = f"crmka {settings.login}@{host}"
        #: Spares a query of the store per call; a stale one is found by its 401.
        self._token: str | None = None

    async def call(
        self,
        method: str,
        template: str,
        *,
        path: Mapping[str, str] = _EMPTY,
        params: Mapping[str, str] = _EMPTY,
        body: Any = None,
        expect: frozenset[int] = frozenset(),
    ) -> Answer:
        """One request as `HttpApi.call`, with access.

        Raises:
            CrmConfig: the CRM refuses login or password.
            CrmTemporary: also when somebody else keeps taking the session away. Its fate is
                `NOT_MADE` where it is our access that is missing: without it nothing was done.
        """
        token = self._token or await self._tokens.get(self._account)
        just_made = False
        if token is None:
            token, just_made = await self._renew(None)
        while True:
            self._token = token
            try:
                return await self._http.call(
                    method,
                    template,
                    path=path,
                    params=params,
                    headers={"Authorization": f"Bearer {token}"},
                    body=body,
                    expect=expect,
                )
            except Unauthorized:
                if self._token == token:
                    self._token = None
                if just_made:
                    break
            # Ends after two rounds: another replica's token first, then one of our own making.
            token, just_made = await self._renew(token)
        raise CrmTemporary(
            f"{method} {template}: somebody else logs in with the bot's CRM account;"
            " the bot needs a CRM user of its own",
            fate=Fate.NOT_MADE,
        )

    async def _renew(self, stale: str | None) -> tuple[str, bool]:
        """A token other than the stale one, and whether it was made by this very call."""
        async with self._tokens.lock(self._account):
            stored = await self._tokens.get(self._account)
            if stored is not None and stored != stale:
                return stored, False
            try:
                token = await self._log_in()
            except CrmTemporary as error:
                # Whatever became of the login.
                wait = error.retry_after
                raise CrmTemporary(error.say, retry_after=wait, fate=Fate.NOT_MADE) from None
            await self._tokens.set(self._account, token)
            return token, True

    async def _log_in(self) -> str:
        try:
            answer = await self._http.call(
                "POST", _AUTH, body={"login": self._login, "password": self._password}
            )
        except CrmRejected:
            raise CrmConfig(_WRONG_LOGIN) from None
        except Unauthorized:
            # Wrong credentials are a 422: this is a CRM, or a proxy, that is not itself just now.
            raise CrmTemporary(f"POST {_AUTH}: 401") from None
        except CrmNotFound:
            raise CrmConfig("no CRMKA API at this address: see CRM_URL") from None
        token = answer.body.get("token") if isinstance(answer.body, dict) else None
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise BadAnswer(f"POST {_AUTH}: no token in the answer")
        return token
