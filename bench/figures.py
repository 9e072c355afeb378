"""From timings to a table."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bench.rounds import Block, Timing


@dataclass(slots=True, kw_only=True)
class Measured:
    """What one bot has shown, block by block.

    Attributes:
        processor: seconds of the bot's processor time, per block.
        crm_calls, telegram_calls: made in all blocks; updates fetched are not counted.
        resident: MB after the last block.
    """

    name: str
    blocks: list[Block] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    crm_calls: int = 0
    telegram_calls: int = 0
    resident: float = 0.0

    @property
    def rounds(self) -> int:
        """Of all blocks."""
        return sum(len(block.timings) for block in self.blocks)

    @property
    def per_second(self) -> float:
        """Rounds per second, the median block's."""
        return statistics.median(block.per_second for block in self.blocks)

    @property
    def processor_ms(self) -> float:
        """The bot's processor time for a round, in ms."""
        return 1000 * sum(self.processor) / self.rounds

    def milliseconds(self, name: str) -> tuple[float, float]:
        """(p50, p95) of a part of the round, in ms."""
        return half_and_most(getattr(timing, name) for timing in self._timings())

    def ratio_to(self, other: Measured) -> tuple[float, float, float]:
        """Rounds per second as a part of the other's: median, least and most.

        Pass by pass: what disturbs the machine for a while disturbs both.
        """
        ratios = [
            mine.per_second / theirs.per_second
            for mine, theirs in zip(self.blocks, other.blocks, strict=True)
        ]
        return statistics.median(ratios), min(ratios), max(ratios)

    def waiting_to(self, other: Measured) -> float:
        """From a press to its answer, p95, in times of the other's."""
        name = "press_to_answer"
        return self.milliseconds(name)[1] / other.milliseconds(name)[1]

    def _timings(self) -> list[Timing]:
        return [timing for block in self.blocks for timing in block.timings]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRest:
    """Starts of one bot: seconds until it was ready, MB when nothing has happened yet."""

    name: str
    ready: list[float]
    resident: list[float]


@dataclass(frozen=True, slots=True)
class Bar:
    """What was wanted, and whether it was reached.

    Attributes:
        counts: whoever misses it has failed; else it is only said.
    """

    what: str
    is_reached: bool
    counts: bool = field(default=True, kw_only=True)

    @property
    def is_failed(self) -> bool:
        """It was missed, and it counts."""
        return self.counts and not self.is_reached

    def __str__(self) -> str:
        """The line that says it."""
        said = "passed" if self.is_reached else "FAILED" if self.counts else "missed"
        return f"{said}  {self.what}"


def half_and_most(seconds: Iterable[float]) -> tuple[float, float]:
    """The 50th and the 95th percentile, in ms."""
    cuts = statistics.quantiles((1000 * second for second in seconds), n=20, method="inclusive")
    return cuts[9], cuts[18]


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the first is a name, the others are figures."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def load_table(naive: Measured, ours: Sequence[Measured]) -> str:
    """All bots beside the naive one."""
    bots = [naive, *ours]

    def line(name: str, *cells: str) -> list[str]:
        return [name, *cells]

    rows = [
        line("", *(bot.name for bot in bots)),
        line("rounds per second (median block)", *(f"{bot.per_second:.1f}" for bot in bots)),
        line(
            "  as a part of naive's (least to most)",
            "1",
            *("{:.2f} ({:.2f} to {:.2f})".format(*bot.ratio_to(naive)) for bot in ours),
        ),
    ]
    for words, name in (
        ("post → card with the earlier order, ms p50 / p95", "post_to_card"),
        ("press → answer, ms p50 / p95", "press_to_answer"),
        ("post → operator told, ms p50 / p95", "post_to_told"),
    ):
        rows.append(line(words, *("{:.0f} / {:.0f}".format(*b.milliseconds(name)) for b in bots)))
    rows += [
        line("bot's processor time for a round, ms", *(f"{b.processor_ms:.1f}" for b in bots)),
        line("calls of the CRM for a round", *(f"{b.crm_calls / b.rounds:.2f}" for b in bots)),
        line(
            "calls of Telegram for a round", *(f"{b.telegram_calls / b.rounds:.2f}" for b in bots)
        ),
        line("resident memory after its rounds, MB", *(f"{b.resident:.0f}" for b in bots)),
    ]
    return table(rows)


def rest_table(bots: Sequence[AtRest]) -> str:
    """Start and rest; the first start of the product makes the database."""
    return table(
        [
            ["", *(bot.name for bot in bots)],
            ["start → ready, first, s", *(f"{bot.ready[0]:.2f}" for bot in bots)],
            [
                "start → ready, later (median), s",
                *(f"{statistics.median(bot.ready[1:]):.2f}" for bot in bots),
            ],
            [
                "resident memory at rest (most), MB",
                *(f"{max(bot.resident):.0f}" for bot in bots),
            ],
        ]
    )
