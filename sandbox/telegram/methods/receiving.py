"""Methods that say how updates come."""

from __future__ import annotations

import ipaddress
import re
from typing import Literal
from urllib.parse import urlsplit

from sandbox.telegram.delivery import LONGEST_POLL, MOST_AT_ONCE
from sandbox.telegram.errors import bad_request
from sandbox.telegram.model import Json, Webhook
from sandbox.telegram.params import DeleteWebhook, GetUpdates, Nothing, SetWebhook
from sandbox.telegram.telegram import Telegram

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_MOST_CONNECTIONS = 100


async def get_updates(tg: Telegram, asked: GetUpdates) -> list[Json]:
    """Wait for updates; numbers out of range are brought into it, as Telegram does."""
    tg.updates.allow(asked.allowed_updates)
    limit = min(max(asked.limit, 1), MOST_AT_ONCE)
    seconds = min(max(asked.timeout, 0), LONGEST_POLL)
    return await tg.polling.wait(asked.offset, limit, seconds)


def set_webhook(tg: Telegram, asked: SetWebhook) -> Literal[True]:
    """Have updates pushed; an empty address takes the webhook away."""
    if asked.url:
        _check_address(asked.url)
    if asked.secret_token and not _SECRET.fullmatch(asked.secret_token):
        raise bad_request("secret token contains unallowed characters")
    tg.updates.allow(asked.allowed_updates)
    if asked.drop_pending_updates:
        tg.updates.drop_pending()
    connections = min(max(asked.max_connections, 1), _MOST_CONNECTIONS)
    tg.world.webhook = (
        Webhook(asked.url, asked.secret_token, connections, asked.ip_address)
        if asked.url
        else Webhook()
    )
    tg.polling.end("setWebhook request")
    return True


def delete_webhook(tg: Telegram, asked: DeleteWebhook) -> Literal[True]:
    """Go back to `getUpdates`."""
    tg.world.webhook = Webhook()
    if asked.drop_pending_updates:
        tg.updates.drop_pending()
    return True


def get_webhook_info(tg: Telegram, _asked: Nothing) -> Json:
    """Give the webhook's state and its latest trouble."""
    hook = tg.world.webhook
    info: Json = {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": tg.updates.count(),
    }
    if hook.url:
        info["max_connections"] = hook.max_connections
        if hook.ip_address:
            info["ip_address"] = hook.ip_address
    if hook.last_error_date is not None:
        info["last_error_date"] = hook.last_error_date
        info["last_error_message"] = hook.last_error_message
    if tg.world.allowed_updates:
        info["allowed_updates"] = tg.world.allowed_updates
    return info


def _check_address(url: str) -> None:
    """Ask for HTTPS, except on loopback, where there is nothing to listen in on."""
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in {"http", "https"}:
        raise bad_request("bad webhook: URL host is empty")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
