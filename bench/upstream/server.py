"""The upstream's process: `python -m bench.upstream.server CONFIG`.

Answers `/todos/1` over HTTPS as the article's API does, after the latency it is told
to take. The bench speaks to it over the socket that is its standard input, a JSON
object a line, and it ends when that socket closes.

Its own protocol on uvloop and httptools, in place of a framework, because the witness
must know connections exactly, and no server tells an application which one a request
came on. Measured on two cores with 100 calls in flight, CPU a call over a kept / a new
TLS connection: this 0.10 / 0.6 ms, granian with RSGI 0.14 / 0.37, uvicorn 0.18 / 0.8.
"""

import asyncio
import functools
import itertools
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import httptools
import msgspec
import uvloop

from bench.upstream import api
from bench.upstream.draws import latencies_s
from bench.upstream.messages import Config, Order, Pong, Ready, Reply, SampleBegun, Seen
from bench.upstream.trust import make_server_context
from bench.upstream.witness import IDLE_TIMEOUT_S, Witness
from lab.latency import Latency

BACKLOG = 1024

# Of connections. Not the objects themselves: the witness would keep them alive.
numbers = itertools.count()

# There are two answers; they are made once each.
answer = functools.cache(api.answer)


class Connection(asyncio.Protocol):
    """One client's connection. HTTP clients do not pipeline: one call at a time is on it."""

    def __init__(self, witness: Witness, loop: asyncio.AbstractEventLoop) -> None:
        self._witness = witness
        self._loop = loop
        self._number = next(numbers)
        self._parser: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)
        self._used = False
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._calls = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's, but do the same.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        for timer in self._timers.values():
            timer.cancel()
            self._witness.abandoned()
        self._timers.clear()
        # The parser knows this object, which knows the parser: together they would stay, with all
        # that TLS keeps for them, until a collection of garbage that runs seldom.
        self._parser = None

    def data_received(self, data: bytes) -> None:
        if self._parser is None:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.close()

    def on_message_complete(self) -> None:
        arrived_s = time.monotonic()
        asked_s = self._witness.arrived(self._number, first=not self._used)
        self._used = True
        self._calls += 1
        keep = self._parser is not None and self._parser.should_keep_alive()
        response = answer(keep_alive=keep)
        self._schedule(self._calls, arrived_s, asked_s, response, keep=keep)

    def _schedule(
        self, call: int, arrived_s: float, asked_s: float, response: bytes, *, keep: bool
    ) -> None:
        # uvloop's timers count whole milliseconds of a clock it reads once per turn, and may
        # fire early: half of one is added, and a call whose time has not come waits again.
        remaining_s = arrived_s + asked_s - time.monotonic()

        def due() -> None:
            if time.monotonic() < arrived_s + asked_s:
                self._schedule(call, arrived_s, asked_s, response, keep=keep)
                return
            del self._timers[call]
            self._transport.write(response)
            self._witness.answered(arrived_s, asked_s)
            if not keep:
                self._transport.close()

        self._timers[call] = self._loop.call_later(max(0.0, remaining_s) + 0.0005, due)


async def _idle(witness: Witness) -> bool:
    """Wait until no call is in flight; False where some still are after the time-out."""
    deadline_s = time.monotonic() + IDLE_TIMEOUT_S
    while witness.in_flight:
        if time.monotonic() > deadline_s:
            return False
        await asyncio.sleep(0.002)
    return True


async def _obey(
    reader: asyncio.StreamReader,
    reply: Callable[[Reply], None],
    witness: Witness,
    latency: Latency,
) -> None:
    """Answer the bench's orders until it closes its end."""
    while line := await reader.readline():
        order = msgspec.json.decode(line, type=Order)
        if order.do == "begin":
            idle = await _idle(witness)
            if idle:
                witness.begin(latencies_s(order.latency or latency, order.key))
            reply(SampleBegun(idle, witness.in_flight, time.process_time()))
        elif order.do == "ping":
            reply(Pong())
        else:
            reply(Seen(witness.testimony(), time.process_time()))


async def _main(config: Config) -> None:
    loop = asyncio.get_running_loop()
    witness = Witness()
    witness.begin(latencies_s(config.latency, "before the first sample"))
    context = make_server_context(config.trust, Path(config.trust_file))
    server = await loop.create_server(
        lambda: Connection(witness, loop), "127.0.0.1", 0, ssl=context, backlog=BACKLOG
    )
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=0))

    def reply(message: Reply) -> None:
        writer.write(msgspec.json.encode(message) + b"\n")

    reply(Ready(server.sockets[0].getsockname()[1]))
    await _obey(reader, reply, witness, config.latency)


if __name__ == "__main__":
    uvloop.run(_main(msgspec.json.decode(sys.argv[1], type=Config)))
