"""The hospital's line to intake: HL7 v2 over MLLP, a message sent again until it is acknowledged."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

_START, _END = b"\x0b", b"\x1c\r"
_ANSWER_SECONDS: Final = 10.0


class NotTaken(Exception):
    """A message that intake will not have, however often it is sent (AE): what it says."""


@dataclass(frozen=True, slots=True)
class Line:
    port: int

    async def send(self, message: bytes) -> bool:
        """Whether it was taken; False: nobody is there, or not now (AR). Raises NotTaken."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                answer = await self._exchanged(message)
        except (OSError, EOFError, TimeoutError):
            return False
        code = answer.partition("\rMSA|")[2][:2]
        if code == "AE":
            raise NotTaken(answer.replace("\r", "\n"))
        return code == "AA"

    async def _exchanged(self, message: bytes) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(_START + message + _END)
            return (await reader.readuntil(_END)).decode()
        finally:
            writer.close()
