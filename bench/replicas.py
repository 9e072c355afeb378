"""Rounds with one, two and three replicas behind haproxy, by the webhook, on one PostgreSQL.

All else (Telegram's sandbox, the CRM, PostgreSQL, haproxy, people) shares the machine with them:
where its processors are busy with one replica already, a second one brings no rounds.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
from collections.abc import Sequence

from bench.balancer import PROGRAM, balancer
from bench.figures import Bar, Measured, table
from bench.processes import running
from bench.rounds import ADMIN_NAME
from bench.stand import Stand
from bench.turns import furnished

_MOST = 3
#: Turns of each number of replicas, and rounds at the beginning of a turn that are not counted.
_TURNS, _WARM = 4, 20


async def replicas(options: argparse.Namespace) -> list[Bar]:
    """Measure and print. Nothing is asked of them.

    Raises:
        RuntimeError: it cannot be measured.
    """
    if PROGRAM is None:
        raise RuntimeError("haproxy is not installed (Debian: apt-get install haproxy)")
    found = [Measured(name=str(number)) for number in range(1, _MOST + 1)]
    each = -(-options.rounds // _TURNS)
    async with (
        furnished(options.operators, options.groups) as (at, postgres),
        contextlib.AsyncExitStack() as stack,
    ):
        urls = [await stack.enter_async_context(postgres.database()) for _ in found]
        for turn in range(_TURNS):
            for number in range(_MOST):
                place = (turn + number) % _MOST
                await _turn(at, found[place], urls[place], each, first=not turn)
    print(
        f"\n{options.rounds} rounds with each number of replicas, {options.operators} operators"
        f" side by side in {options.groups} groups; Python {platform.python_version()},"
        f" {os.cpu_count()} processors\n"
    )
    print(replicas_table(found))
    return []


async def _turn(at: Stand, measured: Measured, url: str, rounds: int, *, first: bool) -> None:
    """Let so many replicas start, get warm and work; then look whether the CRM has it all, once."""
    environment = at.environment(url)
    async with (
        balancer(at.home, int(measured.name)) as front,
        contextlib.AsyncExitStack() as stack,
    ):
        processes = [
            await stack.enter_async_context(
                running(
                    *("-m", "bench.ours"), home=at.home, until='"ready"',
                    environment=environment | front.settings(number),
                )
            )
            for number in range(int(measured.name))
        ]  # fmt: skip
        if first:
            await at.centre.introduce()
        await at.centre.block(await at.clerk.leads(_WARM))
        keys = await at.clerk.leads(rounds)
        busy = [process.processor_time() for process in processes]
        measured.blocks.append(await at.centre.block(keys))
        measured.processor.append(sum(one.processor_time() for one in processes) - sum(busy))
        measured.resident = max(one.resident() for one in processes)
    for key in keys:
        comments = [text for text in await at.clerk.comments(key) if ADMIN_NAME in text]
        if len(comments) != 1:
            raise RuntimeError(f"{measured.name} replicas: {len(comments)} comments in a lead")


def replicas_table(found: Sequence[Measured]) -> str:
    """A column for each number of replicas."""
    one = found[0]
    rows = [
        ["replicas", *(bot.name for bot in found)],
        ["rounds per second (median block)", *(f"{bot.per_second:.1f}" for bot in found)],
        [
            "  as a part of one's (least to most)",
            *("{:.2f} ({:.2f} to {:.2f})".format(*bot.ratio_to(one)) for bot in found),
        ],
    ]
    for words, name in (
        ("post → card with the earlier order, ms p50 / p95", "post_to_card"),
        ("press → answer, ms p50 / p95", "press_to_answer"),
        ("post → operator told, ms p50 / p95", "post_to_told"),
    ):
        rows.append([words, *("{:.0f} / {:.0f}".format(*b.milliseconds(name)) for b in found)])
    rows += [
        ["processor time of all for a round, ms", *(f"{bot.processor_ms:.1f}" for bot in found)],
        ["resident memory of each (most), MB", *(f"{bot.resident:.0f}" for bot in found)],
    ]
    return table(rows)
