"""Keyboards under a bot's messages, checked as Telegram checks them."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from sandbox.telegram.errors import bad_request
from sandbox.telegram.model import Json

MAX_BUTTONS = 100
MAX_CALLBACK_BYTES = 64
STYLES = frozenset({"primary", "success", "danger"})

#: What a press may do; a button has exactly one of them.
_DEEDS = frozenset(
    {
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    }
)
_LOOKS = frozenset({"text", "style", "icon_custom_emoji_id"})
_OTHER_KEYBOARDS = {
    "keyboard": {
        "keyboard",
        "is_persistent",
        "resize_keyboard",
        "one_time_keyboard",
        "input_field_placeholder",
        "selective",
    },
    "remove_keyboard": {"remove_keyboard", "selective"},
    "force_reply": {"force_reply", "input_field_placeholder", "selective"},
}


def stored(raw: Json | None) -> Json | None:
    """Check a `reply_markup` and give what the message keeps of it.

    Only inline keyboards belong to a message; the others change the client's own keyboard and
    are not shown again. An empty inline keyboard is none.

    Raises:
        BotApiError: 400 in Telegram's words.
    """
    if not raw:
        return None
    if "inline_keyboard" in raw:
        return inline(raw)
    for kind, allowed in _OTHER_KEYBOARDS.items():
        if kind in raw:
            _no_others(raw, allowed, "reply_markup")
            return None
    raise bad_request("can't parse reply keyboard markup JSON object")


def inline(raw: Json | None) -> Json | None:
    """Check an inline keyboard; edits take no other."""
    if not raw:
        return None
    _no_others(raw, {"inline_keyboard"}, "reply_markup")
    rows = raw.get("inline_keyboard")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request("can't parse inline keyboard markup JSON object")
    kept = [[_button(button) for button in row] for row in rows if row]
    if sum(map(len, kept)) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": kept} if kept else None


def _button(raw: object) -> Json:
    if not isinstance(raw, dict):
        raise bad_request("can't parse inline keyboard button: expected an Object")
    button: Json = {key: value for key, value in raw.items() if value is not None}
    _no_others(button, _DEEDS | _LOOKS, "InlineKeyboardButton")
    text = button.get("text")
    if not isinstance(text, str):
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    if not text.strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    if button.get("style", "primary") not in STYLES:
        raise bad_request("invalid button style specified")
    deeds = button.keys() & _DEEDS
    if not deeds:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(deeds) > 1:
        raise bad_request("can't parse inline keyboard button: more than one action is specified")
    if "callback_data" in button:
        _check_data(button["callback_data"])
    if "url" in button:
        _check_url(button["url"])
    return button


def _check_data(data: object) -> None:
    if not isinstance(data, str) or not 1 <= len(data.encode()) <= MAX_CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")


def _check_url(url: object) -> None:
    if not isinstance(url, str) or not _is_reachable(url):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _is_reachable(url: str) -> bool:
    """Say whether Telegram takes the address: a bare name such as `localhost` it does not."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme == "tg":
        return True
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"}:
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host.strip(".")
    return True


def _no_others(raw: Json, allowed: set[str] | frozenset[str], where: str) -> None:
    for name in raw.keys() - allowed:
        raise bad_request(f'unknown field "{name}" in {where}')
