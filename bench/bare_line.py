"""The floor of the line: every frame is sent back as it came. `python -m bench.bare_line <port>`"""

from __future__ import annotations

import asyncio
import sys

import uvloop

from services.intake.hl7v2.framing import Framer, framed

_LARGEST, _PIECE = 1_000_000, 65_536


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    framer = Framer(_LARGEST)
    while received := await reader.read(_PIECE):
        for frame in framer.feed(received):
            writer.write(framed(frame.content))
        await writer.drain()
    writer.close()


async def _serve(port: int) -> None:
    server = await asyncio.start_server(_echo, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(int(sys.argv[1])))
