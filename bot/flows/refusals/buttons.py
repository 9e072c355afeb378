"""The buttons of a card of «Не проставленные отказы»."""

from __future__ import annotations

from bot.flows.base import Button
from bot.flows.refusals.case import Action, Data, State, Thing
from bot.flows.writes import last_conflict

#: Rows of reasons: a phone shows two short ones, or a long one.
_ROWS = (
    ("100", "63"), ("62", "61"), ("156", "99"), ("60", "160"), ("472",), ("161",), ("332",),
    ("163",),
)  # fmt: skip

Row = tuple[Button, ...]


def buttons(case: Thing) -> tuple[Row, ...]:
    """The rows: the decision first, then the rest. An empty row is left out."""
    data = case.data
    reject = Button(action=Action.REJECT, style="danger")
    #: After a decision it is not the poster's question any more.
    withdraw = () if data.was_ruled else (Button(action=Action.WITHDRAW),)
    change = (Button(action=Action.CHANGE),) if data.picked else ()
    back = Button(action=Action.BACK)
    rows: tuple[Row, ...] = ()
    match case.state:
        case State.READING:
            rows = ((reject, *withdraw),)
        case State.PICKING:
            rows = (*_reasons(), (reject, *withdraw))
        case State.COMMENTING:
            rows = (change, (reject, *withdraw))
        case State.WAITING:
            rows = (*_decision(data, reject, withdraw), change)
        case State.CHOOSING:
            rows = (*_operators(data), (reject, back))
        case State.EXPLAINING:
            rows = ((reject, back),)
        case State.CONFIRMING:
            rows = ((_pin(data.meant), reject), (back,))
        case State.PINNED | State.REJECTED | State.CONFLICT | State.LEFT:
            rows = _afterwards(case)
        case _:
            pass
    return tuple(row for row in rows if row)


def _decision(data: Data, reject: Button, withdraw: Row) -> tuple[Row, ...]:
    """Whom the rule names is one press away; where it names nobody, the supervisor does."""
    choose = Button(action=Action.CHOOSE)
    first = None if data.known is None else data.known.calls.first
    if first is None:
        return ((choose, reject), withdraw)
    return ((_pin(data.seen(first.operator)), reject), (choose, *withdraw))


def _pin(seen: str) -> Button:
    """What it pins is what its card shows."""
    return Button(action=Action.PIN, style="success", arg=seen)


def _afterwards(case: Thing) -> tuple[Row, ...]:
    """What could not be done as it was decided; and the way back, which is worth no edit."""
    anyway = Button(action=Action.SET_ANYWAY, style="danger", arg=last_conflict(case.data.writes))
    anew = Button(action=Action.DECIDE_ANEW, style="primary")
    rows: tuple[Row, ...] = ()
    if case.state is State.CONFLICT:
        rows = ((anyway,), (Button(action=Action.LEAVE),))
    elif case.state is State.LEFT or (case.state is State.PINNED and case.data.is_pin_refused):
        rows = ((anew,),)
    return (*rows, (Button(action=Action.UNDO, spare=True),))


def _reasons() -> tuple[Row, ...]:
    return tuple(tuple(Button(action=Action.PICK, arg=code) for code in row) for row in _ROWS)


def _operators(data: Data) -> tuple[Row, ...]:
    """A row for each."""
    return tuple((Button(action=Action.TAKE, arg=data.seen(name)),) for name in data.called)
