"""The attack on rights: any person, in any chat, does anything that Telegram lets him do.

`WORKCHATS_ATTACKS=3000` makes it long, and other at each run.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from bot.flows import FLOWS
from bot.flows.base import Flow
from bot.flows.records import Fact
from bot.logs import set_up_logs
from sandbox.telegram.errors import ControlError
from sandbox.world import ANUSH, OWNER, SURNAME
from tests.bot.rights import DEEDS
from tests.bot.rights_field import CLIENT, PEOPLE, WORDS, Field, data_of, prepare
from tests.bot.rights_judge import Attack, judge
from tests.bot.rights_seen import Seen, look
from tests.bot.rights_words import Known, shown_to_strangers, told_strangers
from tests.harness import a_world

_LONG = os.environ.get("WORKCHATS_ATTACKS", "")


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_the_attack_knows_every_chat_and_all_that_is_done_there(flow: type[Flow[Any]]) -> None:
    told = f"tests/bot/rights.py must say who may do that in {flow.name}"
    assert {*DEEDS.get(flow.name, ())} == {*flow.actions}, told
    assert WORDS.get(flow.name), f"tests/bot/rights_field.py must say what is posted in {flow.name}"


# --- the logs ---------------------------------------------------------------------------------


@pytest.fixture
def written(_plain_logs: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that is logged, at the most talkative level, and not masked by the net below it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    paper = io.StringIO()
    monkeypatch.setattr("bot.logs._clean", lambda _logger, _name, event: event)
    monkeypatch.setattr(sys, "stderr", paper)
    set_up_logs("DEBUG", "json")
    structlog.configure(cache_logger_on_first_use=False)
    yield paper
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
async def field_(database_url: str, written: io.StringIO) -> AsyncIterator[Field]:
    async with a_world(database_url, bound=False) as world:
        ready = Field(world)
        await prepare(ready)
        yield ready
        assert ready.made
        text = written.getvalue()
        found = sorted(secret for secret in ready.secrets if secret in text)
        lines = [line for line in text.splitlines() if any(one in line for one in found)]
        assert not found, f"{found} are in the logs: {lines[:3]}"


def leaks(field_: Field, before: Seen, seen: Seen, attack: Attack) -> list[str]:
    """What was shown of leads that he, or the chat, has nothing to do with."""

    def people_said(chat: int) -> str:
        # What he has edited since is there no more.
        return field_.people_said(chat) + attack.text + attack.data

    known = Known(
        marks=field_.marks,
        cases=[*before.cases.values(), *seen.cases.values()],
        history=seen.history,
        names={person: name for person, (_, name, _) in seen.people.items()},
    )
    return shown_to_strangers(
        seen.said, known, who=attack.who, chat=attack.chat, people_said=people_said
    )


# --- what is tried ----------------------------------------------------------------------------

_ANY = st.integers(0, 10_000)
_NAMES = sorted(
    {action.value for flow in FLOWS for action in flow.actions}
    | {fact.value for fact in Fact}
    | {"own_card", "open", ""}
)
_COMMANDS = st.builds(
    "{} {}".format,
    st.sampled_from(
        [
            *("/bind", "/unbind", "/role", "/people", "/retry", "/aside", "/history", "/find"),
            *("/export", "/start", "/help", "/code", "/me", "/duty", "/link", "/pauses", "/it"),
            *("/nothing", "/bind@workchats_bot", "/ROLE"),
        ]
    ),
    st.sampled_from(
        [
            *("", "duplicates", "returns", "admin", "owner", "operator", "supervisor 500100001"),
            *("admin 500100099", "owner 500100099", "auditor 99999999999999999999", "#C1", "1"),
            *("replay", "on", "off", "open", "01.01.2020-31.12.2030", "вчера", "дорого", "@"),
            *("500100001 Трелькина", "Трелькина", "-", "500100099 operator1", "' OR 1=1 --"),
            *("<b>&\"'", "{{7*7}}", "%s%n", "١٢٣", "9" * 400, "\u202eабв", "x" * 3000),
        ]
    ),
)
_TEXTS = st.one_of(
    st.sampled_from([one for words in WORDS.values() for one in words]),
    st.sampled_from(
        [
            *("отмена", "вернулась", "смену закончила", "не решено", "да", "нет", "4 490", "163"),
            *("77010000001", "привет", "@ @ @", "первый заказ в пути", "не согласна", "2 причина"),
            "Гудочкин Глеб, потому что он",
        ]
    ),
    _COMMANDS,
    st.text(min_size=1, max_size=60),
)
_KINDS = st.sampled_from(
    [
        *["text"] * 3,
        *["reply"] * 3,
        "edited",
        "forwarded",
        "photo",
        "album",
        "voice",
        "video",
        "document",
        "caption",
        "channel",
        "anonymous",
    ]
)


def _deed(field_: Field, data: str, which: int) -> str:
    """What can be done in that chat, though perhaps not now, and not by a button."""
    case = field_.case_of(data)
    deeds = sorted(DEEDS[case["flow"]]) if case else [""]
    return deeds[which % len(deeds)]


_DATA_KINDS = [
    *["real"] * 5,
    *["deed"] * 5,
    "action",
    "round",
    "case",
    "arg",
    "other",
    "any",
    "wish",
]


@st.composite
def _datas(draw: st.DrawFn) -> Callable[[Field, Any], str]:
    """A press's data: real, altered, of another card or chat, of an old round, or anything."""
    kind = draw(st.sampled_from(_DATA_KINDS))
    which, name = draw(_ANY), draw(st.sampled_from(_NAMES))
    other = draw(st.integers(-1, 99))
    arg = draw(st.sampled_from(["", ":1", ":163", ":script", ":yes", ":x" * 3, ":0", ":-1"]))
    junk = draw(
        st.text(max_size=60) | st.binary(max_size=40).map(lambda one: one.decode("latin-1"))
    )
    user = draw(st.sampled_from(["1", "2", "3", "no", "99", "x"]))

    def make(field_: Field, message: Any) -> str:
        own = data_of(message)
        everywhere = [
            data
            for chat, _ in field_.places()
            for one in field_.spoken(chat)
            for data in data_of(one)
        ]
        pool = everywhere if kind == "other" or not own else own
        real = pool[which % len(pool)]
        case, round_, action, *rest = [*real.split(":"), "", ""][:4]
        made = {
            "action": f"{case}:{round_}:{name}{arg}",
            "deed": f"{case}:{round_}:{_deed(field_, real, which)}{arg}",
            "round": f"{case}:{other}:{action}",
            "case": ":".join([str(other), round_, action, *rest]).rstrip(":"),
            "arg": f"{case}:{round_}:{action}{arg}",
            "any": junk,
            "wish": f"link:{user}:Трелькина" if user != "no" else "link:no",
        }
        return made.get(kind, real)

    return make


@st.composite
def _presses(draw: st.DrawFn) -> Callable[[Field], Awaitable[Attack | None]]:
    anybody, place, which = draw(st.sampled_from(PEOPLE)), draw(_ANY), draw(_ANY)
    make, private = draw(_datas()), draw(st.integers(0, 9)) == 0
    part = draw(st.sampled_from(["anybody", "anybody", "poster", "decider"]))

    async def press(field_: Field) -> Attack | None:
        places, who = field_.places(), anybody
        chat, topic = (who.id, 0) if private else places[place % len(places)]
        spoken = field_.spoken(chat)
        if not spoken:
            return None
        message = spoken[-1 - which % len(spoken)]
        data = make(field_, message)
        if not private:
            who = field_.likely(data, part, which) or who
        attack = Attack(
            who=who.id,
            chat=chat,
            topic=topic,
            message=message.message_id,
            data=data or " ",
            shown=any(data in data_of(one) for one in spoken),
            on_it=data in data_of(message),
        )
        note(f"{who.first_name} presses {data!r} on {message.message_id} in {chat}")
        answer = await field_.world.press_data(who, message.message_id, data, chat=chat)
        assert answer.given
        return attack

    return press


@st.composite
def _posts(draw: st.DrawFn) -> Callable[[Field], Awaitable[Attack | None]]:
    who, place, which = draw(st.sampled_from(PEOPLE)), draw(_ANY), draw(_ANY)
    template, kind = draw(_TEXTS), draw(_KINDS)
    # Ануш has not started the bot, so that there is somebody who must be told in the group.
    private = draw(st.integers(0, 5)) == 0 and who is not ANUSH

    async def post(field_: Field) -> Attack | None:
        world, places = field_.world, field_.places()
        chat, topic = (who.id, 0) if private else places[place % len(places)]
        words = field_.words(template, which)
        more: dict[str, Any] = {"thread_id": topic} if topic else {}
        said = {"text": words}
        messages = field_.messages(chat)
        anonymous = False
        match kind:
            case "reply" if messages:
                more["reply_to"] = messages[-1 - which % len(messages)].message_id
            case "forwarded":
                more["forward"] = {"from_name": f"Кто-то {SURNAME}"}
            case "photo" | "voice" | "video" | "document" | "caption" | "album":
                said = {"caption": words[:1000]}
                more["media"] = {"caption": "photo", "album": "photo"}.get(kind, kind)
                more |= {"media_group_id": str(which % 3)} if kind == "album" else {}
            case "channel" if not private:
                more["as_chat"], anonymous, speaker = field_.channel, True, OWNER.id
            case "anonymous" if not private:
                more["as_chat"], anonymous, speaker = chat, True, OWNER.id
            case _:
                pass
        author = speaker if anonymous else who.id
        attack = Attack(who=author, chat=chat, topic=topic, text=words, anonymous=anonymous)
        note(f"{who.first_name} posts {said} {more} in {chat} ({kind})")
        try:
            shown = await world.tg.control.post(chat, author, **said, **more)
            if kind in {"edited", "caption"}:
                again = field_.words("@ могу оформить?", which + 1)
                await world.tg.control.edit(chat, int(shown["message_id"]), author, again)
        except ControlError:
            # Telegram itself does not let him.
            return None
        return attack

    return post


@st.composite
def _others(draw: st.DrawFn) -> Callable[[Field], Awaitable[Attack | None]]:
    """Presses without a message, posts of channels, notes of events, and what has no words: raw."""
    who, place = draw(st.sampled_from(PEOPLE)), draw(_ANY)
    kind = draw(
        st.sampled_from(
            [
                *("inline", "inaccessible", "nowhere", "topic", "old"),
                *("service", "reply", "edited_reply", "channel_post", "edited_channel_post"),
            ]
        )
    )
    words, name = draw(_TEXTS), draw(st.sampled_from(_NAMES))

    async def push(field_: Field) -> Attack | None:
        world, places = field_.world, field_.places()
        chat, _ = places[place % len(places)]
        user = {"id": who.id, "is_bot": False, "first_name": who.first_name}
        where = {"id": chat, "type": "supergroup", "title": "-"}
        data = f"{place % 40 + 1}:1:{name}"
        press = {"id": "7", "from": user, "chat_instance": "1", "data": data}
        message = {"message_id": 10**6 + place, "date": 1_790_000_000, "chat": where, "from": user}
        at = {"message_id": 1, "date": 0, "chat": where}
        file = {"file_id": "file-x", "file_unique_id": "x", "file_size": 4096}
        size = {"width": 512, "height": 512}
        poll = {
            "id": "1",
            "question": words[:300] or "-",
            "options": [{"text": "да", "voter_count": 0, "persistent_id": "1"}],
            "total_voter_count": 0,
            "type": "regular",
            "is_closed": False,
            "is_anonymous": True,
            "allows_multiple_answers": False,
            "allows_revoting": False,
            "members_only": False,
        }
        service: list[dict[str, Any]] = [
            {"new_chat_members": [user]},
            {"left_chat_member": user},
            {"new_chat_title": words},
            {"pinned_message": at},
            {"dice": {"emoji": "🎲", "value": 6}},
            {"group_chat_created": True},
            {"contact": {"phone_number": "77010000001", "first_name": CLIENT}},
            {"location": {"latitude": 1.0, "longitude": 1.0}},
            {
                "sticker": {
                    **file,
                    **size,
                    "type": "regular",
                    "is_animated": False,
                    "is_video": False,
                }
            },
            {"poll": poll},
            {"audio": {**file, "duration": 3}, "caption": words[:1000]},
            {"animation": {**file, **size, "duration": 3}, "caption": words[:1000]},
            {"video_note": {**file, "length": 240, "duration": 3}},
            {
                "venue": {
                    "location": {"latitude": 1.0, "longitude": 1.0},
                    "title": words,
                    "address": words,
                }
            },
        ]
        spoken = field_.spoken(chat)
        answered = {**at, "message_id": spoken[place % len(spoken)].message_id} if spoken else at
        reply = {**message, **service[place % len(service)], "reply_to_message": answered}
        channel = {"id": field_.channel, "type": "channel", "title": "Новости"}
        posted = {"message_id": 10**6 + place, "date": 1_790_000_000, "chat": channel}
        posted |= {"sender_chat": channel, "text": field_.words(words, place) or "-"}
        topic_made = {"forum_topic_created": {"name": words, "icon_color": 1}}
        old = {"date": 1, "text": field_.words("@ могу оформить?", place)}
        update: dict[str, Any] = {
            "inline": {"inline_query": {"id": "1", "from": user, "query": words, "offset": ""}},
            "inaccessible": {"callback_query": {**press, "message": at}},
            "nowhere": {"callback_query": {**press, "inline_message_id": "abc"}},
            "service": {"message": {**message, **service[place % len(service)]}},
            "topic": {"message": {**message, **topic_made}},
            "old": {"message": {**message, **old}},
            "reply": {"message": reply},
            "edited_reply": {"edited_message": {**reply, "edit_date": 1_790_000_001}},
            "channel_post": {"channel_post": posted},
            "edited_channel_post": {"edited_channel_post": {**posted, "edit_date": 1_790_000_001}},
        }[kind]
        note(f"{who.first_name}: {update}")
        await world.tg.control.push(update)
        pressed = data if "callback_query" in update else ""
        text = "" if pressed else words
        if "channel" in kind:
            return Attack(who=OWNER.id, chat=field_.channel, text=text, anonymous=True)
        # It names no topic.
        return Attack(who=who.id, chat=chat, topic=0, data=pressed, text=text)

    return push


@st.composite
def _attacks(draw: st.DrawFn) -> Callable[[Field], Awaitable[Attack | None]]:
    return draw(_presses() | _presses() | _posts() | _posts() | _others())


@given(tried=_attacks())
@settings(
    max_examples=int(_LONG or 300),
    derandomize=not _LONG,
    deadline=None,
    database=None,
    # The world goes on: an attack cannot be made again as it was, nor made smaller.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
async def test_nothing_is_done_that_the_roles_do_not_allow(
    field_: Field, tried: Callable[[Field], Awaitable[Attack | None]]
) -> None:
    if field_.seen is None:
        field_.seen = await look(field_.world)
    attack = await tried(field_)
    if attack is None:
        return
    field_.made += 1
    await field_.world.quiet()
    before, field_.seen = field_.seen, await look(field_.world, field_.seen)
    done = field_.seen.history[len(before.history) :]
    assert judge(before, field_.seen, attack) == [], f"{attack}\n{done}"
    assert leaks(field_, before, field_.seen, attack) == [], f"{attack}\n{done}"
    assert await field_.world.count("SELECT count(*) FROM outbox WHERE state = 'dead'") == 0


async def test_what_is_said_on_a_day_at_work_goes_to_whom_it_concerns(field_: Field) -> None:
    """Outcomes, questions and reminders come of many deeds; of a few hundred attacks few do any."""
    for _ in range(2):
        await field_.world.pass_time(700)
        await field_.world.quiet()
    seen = await look(field_.world)
    names = {person: name for person, (_, name, _) in seen.people.items()}
    told = [row for row in seen.outbox.values() if row.case_id and row.destination == "telegram"]
    field_.made += len(told)
    assert {row.kind for row in told if row.lane.startswith("chat:-")} >= {"card", "tell"}
    assert [
        row for row in told if told_strangers(row, [seen.cases[row.case_id]], seen.history, names)
    ] == []
    # Answers to presses are the owner's here: he may see all.
    assert seen.said
    assert leaks(field_, seen, seen, Attack(who=OWNER.id, chat=0)) == []


async def test_what_no_button_offers_cannot_be_pressed_not_even_by_the_owner(field_: Field) -> None:
    """A deed that is a reply's, another case's or the world's, tried on a card in each state."""
    world = field_.world
    field_.seen = before = await look(world)
    cards = {
        (case["flow"], case["state"]): (case, before.cards[number])
        for number, case in before.cases.items()
        if number in before.cards
    }
    for case, card in cards.values():
        chat, start = case["chat_id"], f"{case['id']}:{case['round']}"
        shown = {data for one in field_.spoken(chat) for data in data_of(one)}
        tried = {f"{start}:{deed}" for deed in (*DEEDS[case["flow"]], "time_up", "crm_saved")}
        for data in sorted(tried - shown):
            field_.made += 1
            await world.press_data(OWNER, card, data, chat=chat, wait=0)
    await world.quiet()
    after = await look(world, before)
    assert [row for row in after.history[len(before.history) :] if row.actor_id] == []
    assert after.aside == 0
