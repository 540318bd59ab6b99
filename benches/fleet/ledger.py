#!/usr/bin/env python3
"""An HTTP server that notes when each lead came, and which it was.

    benches/fleet/ledger.py PORT FILE SECONDS

Each line of FILE: the time in nanoseconds since 1970, a space, and the body. Ends after SECONDS.
"""

import asyncio
import sys
import time

ANSWER = b'HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 37\r\n\r\n{"id":"00Q5f0000000001EAA","ok":true}'


async def main(port, path, seconds):
    with open(path, "wb") as ledger:

        async def serve(reader, writer):
            try:
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    came = time.time_ns()
                    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
                    body = await reader.readexactly(int(length.split(b":")[1]))
                    if b"leadbench-callout: preflight" not in head.lower():
                        ledger.write(b"%d %s\n" % (came, body))
                    writer.write(ANSWER)
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=1024)
        print("ready", flush=True)
        await asyncio.sleep(seconds)
        server.close()
        ledger.flush()


asyncio.run(main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
