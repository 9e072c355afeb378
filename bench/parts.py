"""The parts of a benchmark, one after the other, and what came of all of them."""

from __future__ import annotations

import argparse
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.figures import Bar


@dataclass(frozen=True, slots=True)
class Part:
    """Something to measure.

    Attributes:
        what: it is, in a few words.
        lasts: how long it takes, in words.
        measure: does it, prints the tables, and gives the bars.
    """

    what: str
    lasts: str
    measure: Callable[[argparse.Namespace], Sequence[Bar]]


def measured(parts: Mapping[str, Part], options: argparse.Namespace) -> int:
    """Measure these, then print all bars. Returns 0 where every bar that counts was met, else 1.

    A part that cannot be measured has failed, and costs the others nothing.
    """
    found: dict[str, Sequence[Bar]] = {}
    began = time.monotonic()
    for name, part in parts.items():
        # Whoever reads along from a file sees what is under way.
        print(f"\n=== {name}: {part.what}; {part.lasts}", flush=True)
        found[name] = _of_part(part, options)
    print(f"\n=== all bars, after {(time.monotonic() - began) / 60:.0f} min\n")
    print(summary(found), flush=True)
    return int(any(bar.is_failed for bars in found.values() for bar in bars))


def _of_part(part: Part, options: argparse.Namespace) -> Sequence[Bar]:
    began = time.monotonic()
    try:
        bars = part.measure(options)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the other parts are measured
        traceback.print_exc()
        bars = [Bar(f"it can be measured ({type(error).__name__}: {error})", is_reached=False)]
    for bar in bars:
        print(bar)
    print(f"\n{time.monotonic() - began:.0f} s", flush=True)
    return bars


def summary(found: Mapping[str, Sequence[Bar]]) -> str:
    """Every bar in a line, and how many were met."""
    lines = []
    for name, bars in found.items():
        lines += [f"{name:9} {bar}" for bar in bars] or [f"{name:9} measured, nothing is asked"]
    every = [bar for bars in found.values() for bar in bars]
    failed = sum(bar.is_failed for bar in every)
    missed = sum(not bar.is_reached for bar in every) - failed
    lines.append(
        f"\n{len(every) - failed - missed} of {len(every)} bars met, {failed} failed,"
        f" {missed} missed that do not count"
    )
    return "\n".join(lines)
