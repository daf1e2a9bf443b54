"""`python -m deploy.demo [--bundle FILE]`: River's case on a stack of its own, told as a timeline. Exit 0 if it ended well."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from time import monotonic

from .ending import wrong_with
from .line import NotTaken
from .river import River
from .stack import Stack
from .stage import Refused
from .timeline import Timeline

_STOPPED = 130
"""Exit code of who was interrupted."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--bundle", type=Path, help="play the case for the patient of this FHIR bundle")
    bundle: Path | None = parser.parse_args().bundle
    if bundle and not bundle.is_file():
        parser.error(f"{bundle} is no file")
    folder = Path(tempfile.mkdtemp(prefix="careloom-demo-"))
    stack = Stack(folder)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        wrong = asyncio.run(_play(stack, bundle.read_bytes() if bundle else None))
    except KeyboardInterrupt:
        wrong = None
    except (Refused, NotTaken, TimeoutError, AssertionError, OSError) as error:
        wrong = [str(error)]
    if wrong:
        print("\nThe case did not end as it should:", *wrong, f"What the services said: {stack.log_file}", sep="\n  ")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return _STOPPED if wrong is None else 0


async def _play(stack: Stack, bundle: bytes | None) -> list[str]:
    """What is wrong with the end; nothing, if all is well."""
    print("Starting a broker and four services on a folder of their own …", flush=True)
    began = monotonic()
    stack.start()
    try:
        async with stack.stage() as stage:
            river = River(stage, Timeline(), bundle)
            ready = monotonic()
            await river.play()
            wrong = wrong_with(await river.end_state())
    finally:
        stack.stop()
    if not wrong:
        print(
            f"\nAll as it should be: {monotonic() - ready:.0f} s for ten weeks, after {ready - began:.0f} s to start.", flush=True
        )
    return wrong


if __name__ == "__main__":
    sys.exit(main())
