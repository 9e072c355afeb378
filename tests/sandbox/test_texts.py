from __future__ import annotations

import pytest

from sandbox.telegram import TelegramSandbox
from tests.sandbox.conftest import Cast
from tests.sandbox.hand_driven import HandDrivenBot

BAD_HTML = {
    "<b>а": 'can\'t find end tag corresponding to start tag "b"',
    "<b>а</i>": 'unmatched end tag at byte offset 5, expected "</b>", found "</i>"',
    "<foo>а</foo>": 'unsupported start tag "foo" at byte offset 0',
    "а <b": "unclosed start tag at byte offset 3",
    "</b>": "unexpected end tag at byte offset 0",
}


@pytest.mark.parametrize("text", BAD_HTML)
async def test_bad_html_is_refused_in_tdlibs_words(
    bot: HandDrivenBot, cast: Cast, text: str
) -> None:
    words = await bot.refused("sendMessage", chat_id=cast.group, text=text, parse_mode="HTML")
    assert words.lower() == f"bad request: can't parse entities: {BAD_HTML[text]}"
    assert words.startswith("Bad Request: can't parse entities: ")


async def test_a_reserved_character_in_markdown_is_refused(bot: HandDrivenBot, cast: Cast) -> None:
    words = await bot.refused("sendMessage", chat_id=cast.group, text="5.", parse_mode="MarkdownV2")
    assert words == (
        "Bad Request: can't parse entities: Character '.' is reserved and must be escaped "
        "with the preceding '\\'"
    )


async def test_an_unknown_parse_mode_is_refused(bot: HandDrivenBot, cast: Cast) -> None:
    words = await bot.refused("sendMessage", chat_id=cast.group, text="а", parse_mode="BBCode")
    assert words == "Bad Request: unsupported parse_mode"


async def test_offsets_count_utf16_units(bot: HandDrivenBot, cast: Cast) -> None:
    sent = await bot.send(cast.group, "😀 <b>да</b> http://a.ru", parse_mode="HTML")
    assert sent["text"] == "😀 да http://a.ru"
    assert sent["entities"] == [
        {"type": "bold", "offset": 3, "length": 2},
        {"type": "url", "offset": 6, "length": 11},
    ]


async def test_every_kind_of_entity_keeps_its_details(bot: HandDrivenBot, cast: Cast) -> None:
    text = (
        '<a href="http://a.ru/1">т</a> <pre><code class="language-py">п</code></pre> '
        "<blockquote expandable>ц</blockquote> <tg-spoiler>с</tg-spoiler> "
        f'<a href="tg://user?id={cast.olya}">Оля</a> <a href="tg://user?id=999">нет</a>'
    )
    sent = await bot.send(cast.group, text, parse_mode="html")
    entities = {entity["type"]: entity for entity in sent["entities"]}
    assert entities["text_link"]["url"] == "http://a.ru/1"
    assert entities["pre"]["language"] == "py"
    assert entities.keys() >= {"expandable_blockquote", "spoiler"}
    assert entities["text_mention"]["user"]["id"] == cast.olya
    assert sum(e["type"] == "text_mention" for e in sent["entities"]) == 1


@pytest.mark.parametrize("shown", ["r", "w", "d", "D", "t", "T", "dt", "wDT"])
async def test_a_moment_keeps_its_time_and_how_it_is_shown(
    bot: HandDrivenBot, cast: Cast, shown: str
) -> None:
    text = f'до <tg-time unix="1773140520" format="{shown}">10.03, 14:02</tg-time>'
    sent = await bot.send(cast.group, text, parse_mode="HTML")
    assert sent["text"] == "до 10.03, 14:02"
    [entity] = sent["entities"]
    assert (entity["type"], entity["unix_time"]) == ("date_time", 1773140520)
    assert entity["date_time_format"] == shown


async def test_nothing_is_found_inside_code_or_a_text_link(bot: HandDrivenBot, cast: Cast) -> None:
    sent = await bot.send(
        cast.group, '<code>http://a.ru</code> <a href="http://b.ru">c.ru</a>', parse_mode="HTML"
    )
    assert [entity["type"] for entity in sent["entities"]] == ["code", "text_link"]


@pytest.mark.parametrize("text", ["", "   \n ", "<b> </b>"])
async def test_an_empty_text_is_refused(bot: HandDrivenBot, cast: Cast, text: str) -> None:
    words = await bot.refused("sendMessage", chat_id=cast.group, text=text, parse_mode="HTML")
    assert words == "Bad Request: message text is empty"


async def test_4096_units_after_parsing_are_the_most(bot: HandDrivenBot, cast: Cast) -> None:
    await bot.send(cast.group, "<b>" + "я" * 4096 + "</b>", parse_mode="HTML")
    words = await bot.refused("sendMessage", chat_id=cast.group, text="😀" * 2049)
    assert words == "Bad Request: message is too long"


async def test_a_text_is_trimmed_and_its_entities_move(bot: HandDrivenBot, cast: Cast) -> None:
    sent = await bot.send(cast.group, "\n а <b>б  </b>\n", parse_mode="HTML")
    assert sent["text"] == "а б"
    assert sent["entities"] == [{"type": "bold", "offset": 2, "length": 1}]


async def test_entities_of_ones_own_are_checked(bot: HandDrivenBot, cast: Cast) -> None:
    bold = {"type": "bold", "offset": 0, "length": 2}
    sent = await bot.send(cast.group, "да", entities=[bold])
    assert sent["entities"] == [bold]
    far = {"type": "bold", "offset": 1, "length": 9}
    words = await bot.refused("sendMessage", chat_id=cast.group, text="да", entities=[far])
    assert words == "Bad Request: can't parse entities: entity is out of the text"


async def test_what_people_write_gets_its_links_commands_and_mentions(
    tg: TelegramSandbox, cast: Cast
) -> None:
    post = await tg.control.post(cast.group, cast.olya, "/bind@workchats_bot a.ru/1 @olya_demo")
    assert [entity["type"] for entity in post["entities"]] == ["bot_command", "url", "mention"]
    link = {"type": "text_link", "offset": 0, "length": 4, "url": "http://a.ru/1"}
    post = await tg.control.post(cast.group, cast.olya, "сюда", entities=[link])
    assert post["entities"] == [link]


async def test_entities_beyond_the_hundredth_are_dropped(bot: HandDrivenBot, cast: Cast) -> None:
    sent = await bot.send(cast.group, "<b>а</b> " * 120, parse_mode="HTML")
    assert len(sent["entities"]) == 100
