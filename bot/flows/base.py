"""The decision core: a flow is a table, and `Flow.decide` reads it.

Pure: no I/O, no clock, no ids made up. The time and every id are arguments, so equal inputs give
equal steps. What the table does not have raises and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from bot.flows.copies import replace
from bot.flows.effects import Effect
from bot.flows.records import (
    Action,
    Actor,
    Around,
    Case,
    Change,
    Need,
    Person,
    Post,
    Request,
    Role,
)

D = TypeVar("D")


@dataclass(frozen=True, kw_only=True)
class Who:
    """Who may do something. The owner may do all; nobody decides on his own post.

    `otherwise` names the words for somebody who may not, `own` for him whose post it is: both are
    keys of `bot/templates/common.j2`.
    """

    roles: frozenset[Role] = frozenset()
    poster: bool = False
    other_than_poster: bool = False
    otherwise: str = "not_yours"
    own: str = "own_post"

    def refusal(self, case: Case[Any], by: Actor | None) -> str | None:
        """The key of the words why this person may not, or None if he may."""
        if by is None:
            return None
        own = by.person.id == case.poster.id
        if self.poster:
            return None if own or Role.OWNER in by.roles else self.otherwise
        if self.roles and not by.roles & (self.roles | {Role.OWNER}):
            return self.otherwise
        return self.own if self.other_than_poster and own else None


#: Facts come from the engine, never from a person.
SYSTEM = Who()


@dataclass(frozen=True, kw_only=True)
class Rule(Generic[D]):
    """One row of a table: in `state`, on `on`, if `when`, the case goes `to`.

    Attributes:
        to: None: it stays where it is.
        when: None: always. The first rule that holds is taken.
        then: the new data and the effects; None: nothing changes but the state.
        decision: the word for history and metrics, where this rule decides the case.
        answer: the template's words for the person who pressed.
        label: for the diagram, where several rules share (state, on).
    """

    state: StrEnum
    on: StrEnum
    to: StrEnum | None = None
    who: Who = SYSTEM
    when: Callable[[Case[D], Action, datetime], bool] | None = None
    then: Callable[[Case[D], Action, datetime], Change[D]] | None = None
    decision: str = ""
    answer: str = ""
    label: str = ""


def on(
    what: StrEnum,
    states: Iterable[StrEnum],
    *,
    to: StrEnum | None = None,
    who: Who = SYSTEM,
    when: Callable[[Case[D], Action, datetime], bool] | None = None,
    then: Callable[[Case[D], Action, datetime], Change[D]] | None = None,
    decision: str = "",
    answer: str = "",
    label: str = "",
) -> tuple[Rule[D], ...]:
    """The same row for several states; a decision's word is the answer too, unless one is given."""
    return tuple(
        Rule(
            state=state,
            on=what,
            to=to,
            who=who,
            when=when,
            then=then,
            decision=decision,
            answer=answer or decision,
            label=label,
        )
        for state in states
    )


@dataclass(frozen=True, kw_only=True)
class Step(Generic[D]):
    """The outcome of a decision: the case as it is now, and what must be done."""

    case: Case[D]
    effects: tuple[Effect, ...] = ()
    rule: Rule[D] | None = None


@dataclass(frozen=True, kw_only=True)
class Button:
    """A button of a card.

    Attributes:
        action: what a press does.
        style: Telegram's: "", "success", "danger" or "primary".
        arg: which one (`Action.arg`): letters, digits, - and _, 20 at most. Where a press would
            change what is there by now, it says what is wanted, or what the card shows: a second
            tap, or one on an older card, is told apart.
        spare: it is shown where there is a card or a digest, and is not worth a card of its own.
    """

    action: StrEnum
    style: str = ""
    arg: str = ""
    spare: bool = False


class IllegalAction(Exception):
    """The table has no such action in this state. Nothing was changed."""

    def __init__(self, state: str, action: str) -> None:
        super().__init__(f"{action} in {state}")
        self.state = state
        self.action = action


class NotAllowed(Exception):
    """This person may not do that. `why` names the template's words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Flow(Generic[D]):
    """One working chat: its states, actions and table, and how it reads what people write.

    A subclass fills the class variables without a default, and `requests`, `open`, `reply` and
    `buttons`.
    """

    #: The word of /bind; also the name of the template.
    name: ClassVar[str]
    states: ClassVar[type[StrEnum]]
    #: What people may do; a fact is a `Fact`.
    actions: ClassVar[type[StrEnum]]
    data_type: ClassVar[type[Any]]
    #: A dataclass of timedeltas and whole numbers; settings fill it (<NAME>_<FIELD>, in seconds).
    times_type: ClassVar[type[Any]]
    #: The field of `times_type` after which a decision is late: the evening summary counts those.
    late_after: ClassVar[str]
    #: States in which no operator waits for anything; facts may still arrive.
    closed: ClassVar[frozenset[StrEnum]]
    #: States that a post opens a case in.
    openings: ClassVar[frozenset[StrEnum]]
    #: States that get no card of their own (one that is there shows them).
    silent: ClassVar[frozenset[StrEnum]] = frozenset()
    #: Open states that a line and the first row of buttons can tell, in a digest.
    digestible: ClassVar[frozenset[StrEnum]] = frozenset()
    #: Open states that wait for a person however long it takes: the clock only reminds, and is set
    #: anew each time.
    patient: ClassVar[frozenset[StrEnum]] = frozenset()
    #: Roles that decide here: they are pinged.
    deciders: ClassVar[frozenset[Role]]
    #: Whether a client is on the line while it is decided: a ping tells of all who wait so.
    urgent: ClassVar[bool] = False
    #: Open states that wait for nobody's decision: nobody misses a decider in them.
    settled: ClassVar[frozenset[StrEnum]] = frozenset()
    #: Actions whose arg only tells older cards apart: the history leaves it out.
    unsaid: ClassVar[frozenset[StrEnum]] = frozenset()
    #: What `Around` must hold for this flow's decisions.
    needs: ClassVar[frozenset[Need]] = frozenset()
    #: How long a closed case stays among `Around.cases`.
    remembers: ClassVar[timedelta] = timedelta(days=1)
    #: Open states in which the poster is away from his desk (`Around.away`).
    away: ClassVar[frozenset[StrEnum]] = frozenset()
    #: Commands of the bound chat that show how it stands (without the slash): `board` answers.
    boards: ClassVar[frozenset[str]] = frozenset()
    #: Replies of which other leads that they name are asked about as well, as in a post.
    besides: ClassVar[frozenset[StrEnum]] = frozenset()
    #: Whether words may come before their lead: `lacks_lead` tells which.
    words_first: ClassVar[bool] = False
    #: What `reply` may make of an answer to a message of ours only: under somebody's post people
    #: speak with him.
    to_us: ClassVar[frozenset[StrEnum]] = frozenset()
    #: What `reply` may make of a message right behind its writer's post, which answers nothing.
    following: ClassVar[frozenset[StrEnum]] = frozenset()

    def __init__(self, rules: Iterable[Rule[D]]) -> None:
        self.rules = tuple(rules)
        table: dict[tuple[str, str], list[Rule[D]]] = {}
        for rule in self.rules:
            table.setdefault((rule.state, rule.on), []).append(rule)
        self.table: Mapping[tuple[str, str], tuple[Rule[D], ...]] = {
            key: tuple(rules) for key, rules in table.items()
        }

    # --- what a flow says of itself ---------------------------------------------------------------

    def requests(self, post: Post) -> tuple[Request, ...]:
        """What the post asks for; nothing: it is small talk."""
        raise NotImplementedError

    def open(
        self, request: Request, post: Post, last: Case[D] | None, around: Around, now: datetime
    ) -> Step[D]:
        """The new case; its id is 0 until it is saved. `last`: the lead's last closed case."""
        raise NotImplementedError

    def reply(self, case: Case[D], by: Actor, post: Post, now: datetime) -> Action | None:
        """What a reply to the card (or to a notice) means; None: just talk, or a post.

        Of the leads that it names `post` has those of other cases only.
        """
        raise NotImplementedError

    def edited(
        self, case: Case[D], by: Actor, request: Request, post: Post, now: datetime
    ) -> Action | None:
        """What a post that the case has taken in says anew, since it was edited; None: nothing."""
        del case, by, request, post, now
        return None

    def lacks_lead(self, post: Post) -> bool:
        """Whether the post, which names no lead, clearly asks for a decision about one."""
        del post
        return False

    def goes_on_with(self, request: Request, post: Post, around: Around) -> int:
        """The open case around that takes in what would open one, as more of its writer's own post.

        0: none.
        """
        del request, post, around
        return 0

    def may_follow(self, post: Post) -> bool:
        """Whether such a post sounds as if it went on with the one before it (`following`)."""
        del post
        return False

    def buttons(self, case: Case[D]) -> tuple[tuple[Button, ...], ...]:
        """The rows of buttons of the card; each is legal in the case's state."""
        raise NotImplementedError

    def askers(self, case: Case[D]) -> tuple[tuple[Person, int], ...]:
        """Who asked, the first first, and with which message.

        Data without `askers`: the poster alone, for nobody joins.
        """
        askers = getattr(case.data, "askers", None)
        if askers is None:
            return ((case.poster, case.post),)
        return tuple((asker.person, asker.post) for asker in askers)

    def together(self, case: Case[D]) -> int:
        """The number of the case that this one is decided with, or its own."""
        return case.id

    def board(self, what: str, cases: tuple[Case[D], ...], now: datetime) -> Any:
        """How the chat stands, for the template's macro `board(what, shown, now)`.

        Args:
            what: one of `boards`.
            cases: as in `Around.cases`.
            now: the time.
        """
        del what, now
        return cases

    # --- the one way to decide ------------------------------------------------------------------

    def is_open(self, case: Case[D]) -> bool:
        """Whether somebody still waits for something."""
        return case.state not in self.closed

    def waits(self, case: Case[D]) -> bool:
        """Whether somebody's decision is waited for."""
        return self.is_open(case) and case.state not in self.settled

    def decide(self, case: Case[D], action: Action, now: datetime) -> Step[D]:
        """Read the table.

        Raises:
            IllegalAction: the table has no such action in this state.
            NotAllowed: it has, but not for this person.
        """
        refusals = []
        for rule in self.table.get((case.state, action.name), ()):
            if rule.when is not None and not rule.when(case, action, now):
                continue
            refusal = rule.who.refusal(case, action.by)
            if refusal is None:
                return self._take(rule, case, action, now)
            refusals.append(refusal)
        if not refusals:
            raise IllegalAction(case.state, action.name)
        raise NotAllowed(next(filter(None, refusals), ""))

    def may(self, case: Case[D], action: Action, now: datetime) -> bool:
        """Whether the table has this action now, for this person."""
        return any(
            rule.who.refusal(case, action.by) is None
            and (rule.when is None or rule.when(case, action, now))
            for rule in self.table.get((case.state, action.name), ())
        )

    def _take(self, rule: Rule[D], case: Case[D], action: Action, now: datetime) -> Step[D]:
        change = Change(data=case.data) if rule.then is None else rule.then(case, action, now)
        after = replace(
            case,
            state=case.state if rule.to is None else rule.to,
            data=change.data,
            lead=case.lead if change.lead is None else change.lead,
        )
        return Step(case=after, effects=change.effects, rule=rule)


#: Flows that the bot knows, by name.
Flows = Mapping[str, Flow[Any]]
