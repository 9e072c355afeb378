"""From outcomes to a table."""

from __future__ import annotations

from collections.abc import Sequence

from bench.figures import table
from faults.scene import Outcome

#: Of one act so many broken promises are told in full.
_SHOWN = 12


def outcome_table(outcomes: Sequence[Outcome]) -> str:
    """A row for each act, and the sums."""
    head = ["attack", "engine", "made", "missed", "deaths", "survived", "lost", "doubled", "wrong"]
    rows = [
        [*head, "told twice*", "s"],
        *(_row(one.name, one.engine, [one]) for one in outcomes),
        _row("in all", "", outcomes),
    ]
    return (
        f'{table(rows)}\n\n* Allowed: Telegram has no way to say "send this once", so a death'
        " between sending and noting repeats an answer; what was undone and decided anew is told"
        " anew."
    )


def _row(name: str, engine: str, outcomes: Sequence[Outcome]) -> list[str]:
    return [
        name,
        engine,
        str(sum(one.attacks for one in outcomes)),
        str(sum(len(one.missed) for one in outcomes)),
        str(sum(one.kills for one in outcomes)),
        str(sum(one.survived for one in outcomes)),
        *(str(sum(one.count(kind) for one in outcomes)) for kind in ("lost", "doubled", "wrong")),
        str(sum(one.repeated for one in outcomes)),
        f"{sum(one.seconds for one in outcomes):.0f}",
    ]


def broken_promises(outcomes: Sequence[Outcome]) -> str:
    """What was broken, and what proves nothing, by act."""
    lines: list[str] = []
    for one in outcomes:
        told = [
            f"{one.engine}, {one.name}: {broken.kind}: {broken.rule}:"
            f" case {broken.case}: {broken.what}"
            for broken in one.broken[:_SHOWN]
        ]
        lines += told
        lines += [f"{one.engine}, {one.name}: did not strike: {why}" for why in one.missed[:_SHOWN]]
        if len(told) < len(one.broken):
            lines.append(f"{one.engine}, {one.name}: and {len(one.broken) - len(told)} more")
    return "\n".join(lines)


def closing_line(outcomes: Sequence[Outcome]) -> str:
    """As test runners close: attacks survived and not."""
    made = sum(one.attacks for one in outcomes)
    survived = sum(one.survived for one in outcomes)
    return f"{survived} passed, {made - survived} failed"
