#!/usr/bin/env python3
"""An API of known capacity: one queue, one server, and times that mathematics knows.

    benches/search/single_server.py PORT KIND [OPTIONS]

KIND is one of
    mm1        exponential service times with the mean --service-ms: M/M/1
    md1        service times that are all --service-ms: M/D/1
    collapse   answers in --service-ms up to --limit requests a second; above, it answers 503 to all,
               and comes back --back-s seconds after the rate has fallen below the limit (never, if < 0)

Each request leaves the queue at an instant that is computed when it arrives, so a late wake-up of this
process makes one answer late and not the queue longer.
"""

import argparse
import asyncio
import collections
import random

OK = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
DOWN = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


class Queue:
    """One server with a queue."""

    def __init__(self, kind, service_s, seed):
        self.kind, self.service_s, self.free_at = kind, service_s, 0.0
        self.random = random.Random(seed)

    def answer(self, now):
        mean = self.service_s
        service = self.random.expovariate(1 / mean) if self.kind == "mm1" else mean
        self.free_at = max(now, self.free_at) + service
        return self.free_at, OK


class Collapse:
    """A server that falls over above a rate, and comes back some time after the rate has fallen."""

    def __init__(self, service_s, limit, back_s):
        self.service_s, self.limit, self.back_s = service_s, limit, back_s
        self.arrivals = collections.deque()
        self.overloaded_at = None

    def answer(self, now):
        self.arrivals.append(now)
        while self.arrivals[0] <= now - 1:
            self.arrivals.popleft()
        if len(self.arrivals) > self.limit:
            self.overloaded_at = now
        if self.overloaded_at is not None and (
            self.back_s < 0 or now < self.overloaded_at + self.back_s
        ):
            return now, DOWN
        self.overloaded_at = None
        return now + self.service_s, OK


class Connection(asyncio.Protocol):
    def __init__(self, api):
        self.api, self.buffer = api, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            length = 0
            for line in head.split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    length = int(line.split(b":", 1)[1])
            if len(self.buffer) < end + 4 + length:
                return
            self.buffer = self.buffer[end + 4 + length :]
            loop = asyncio.get_running_loop()
            at, answer = self.api.answer(loop.time())
            loop.call_at(at, self.send, answer)

    def send(self, answer):
        if not self.transport.is_closing():
            self.transport.write(answer)


async def main():
    words = argparse.ArgumentParser()
    words.add_argument("port", type=int)
    words.add_argument("kind", choices=["mm1", "md1", "collapse"])
    words.add_argument("--service-ms", type=float, default=5.0)
    words.add_argument("--limit", type=float, default=150.0)
    words.add_argument("--back-s", type=float, default=5.0)
    words.add_argument("--seed", type=int, default=1)
    given = words.parse_args()
    service_s = given.service_ms / 1000
    if given.kind == "collapse":
        api = Collapse(service_s, given.limit, given.back_s)
    else:
        api = Queue(given.kind, service_s, given.seed)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(api), "127.0.0.1", given.port)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
