"""A working chat as people live it, in memory, so that tests read like talk.

It does what the engine does (one open case per lead, deadlines, the CRM's work in order, everybody
told), with no database, no network and no waiting.
"""

from __future__ import annotations

import contextlib
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.cards import Cards, Press
from bot.flows.base import Flow, IllegalAction, NotAllowed, Step
from bot.flows.duplicates import Duplicates
from bot.flows.effects import (
    Act,
    Audience,
    DropDeadline,
    Effect,
    Join,
    Open,
    SetDeadline,
    Tell,
    WriteComment,
)
from bot.flows.names import renamed
from bot.flows.records import Action, Actor, Around, Case, Fact, Happened, Need, Person, Post, Role
from bot.phones import read_phones
from tests.flows.crm import MemoryCrm
from tests.flows.world import NOW

_LEAD = re.compile(r"orders/(\w+)")
_TAGS = re.compile(r"<[^>]+>")


@dataclass
class Somebody:
    """A person in the chat; `hears` is what he was told, oldest first."""

    chat: Chat
    person: Person
    roles: frozenset[Role]
    #: As the CRM writes him, where the bot was told.
    crm_name: str = ""
    hears: list[str] = field(default_factory=list)
    last_post: int = 0

    def posts(
        self, text: str = "", *, sent: datetime | None = None, media: str = "", album: str = ""
    ) -> CardView:
        """Write to the chat; returns the newest card."""
        return self.chat.post(self, text, sent or self.chat.now, media=media, album=album)

    def writes(self, text: str = "", **more: Any) -> bool:
        """Write to the chat; whether a new card came of it."""
        before = len(self.chat.cards)
        with contextlib.suppress(IndexError):
            self.chat.post(self, text, self.chat.now, **more)
        return len(self.chat.cards) > before

    def presses(self, word: str, card: CardView | None = None) -> str:
        """Press the button with that word; returns the toast."""
        return self.chat.press(self, word, card or self.chat.cards[-1])

    def sees(self, word: str, card: CardView | None = None) -> str:
        """What the button with that word carries, as the card is now."""
        return self.chat.button(word, card or self.chat.cards[-1])

    def taps(self, data: str, card: CardView | None = None) -> str:
        """Press a button that he saw then; returns the toast."""
        return self.chat.tap(self, data, card or self.chat.cards[-1])

    def replies(self, text: str, card: CardView | None = None, *, media: str = "") -> bool:
        """Reply to a card; whether it meant something."""
        return self.chat.reply(self, text, card or self.chat.cards[-1], media)

    def mends(self, text: str, card: CardView | None = None, *, post: int = 0) -> bool:
        """Edit his last post, or that one; whether it meant something to the card."""
        return self.chat.edit(self, text, card or self.chat.cards[-1], post or self.last_post)

    @property
    def actor(self) -> Actor:
        """As the flow sees him."""
        return Actor(person=self.person, roles=self.roles, crm_name=self.crm_name)


@dataclass
class CardView:
    """A case's card, read as it is now."""

    chat: Chat
    case: Case[Any]
    #: What the link named; the case's lead is the CRM's own id once it was read.
    ref: str
    closed_at: datetime | None = None
    deadlines: dict[str, datetime] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What people read, without the markup."""
        card = self.chat.renderer.card(self.chat.flow, self.case, self.chat.now)
        return _TAGS.sub("", card.text)

    @property
    def first_line(self) -> str:
        """What is to be decided, or was."""
        return self.text.splitlines()[0]

    @property
    def buttons(self) -> list[str]:
        """The words of its buttons."""
        card = self.chat.renderer.card(self.chat.flow, self.case, self.chat.now)
        return [key.text for row in card.buttons for key in row]


class Chat:
    """One bound chat."""

    def __init__(self, flow: Flow[Any] | None = None) -> None:
        self.flow: Flow[Any] = flow or Duplicates()
        self.renderer = Cards(ZoneInfo("Europe/Moscow"))
        self.crm = MemoryCrm()
        self.now = NOW
        self.people: list[Somebody] = []
        self.cards: list[CardView] = []
        self.owner = self._join("Хозяин", {Role.OWNER})
        #: Cases that this chat wanted opened in others: (flow, text).
        self.opened_elsewhere: list[tuple[str, str]] = []
        #: Who is on a pause, as another chat knows.
        self.away: set[int] = set()
        #: Which flows run in some chat.
        self.bound: set[str] = set()
        self._messages = 10
        self._crm_work: deque[Work] = deque()

    # --- who and when ---------------------------------------------------------------------------

    def operator(self, name: str) -> Somebody:
        """Somebody without a role."""
        return self._join(name, set())

    def admin(self, name: str) -> Somebody:
        """Somebody who decides."""
        return self._join(name, {Role.ADMIN})

    def person(self, name: str, *roles: Role, crm_name: str = "") -> Somebody:
        """Somebody with these roles."""
        return self._join(name, roles, crm_name)

    def _join(self, name: str, roles: Iterable[Role], crm_name: str = "") -> Somebody:
        person = Person(id=100 + len(self.people), name=name)
        self.people.append(
            Somebody(chat=self, person=person, roles=frozenset(roles), crm_name=crm_name)
        )
        return self.people[-1]

    def passes(self, **time: float) -> None:
        """Let time pass (as of timedelta); what falls due comes in its order."""
        until = self.now + timedelta(**time)
        while due := self._due(until):
            at, name, card = due
            self.now = max(self.now, at)
            del card.deadlines[name]
            self._happens(card, Action(name=Fact.TIME_UP, what=Happened(deadline=name)))
        self.now = until

    def _due(self, until: datetime) -> tuple[datetime, str, CardView] | None:
        waiting = [
            (at, number, name)
            for number, card in enumerate(self.cards)
            for name, at in card.deadlines.items()
            if at <= until
        ]
        if not waiting:
            return None
        at, number, name = min(waiting)
        return at, name, self.cards[number]

    # --- what people do -------------------------------------------------------------------------

    def post(
        self,
        by: Somebody,
        text: str,
        sent: datetime,
        *,
        media: str = "",
        album: str = "",
        is_reply: bool = False,
    ) -> CardView:
        self._messages += 1
        by.last_post = self._messages
        read = read_phones(text)
        post = Post(
            chat_id=-100, topic_id=0, message_id=self._messages, by=by.person, sent_at=sent,
            text=text, leads=tuple(dict.fromkeys(_LEAD.findall(text))),
            phones=read.found, odd_phones=read.odd, media=media, album=album, is_reply=is_reply,
        )  # fmt: skip
        for request in self.flow.requests(post):
            same = [
                card
                for card in self.cards
                if (request.about and request.about == card.case.about)
                or (request.lead and request.lead in {card.case.lead, card.ref})
            ]
            is_open = [card for card in same if self.flow.is_open(card.case)]
            if is_open:
                self._joins(is_open[-1], by.person, post.message_id, post, ref=request.lead)
                continue
            if request.joins:
                continue
            own = self.flow.goes_on_with(request, post, self.around())
            if own:
                self._joins(self.cards[own - 1], by.person, post.message_id, post, ref=request.lead)
                continue
            last = same[-1].case if same and request.lead else None
            step = self.flow.open(request, post, last, self.around(), self.now)
            case = replace(step.case, id=len(self.cards) + 1)
            card = CardView(chat=self, case=case, ref=request.lead)
            self.cards.append(card)
            self._does(card, step.effects)
        self.deliver()
        # A post that is late meets deadlines that are over.
        self.passes()
        return self.cards[-1]

    def board(self, what: str) -> str:
        """How the chat stands, as a command shows it; without the markup."""
        shown = self.renderer.board(self.flow, what, self.around().cases, self.now)
        return _TAGS.sub("", shown.text)

    def around(self, but: CardView | None = None) -> Around:
        """What a decision may see: as the engine loads it."""
        since = self.now - self.flow.remembers
        cases = [
            card.case
            for card in self.cards
            if card is not but and (card.closed_at is None or card.closed_at > since)
        ]
        return Around(
            cases=tuple(cases) if Need.CASES in self.flow.needs else (),
            away=frozenset(self.away) if Need.AWAY in self.flow.needs else frozenset(),
            flows=frozenset(self.bound) if Need.FLOWS in self.flow.needs else frozenset(),
        )

    def press(self, by: Somebody, word: str, card: CardView) -> str:
        data = self.button(word, card)
        return self.tap(by, data, card) if data else self.renderer.late(self.flow, card.case)

    def button(self, word: str, card: CardView) -> str:
        """The data of the button with that word; "" where there is none."""
        shown = self.renderer.keys(self.flow, card.case)
        return next((key.data for row in shown for key in row if word in key.text), "")

    def tap(self, by: Somebody, data: str, card: CardView) -> str:
        """As the desk does: what is not on the card as it is now does nothing."""
        press = Press.read(data)
        assert press is not None
        if data not in {
            key.data for row in self.renderer.keys(self.flow, card.case) for key in row
        }:
            return self.renderer.late(self.flow, card.case)
        action = Action(name=press.action, arg=press.arg, by=by.actor, around=self.around(card))
        try:
            step = self._decides(card, action)
        except NotAllowed as refusal:
            return self.renderer.common_plain(refusal.why)
        except IllegalAction:
            return self.renderer.late(self.flow, card.case)
        self.deliver()
        answer = "" if step.rule is None else step.rule.answer
        return self.renderer.answer(self.flow, card.case, answer)

    def reply(self, by: Somebody, text: str, card: CardView, media: str = "") -> bool:
        self._messages += 1
        read = read_phones(text)
        post = Post(
            chat_id=-100, topic_id=0, message_id=self._messages, by=by.person, sent_at=self.now,
            text=text, leads=tuple(dict.fromkeys(_LEAD.findall(text))),
            phones=read.found, odd_phones=read.odd, media=media, answers=True,
        )  # fmt: skip
        action = self.flow.reply(card.case, by.actor, post, self.now)
        if action is None:
            return False
        action = replace(action, around=self.around(card))
        try:
            self._decides(card, action)
        except NotAllowed:
            return False
        self.deliver()
        return True

    def edit(self, by: Somebody, text: str, card: CardView, number: int) -> bool:
        """A post of his, which the card has taken in, says something else by now."""
        post = Post(
            chat_id=-100, topic_id=0, message_id=number, by=by.person, sent_at=self.now,
            text=text, leads=tuple(dict.fromkeys(_LEAD.findall(text))), edited_at=self.now,
        )  # fmt: skip
        for request in self.flow.requests(post):
            if request.lead in {card.case.lead, card.ref}:
                action = self.flow.edited(card.case, by.actor, request, post, self.now)
                if action is not None:
                    self._decides(card, replace(action, around=self.around(card)))
                    self.deliver()
                    return True
        return False

    def links(self, who: Somebody, crm_name: str) -> None:
        """The bot is told who he is in the CRM, or ("") forgets it."""
        who.crm_name = crm_name
        known = Action(name=Fact.POSTER_KNOWN)
        for card in self.cards:
            if card.case.poster == who.person and self.flow.is_open(card.case):
                self._happens(card, known)
        self.deliver()

    # --- what the world does --------------------------------------------------------------------

    def deliver(self) -> None:
        """Let the CRM do its work, in order; while it is down every piece hears that."""
        while self._crm_work:
            waiting: deque[Work] = deque()
            work, self._crm_work = self._crm_work, waiting
            for card, effect, comment in work:
                action = self.crm.answer(card.case, effect, comment)
                if action.name == Fact.CRM_DOWN:
                    waiting.append((card, effect, comment))
                self._happens(card, action)
            if not self.crm.is_up:
                return

    def _words(self, card: CardView, effect: Effect) -> str:
        """A comment's words are fixed when it is decided; people are called as the CRM does."""
        if not isinstance(effect, WriteComment):
            return ""
        case = renamed(card.case, {one.person.id: one.crm_name for one in self.people})
        return self.renderer.comment(self.flow, case, effect.what, self.now)

    def _happens(self, card: CardView, action: Action) -> None:
        lead = action.what.lead
        if action.name == Fact.LEAD_READ and Need.CRM_NAME in self.flow.needs:
            [poster] = [one for one in self.people if one.person == card.case.poster]
            action = replace(action, what=replace(action.what, poster=poster.crm_name))
        if action.name == Fact.LEAD_READ and lead is not None and self.flow.is_open(card.case):
            for other in self.cards:
                if (
                    other is not card
                    and other.case.lead == lead.id
                    and self.flow.is_open(other.case)
                ):
                    action = Action(name=Fact.SAME_LEAD, what=Happened(case=other.case.id))
        self._decides(card, replace(action, around=self.around(card)))

    def _joins(
        self,
        card: CardView,
        by: Person,
        post: int,
        said: Post | str = "",
        *,
        ref: str = "",
        source: int = 0,
    ) -> None:
        text, whole = (said, None) if isinstance(said, str) else (said.text, said)
        action = Action(
            name=Fact.JOINED,
            by=Actor(person=by),
            text=text,
            what=Happened(post=post, ref=ref, said=whole, case=source),
            around=self.around(card),
        )
        self._decides(card, action)

    def _decides(self, card: CardView, action: Action) -> Step[Any]:
        before = card.case
        step = self.flow.decide(before, action, self.now)
        reopened = self.flow.is_open(step.case) and not self.flow.is_open(before)
        card.case = replace(step.case, round=before.round + 1) if reopened else step.case
        if not self.flow.is_open(card.case) and card.case.state != before.state:
            card.deadlines.clear()
        if self.flow.is_open(card.case):
            card.closed_at = None
        else:
            card.closed_at = card.closed_at or self.now
        self._does(card, step.effects, action.by)
        return step

    def _does(
        self, card: CardView, effects: Iterable[Effect], by_whom: Actor | None = None
    ) -> None:
        for effect in effects:
            match effect:
                case SetDeadline():
                    card.deadlines[effect.name] = effect.at
                case Tell():
                    self._tell(card, effect)
                case DropDeadline():
                    card.deadlines.pop(effect.name, None)
                case Join():
                    by = Person(id=effect.by, name=effect.name)
                    self._joins(
                        self.cards[effect.case - 1],
                        by,
                        effect.post,
                        effect.text,
                        source=card.case.id,
                    )
                case Act():
                    self._acts(effect, card, by_whom)
                case Open():
                    self.opened_elsewhere.append((effect.flow, effect.text))
                case _:
                    self._crm_work.append((card, effect, self._words(card, effect)))

    def _acts(self, act: Act, source: CardView, by: Actor | None) -> None:
        other = self.cards[act.case - 1]
        action = Action(
            name=act.action, by=by, text=act.text, what=Happened(case=source.case.id),
            around=self.around(other),
        )  # fmt: skip
        with contextlib.suppress(IllegalAction, NotAllowed):
            self._decides(other, action)

    def _tell(self, card: CardView, tell: Tell) -> None:
        text = self.renderer.notice(self.flow, card.case, tell.what, self.now).text
        ids = {
            Audience.ASKERS: {person.id for person, _ in self.flow.askers(card.case)},
            Audience.PERSON: {tell.person},
            Audience.DECIDERS: {
                one.person.id for one in self.people if one.roles & self.flow.deciders
            },
            Audience.ROLE: {one.person.id for one in self.people if tell.role in one.roles},
            Audience.CRM_USER: {
                one.person.id
                for one in self.people
                if (one.crm_name or one.person.name) == tell.name
            },
            Audience.OWNERS: {self.owner.person.id},
        }[tell.to]
        for one in self.people:
            if one.person.id in ids:
                one.hears.append(_TAGS.sub("", text))


#: A card's piece of work for the CRM, and the words of a comment.
Work = tuple[CardView, Effect, str]
