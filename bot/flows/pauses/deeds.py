"""What the rules of «Проект Белкин» do: a case and an action become data and effects. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.flows.asking import LONGEST, Decision
from bot.flows.copies import replace
from bot.flows.effects import Act as DoTo
from bot.flows.effects import Audience, Effect, Open, SetDeadline, Tell
from bot.flows.pauses.case import (
    Action,
    Data,
    Deadline,
    Kind,
    Part,
    State,
    Thing,
    Times,
    Wish,
    arg_of,
    as_it_stands,
)
from bot.flows.pauses.shifts import (
    Verdict,
    called,
    judge,
    lasts,
    parts_of_shift,
    queue,
    spent,
    taken,
)
from bot.flows.pauses.words import Said, Word, read
from bot.flows.pieces import drop, tell_askers
from bot.flows.records import Action as Act
from bot.flows.records import Change, Role

#: The working chat of the IT staff, by its word of /bind.
IT = "it"
_OF_WAITING = (Deadline.PING, Deadline.EXPIRE, Deadline.TURN)


def when(action: Act, now: datetime) -> datetime:
    """When he wrote it: a post that is found late is judged by its own time."""
    post = action.what.said
    return now if post is None else min(post.sent_at, now)


def wanted(said: Said, times: Times) -> Wish:
    """The pause that these words ask for."""
    kind = said.kind or Kind.BREAK
    return Wish(kind=kind, length=said.length or times.usual(kind))


# --- how a pause begins ---------------------------------------------------------------------------


def away(data: Data, wish: Wish, since: datetime) -> tuple[Data, tuple[Effect, ...]]:
    """He is off the line from then on."""
    part = Part(kind=wish.kind, since=since, until=since + wish.length)
    # «Позже» was said of the waiting, which is over.
    agreed = data.decision if data.decision is not None and data.decision.allowed else None
    on = replace(data, wish=None, since=None, decision=agreed, parts=(*data.parts, part))
    return on, (SetDeadline(name=Deadline.END, at=part.until),)


def in_queue(data: Data, since: datetime, places: int, times: Times) -> tuple[Data, SetDeadline]:
    """He waits for a place."""
    on = replace(data, since=since, taken=places, used=None)
    return on, SetDeadline(name=Deadline.EXPIRE, at=since + times.wait)


def at_supervisor(
    data: Data, since: datetime, used: timedelta, times: Times
) -> tuple[Data, tuple[Effect, ...]]:
    """He waits for a supervisor's word."""
    allowed = None if data.wish is None else times.allowed(data.wish.kind)
    on = replace(data, since=since, used=used, allowed=allowed)
    return on, (
        SetDeadline(name=Deadline.PING, at=since + times.ping),
        SetDeadline(name=Deadline.EXPIRE, at=since + times.wait),
    )


def next_ones(action: Act, times: Times) -> Iterator[Effect]:
    """The case takes no place any more: whose turn is it?"""
    for other in called(action.around.cases, times.places):
        yield DoTo(case=other, action=Action.CALL)


@dataclass(frozen=True, slots=True)
class Deeds:
    """Those that need the settings."""

    times: Times

    # --- he waits ---------------------------------------------------------------------------------

    def agree(self, case: Thing, action: Act, now: datetime) -> Change[Data]:
        data = replace(
            case.data, decision=Decision(allowed=True, by=action.doer, at=now), used=None
        )
        data, effects = away(data, wish_of(data), now)
        data = replace(data, before=as_it_stands(case))
        return Change(data=data, effects=(*effects, *drop(*_OF_WAITING), tell_askers("agreed")))

    def later(self, case: Thing, action: Act, now: datetime) -> Change[Data]:
        decision = Decision(allowed=False, by=action.doer, at=now)
        effects = (tell_askers("later"), *drop(Deadline.PING))
        return Change(data=replace(case.data, decision=decision), effects=effects)

    def call(self, case: Thing, _action: Act, now: datetime) -> Change[Data]:
        turn = SetDeadline(name=Deadline.TURN, at=now + self.times.turn)
        return Change(data=replace(case.data, since=now), effects=(turn, tell_askers("called")))

    def start(self, case: Thing, action: Act, now: datetime) -> Change[Data]:
        data, effects = away(case.data, wish_of(case.data), when(action, now))
        return Change(data=data, effects=(*effects, *drop(*_OF_WAITING)))

    def withdraw(self, case: Thing, action: Act, _now: datetime) -> Change[Data]:
        return Change(data=case.data, effects=tuple(next_ones(action, self.times)))

    def expire(self, case: Thing, action: Act, _now: datetime) -> Change[Data]:
        effects = (tell_askers("expired"), *next_ones(action, self.times))
        return Change(data=case.data, effects=effects)

    def miss(self, case: Thing, action: Act, now: datetime) -> Change[Data]:
        """He did not go in time: the place is the next one's, and he waits behind them all."""
        data = replace(case.data, since=now, taken=taken(action.around.cases))
        effects = (tell_askers("missed"), *next_ones(action, self.times))
        return Change(data=data, effects=effects)

    def hold(self, case: Thing, _action: Act, now: datetime) -> Change[Data]:
        return Change(
            data=case.data,
            effects=(SetDeadline(name=Deadline.TURN, at=now + self.times.turn),),
        )

    # --- he asks for something else while he waits ------------------------------------------------

    def verdict(self, case: Thing, action: Act, now: datetime) -> Verdict | None:
        """On what he wants now; None: his words want nothing."""
        said = read(action.text)
        if said is None or said.what is not Word.LEAVE:
            return None
        wish = self._wanted_now(case, said)
        return judge(wish, action.around.cases, (case,), case.poster.id, now, self.times)

    def _wanted_now(self, case: Thing, said: Said) -> Wish:
        before = wish_of(case.data)
        if said.kind is None or said.kind is before.kind:
            return Wish(kind=before.kind, length=said.length or before.length)
        return wanted(said, self.times)

    def go(self, case: Thing, action: Act, now: datetime) -> Change[Data]:
        data, wish = self._instead(case, action)
        data, effects = away(data, wish, when(action, now))
        return Change(data=data, effects=(*effects, *drop(*_OF_WAITING)))

    def queue(self, case: Thing, action: Act, now: datetime) -> Change[Data]:
        data, _ = self._instead(case, action)
        # He keeps his place in the queue.
        since = (case.data.since if case.state == State.QUEUED else None) or when(action, now)
        data, effect = in_queue(data, since, taken(action.around.cases), self.times)
        return Change(data=data, effects=(effect, *drop(Deadline.PING, Deadline.TURN)))

    def ask(self, case: Thing, action: Act, now: datetime) -> Change[Data]:
        data, wish = self._instead(case, action)
        _, used = lasts(wish, (*action.around.cases, case), case.poster.id, now, self.times)
        data, effects = at_supervisor(data, when(action, now), used, self.times)
        more = (*drop(Deadline.TURN), *next_ones(action, self.times))
        return Change(data=data, effects=(*effects, *more))

    def _instead(self, case: Thing, action: Act) -> tuple[Data, Wish]:
        said = read(action.text)
        wish = wish_of(case.data) if said is None else self._wanted_now(case, said)
        return replace(case.data, wish=wish, said=action.text[:LONGEST], decision=None), wish

    # --- he is off the line -----------------------------------------------------------------------

    def back(self, case: Thing, action: Act, now: datetime) -> Change[Data]:
        data = ended(case.data, when(action, now))
        return Change(data=data, effects=tuple(next_ones(action, self.times)))

    def never_gone(self, case: Thing, action: Act, _now: datetime) -> Change[Data]:
        """He takes it back as soon as it has begun: nothing of his allowance is spent."""
        on = part_of(case.data)
        wish = Wish(kind=on.kind, length=on.until - on.since)
        data = replace(case.data, wish=wish, parts=(), before=None)
        return Change(data=data, effects=tuple(next_ones(action, self.times)))

    def close(self, case: Thing, action: Act, now: datetime) -> Change[Data]:
        data = replace(ended(case.data, now), closed_by=action.doer, before=as_it_stands(case))
        effects = (tell_askers("closed"), *next_ones(action, self.times))
        return Change(data=data, effects=effects)

    def remind(self, case: Thing, _action: Act, _now: datetime) -> Change[Data]:
        until = part_of(case.data).until
        return Change(
            data=case.data,
            effects=(
                tell_askers("overrun"),
                SetDeadline(name=Deadline.GRACE, at=until + self.times.grace),
                SetDeadline(name=Deadline.FORGET, at=until + self.times.forget),
            ),
        )

    def warn(self, case: Thing, _action: Act, _now: datetime) -> Change[Data]:
        tell = Tell(to=Audience.ROLE, role=Role.SUPERVISOR, what="late")
        return Change(data=replace(case.data, warned=True), effects=(tell,))

    def forget(self, case: Thing, action: Act, _now: datetime) -> Change[Data]:
        """When he was back nobody knows: it counts as it was planned."""
        data = ended(case.data, part_of(case.data).until)
        effects = (tell_askers("forgotten"), *next_ones(action, self.times))
        return Change(data=data, effects=effects)

    def over(self, case: Thing, action: Act, now: datetime) -> Change[Data]:
        """His shift is over, and with it the pause."""
        at = when(action, now)
        data = ended(case.data, at) if case.data.parts else case.data
        cases = (*action.around.cases, replace(case, data=data))
        parts = parts_of_shift(cases, case.poster.id, at, self.times.shift_gap)
        return Change(
            data=replace(data, wish=None, over_at=at, spent=spent(parts, at)),
            effects=tuple(next_ones(action, self.times)),
        )

    # --- what holds -------------------------------------------------------------------------------

    def just_gone(self, case: Thing, action: Act, now: datetime) -> bool:
        """Whether his pause has only begun, from its very beginning."""
        return when(action, now) - case.data.parts[0].since <= self.times.undo

    def place_is_free(self, _case: Thing, action: Act, _now: datetime) -> bool:
        return taken(action.around.cases) < self.times.places


def ended(data: Data, at: datetime) -> Data:
    """He is back since then."""
    on = part_of(data)
    return replace(data, wish=None, parts=(*data.parts[:-1], replace(on, ended=max(on.since, at))))


def ticket(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    """The operator's words become a question in the IT chat."""
    effect = Open(flow=IT, text=case.data.said)
    return Change(data=replace(case.data, ticket=True), effects=(effect,))


def may_ticket(case: Thing, _action: Act, _now: datetime) -> bool:
    on = case.data.now
    return on is not None and on.kind is Kind.TECHNICAL and not case.data.ticket


def may_ticket_here(case: Thing, action: Act, now: datetime) -> bool:
    return may_ticket(case, action, now) and IT in action.around.flows


def ping(case: Thing, _action: Act, _now: datetime) -> Change[Data]:
    return Change(data=case.data, effects=(Tell(to=Audience.DECIDERS, what="ping"),))


def is_wish_shown(case: Thing, action: Act, _now: datetime) -> bool:
    """Whether that is what the card shows: he may have asked for something else since."""
    return case.data.wish is not None and action.arg == arg_of(case.data.wish)


def not_put_off(case: Thing, action: Act, now: datetime) -> bool:
    return case.data.decision is None and is_wish_shown(case, action, now)


def somebody_waits(_case: Thing, action: Act, _now: datetime) -> bool:
    return bool(queue(action.around.cases))


def says_back(_case: Thing, action: Act, _now: datetime) -> bool:
    return _says(action, Word.BACK)


def says_no_more(_case: Thing, action: Act, _now: datetime) -> bool:
    return _says(action, Word.BACK, Word.CANCEL)


def says_go(_case: Thing, action: Act, _now: datetime) -> bool:
    """He has written so, and to no colleague: «иду» may be the answer to «подойди»."""
    return _says(action, Word.GO) and not _is_to_a_colleague(action)


def takes_back(_case: Thing, action: Act, _now: datetime) -> bool:
    """He has written so, and to no colleague."""
    return _says(action, Word.CANCEL) and not _is_to_a_colleague(action)


def wants_else(case: Thing, _action: Act, _now: datetime) -> bool:
    """Off the line he has asked for another pause, and a supervisor has not said a word yet."""
    return case.data.wish is not None


def is_shown(case: Thing, action: Act, _now: datetime) -> bool:
    """Whether he takes back what the card shows: the pause itself, or what he wants instead."""
    return action.arg == arg_of(case.data.wish)


def is_plain(_case: Thing, action: Act, _now: datetime) -> bool:
    """A press is, and «отмена»; «не надо» may be said of anything when he is long gone."""
    said = read(action.text)
    return said is None or said.plainly


def says_over(_case: Thing, action: Act, _now: datetime) -> bool:
    return _says(action, Word.SHIFT_OVER)


def _is_to_a_colleague(action: Act) -> bool:
    said = action.what.said
    return said is not None and said.is_reply


def _says(action: Act, *words: Word) -> bool:
    said = read(action.text)
    return said is not None and said.what in words


def wish_of(data: Data) -> Wish:
    if data.wish is None:
        raise ValueError("nobody waits here")
    return data.wish


def part_of(data: Data) -> Part:
    if data.now is None:
        raise ValueError("nobody is away here")
    return data.now
