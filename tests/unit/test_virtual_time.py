from __future__ import annotations

import asyncio
import time

from tests.harness.virtual import VirtualClock, run_virtually


def test_an_hour_of_waiting_takes_no_time() -> None:
    async def wait() -> float:
        clock = VirtualClock()
        before = clock()
        await asyncio.sleep(3600)
        return (clock() - before).total_seconds()

    began = time.monotonic()
    assert run_virtually(wait()) == 3600
    assert time.monotonic() - began < 60


def test_time_stands_still_while_a_thread_works() -> None:
    async def work() -> float:
        loop = asyncio.get_running_loop()
        waiting = asyncio.create_task(asyncio.sleep(10))
        await asyncio.to_thread(time.sleep, 0.1)
        waiting.cancel()
        return loop.time()

    assert run_virtually(work()) == 0


def test_time_stands_still_while_a_socket_s_other_end_answers() -> None:
    async def talk() -> float:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readline())
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            async with asyncio.timeout(0.001):
                writer.write(b"word\n")
                assert await reader.readline() == b"word\n"
            writer.close()
        return asyncio.get_running_loop().time()

    assert run_virtually(talk()) == 0
