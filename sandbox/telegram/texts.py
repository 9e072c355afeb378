"""Texts as Telegram judges them: TDLib's own parser, offline.

Offsets and lengths count UTF-16 code units, as everywhere in the Bot API.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import tdjson

from sandbox.telegram.errors import bad_request
from sandbox.telegram.model import Json

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
#: Telegram drops the entities of a message beyond so many.
MOST_ENTITIES = 100

#: TDLib's name of a kind of entity → the Bot API's.
_NAMES = {
    "Bold": "bold",
    "Italic": "italic",
    "Underline": "underline",
    "Strikethrough": "strikethrough",
    "Spoiler": "spoiler",
    "Code": "code",
    "Pre": "pre",
    "PreCode": "pre",
    "BlockQuote": "blockquote",
    "ExpandableBlockQuote": "expandable_blockquote",
    "TextUrl": "text_link",
    "MentionName": "text_mention",
    "CustomEmoji": "custom_emoji",
    "DateTime": "date_time",
    "Mention": "mention",
    "Hashtag": "hashtag",
    "Cashtag": "cashtag",
    "BotCommand": "bot_command",
    "Url": "url",
    "EmailAddress": "email",
    "PhoneNumber": "phone_number",
}
#: Kinds that Telegram finds by itself; a bot that names them is not believed.
_FOUND = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"}
#: Inside these nothing is found.
_CLOSED = {"code", "pre", "text_link", "text_mention", "custom_emoji"}
_MODES = {
    "html": {"@type": "textParseModeHTML"},
    "markdown": {"@type": "textParseModeMarkdown", "version": 1},
    "markdownv2": {"@type": "textParseModeMarkdown", "version": 2},
}

#: Gives a known user's JSON for a text mention, or None.
FindUser = Callable[[int], Json | None]


@dataclass(frozen=True)
class Formatted:
    """A text and its entities as the Bot API gives them."""

    text: str
    entities: list[Json] = field(default_factory=list)

    def content(self, kind: str = "text") -> Json:
        """Give the message fields for a text, or for a caption."""
        names = {"text": "entities", "caption": "caption_entities"}
        content: Json = {kind: self.text} if self.text else {}
        if self.entities:
            content[names[kind]] = self.entities
        return content


def utf16(text: str) -> int:
    """Count a text's UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def formatted(
    text: str,
    *,
    parse_mode: str | None,
    entities: list[Json] | None,
    find_user: FindUser,
) -> Formatted:
    """Parse what a bot sends, trim it and find links, mentions and commands in it.

    Raises:
        BotApiError: 400 in Telegram's words.
    """
    text = text.replace("\r", "")
    if parse_mode:
        own = _parsed(text, parse_mode, find_user)
    else:
        own = Formatted(text, _believed(text, entities or [], find_user))
    trimmed = _trimmed(own)
    merged = _merged(trimmed.entities, found(trimmed.text))
    return Formatted(trimmed.text, merged[:MOST_ENTITIES])


def found(text: str) -> list[Json]:
    """Find links, mentions, commands and the like, as Telegram's own clients do."""
    answer = _td({"@type": "getTextEntities", "text": text})
    return [e for e in (_entity(raw, lambda _: None) for raw in answer["entities"]) if e]


def check_length(text: Formatted, limit: int, words: str) -> None:
    """Refuse a text over `limit` UTF-16 code units after parsing."""
    if utf16(text.text) > limit:
        raise bad_request(words)


def _parsed(text: str, parse_mode: str, find_user: FindUser) -> Formatted:
    mode = _MODES.get(parse_mode.lower())
    if mode is None:
        raise bad_request("unsupported parse_mode")
    answer = _td({"@type": "parseTextEntities", "text": text, "parse_mode": mode})
    if answer["@type"] == "error":
        words: str = answer["message"]
        # The Bot API server writes TDLib's words with a small first letter.
        raise bad_request(words[:1].lower() + words[1:])
    entities = (_entity(raw, find_user) for raw in answer["entities"])
    return Formatted(answer["text"], [e for e in entities if e])


def _entity(raw: Json, find_user: FindUser) -> Json | None:
    kind = raw["type"]
    name = _NAMES.get(kind["@type"].removeprefix("textEntityType"))
    if name is None:
        return None
    entity: Json = {"type": name, "offset": raw["offset"], "length": raw["length"]}
    if name == "text_link":
        entity["url"] = kind["url"]
    elif name == "text_mention":
        # A mention of somebody whom the bot has never met is silently plain text.
        user = find_user(kind["user_id"])
        if user is None:
            return None
        entity["user"] = user
    elif name == "pre" and kind.get("language"):
        entity["language"] = kind["language"]
    elif name == "custom_emoji":
        entity["custom_emoji_id"] = str(kind["custom_emoji_id"])
    elif name == "date_time":
        entity["unix_time"] = kind["unix_time"]
        shown = _date_time_format(kind.get("formatting_type"))
        if shown:
            entity["date_time_format"] = shown
    return entity


#: TDLib's precisions of a date and of a time → the Bot API's letters.
_PRECISIONS = (
    ("date_precision", {"dateTimePartPrecisionShort": "d", "dateTimePartPrecisionLong": "D"}),
    ("time_precision", {"dateTimePartPrecisionShort": "t", "dateTimePartPrecisionLong": "T"}),
)


def _date_time_format(kind: Json | None) -> str:
    """Write how a moment is shown as the Bot API does: r, or w, d or D, t or T; "": as written."""
    if kind is None:
        return ""
    if kind["@type"] == "dateTimeFormattingTypeRelative":
        return "r"
    day = "w" if kind["show_day_of_week"] else ""
    return day + "".join(letters.get(kind[name]["@type"], "") for name, letters in _PRECISIONS)


def _believed(text: str, entities: list[Json], find_user: FindUser) -> list[Json]:
    """Check entities that a bot gives by itself."""
    size = utf16(text)
    believed = []
    for raw in entities:
        kind, offset, length = raw.get("type"), raw.get("offset"), raw.get("length")
        if kind not in _NAMES.values():
            raise bad_request("can't parse entities: unsupported message entity type specified")
        if not isinstance(offset, int) or not isinstance(length, int):
            raise bad_request("can't parse MessageEntity: offset and length must be numbers")
        if offset < 0 or length < 0 or offset + length > size:
            raise bad_request("can't parse entities: entity is out of the text")
        if kind in _FOUND or length == 0:
            continue
        entity = dict(raw)
        if kind == "text_mention":
            user = find_user(raw.get("user", {}).get("id", 0))
            if user is None:
                continue
            entity["user"] = user
        believed.append(entity)
    return sorted(believed, key=_order)


def _order(entity: Json) -> tuple[int, int]:
    return entity["offset"], -entity["length"]


def _trimmed(text: Formatted) -> Formatted:
    """Trim as TDLib does: all white space behind, blanks and line ends before."""
    kept = text.text.rstrip()
    first_entity = text.entities[0]["offset"] if text.entities else len(kept)
    lead = 0
    while lead < min(first_entity, len(kept)) and kept[lead] in " \n":
        lead += 1
    size = utf16(kept)
    entities = []
    for entity in text.entities:
        length = min(entity["length"], size - entity["offset"])
        if length > 0:
            entities.append(entity | {"offset": entity["offset"] - lead, "length": length})
    return Formatted(kept[lead:], entities)


def _merged(own: list[Json], discovered: list[Json]) -> list[Json]:
    closed = [e for e in own if e["type"] in _CLOSED]
    free = [d for d in discovered if not any(_overlap(d, c) for c in closed)]
    return sorted(own + free, key=_order)


def _overlap(one: Json, other: Json) -> bool:
    return bool(
        one["offset"] < other["offset"] + other["length"]
        and other["offset"] < one["offset"] + one["length"]
    )


def _td(query: Json) -> Json:
    _quieten()
    answer = tdjson.td_execute(json.dumps(query).encode())
    if answer is None:
        raise RuntimeError("TDLib gave no answer")
    return cast("Json", json.loads(answer))


@functools.cache
def _quieten() -> None:
    """Keep TDLib from writing its own log to our standard error."""
    tdjson.td_execute(b'{"@type": "setLogVerbosityLevel", "new_verbosity_level": 0}')
