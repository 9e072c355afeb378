"""Draws `docs/flows.md` from the flows' tables: python -m docs.diagrams [--check].

With --check nothing is written: exit 1 and one line where the page is stale.
"""

# ruff: noqa: INP001 -- a script beside the page that it draws, no package

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.config import make_flow
from bot.flows import FLOWS
from bot.flows.base import Flow, Rule
from bot.flows.records import Fact

PAGE = Path(__file__).parent / "flows.md"

_INTRO = """\
# Как живёт карточка · The life of a case

Нарисовано по таблицам из `bot/flows/`, руками не правится: `make diagrams`. Стрелка — что может \
произойти; в скобках — при каком условии; 👤 — кто это делает. Факты, которые карточку не двигают, \
не показаны; стрелка от рамки — из каждого \
состояния внутри неё.

Drawn from the tables in `bot/flows/`; never edited by hand: `make diagrams`. An arrow is what may \
happen, its condition in brackets, 👤 who does it. Facts that leave a case where it is are left \
out; ways of all states in the frame start at the frame. Dashed states are closed: no operator \
waits for anything in them.
"""

_POSTER = "poster"
#: So many states must have a way in common before a frame around them saves arrows.
_WORTH_A_FRAME = 4

#: (label, target) → the states that have this way out.
Ways = dict[tuple[str, str], tuple[str, ...]]


def page(flows: Iterable[Flow[Any]]) -> str:
    """The whole page."""
    return "\n".join([_INTRO, *(_section(flow) for flow in flows)])


def diagram(flow: Flow[Any]) -> str:
    """Mermaid's text of one flow: openings, every way from state to state, the ends.

    States that share most of their ways out are framed together: a way of all is drawn once.
    """
    ways = _ways(flow)
    frame = _frame(flow, ways)
    lines = ["stateDiagram-v2", "    direction LR"]
    if frame:
        lines += ["    state undecided {", *(f"        {state}" for state in frame), "    }"]
    lines += [f"    [*] --> {state}" for state in flow.states if state in flow.openings]
    for (source, target), labels in _edges(ways, frame).items():
        lines.append(f"    {source} --> {target}: {'<br/>'.join(labels)}")
    left = {source for sources in ways.values() for source in sources}
    lines += [f"    {state} --> [*]" for state in flow.states if state not in left]
    closed = ",".join(state for state in flow.states if state in flow.closed)
    lines += ["    classDef closed stroke-dasharray: 4 4", f"    class {closed} closed"]
    return "\n".join(lines)


def _section(flow: Flow[Any]) -> str:
    legend = [
        f"| `{state}` | {'закрыто · closed' if state in flow.closed else 'ждёт · open'} "
        f"| {', '.join(_stays(flow, state)) or '—'} |"
        for state in flow.states
    ]
    return "\n".join(
        [
            f"## {flow.name}",
            "",
            "```mermaid",
            diagram(flow),
            "```",
            "",
            "| состояние · state | | люди могут, не сдвигая карточку · people may, staying |",
            "| --- | --- | --- |",
            *legend,
            "",
        ]
    )


def _ways(flow: Flow[Any]) -> Ways:
    """Each way out, and the states that have it. What stays in its state is none."""
    ways: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for rule in flow.rules:
        if rule.to is not None and rule.to != rule.state:
            ways[_label(rule), rule.to][rule.state] = None
    return {way: tuple(sources) for way, sources in ways.items()}


def _frame(flow: Flow[Any], ways: Ways) -> tuple[str, ...]:
    """The states that share the ways that most states share; none where that is no help."""
    shared = [set(sources) for sources in ways.values() if len(sources) >= _WORTH_A_FRAME]
    framed = set.intersection(*shared) if shared else set()
    return tuple(state for state in flow.states if state in framed) if len(framed) > 1 else ()


def _edges(ways: Ways, frame: tuple[str, ...]) -> dict[tuple[str, str], list[str]]:
    """The arrows and their labels; parallel ways share an arrow, the frame's ways are its own."""
    edges: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for (label, target), sources in ways.items():
        of_all = bool(frame) and set(frame) <= set(sources)
        drawn = [source for source in sources if not (of_all and source in frame)]
        for source in ["undecided", *drawn] if of_all else drawn:
            edges[source, target].append(label)
    return dict(edges)


def _label(rule: Rule[Any]) -> str:
    """`allow 👤 admin`, `time_up (15 min)`."""
    words = [str(rule.on)]
    if rule.label:
        words.append(f"({rule.label})")
    who = _POSTER if rule.who.poster else "/".join(sorted(rule.who.roles))
    if who:
        words.append(f"👤 {who}")
    return " ".join(words)


def _stays(flow: Flow[Any], state: StrEnum) -> Iterator[str]:
    """What people may do in a state without moving the case; facts only mark data."""
    seen = dict.fromkeys(
        rule.on
        for rule in flow.rules
        if rule.state == state and rule.to in {None, state} and not isinstance(rule.on, Fact)
    )
    return (f"`{name}`" for name in seen)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or check it."""
    parser = argparse.ArgumentParser(prog="python -m docs.diagrams", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, say if it is stale")
    check: bool = parser.parse_args(arguments).check
    fresh = page(make_flow(kind, {}) for kind in FLOWS)
    if not check:
        PAGE.write_text(fresh, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == fresh:
        return 0
    sys.stderr.write("docs/flows.md is stale: draw it anew with `make diagrams`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
