"""What a whole run must have done, besides breaking nothing."""

from __future__ import annotations

from collections.abc import Sequence

from faults.scene import Outcome

#: Deaths by `kill -9` that either form must have made: the short one in all, the long one on each
#: of these engines.
_SHORT, _LONG = 40, 300
_ENGINES = ("sqlite", "postgresql")


def longest_wait(outcomes: Sequence[Outcome]) -> str:
    """Where it took longest, by turned clocks, until nothing was left to do."""
    one = max(outcomes, key=lambda outcome: outcome.waited, default=None)
    if one is None or not one.waited:
        return "Nothing had to be waited for."
    return f"Longest wait until all was done: {one.waited:.0f} s ({one.engine}, {one.name})"


def kills_bar(outcomes: Sequence[Outcome], *, long: bool) -> tuple[bool, str]:
    """Whether the bot was killed often enough, and a line that says so."""
    kills = {
        engine: sum(one.kills for one in outcomes if one.engine == engine and "kill -9" in one.name)
        for engine in dict.fromkeys((*_ENGINES, *(one.engine for one in outcomes)))
    }
    is_met = (
        all(kills[engine] >= _LONG for engine in _ENGINES)
        if long
        else sum(kills.values()) >= _SHORT
    )
    by_engine = ", ".join(f"{engine} {count}" for engine, count in kills.items())
    bar = f"at least {_LONG} on each engine" if long else f"at least {_SHORT} in all"
    return is_met, f"Deaths by kill -9: {by_engine} ({bar}: {'met' if is_met else 'MISSED'})"
