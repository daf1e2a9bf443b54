"""The memory of a service's process: what starting took is let go, what stays is not looked through again."""

from __future__ import annotations

import ctypes
import gc
import sys
from typing import Final

_ARENAS: Final = 2
_M_ARENA_MAX: Final = -8
"""https://man7.org/linux/man-pages/man3/mallopt.3.html"""


def spare() -> None:
    """Before anything is imported: nats-py takes aiohttp, for WebSockets, wherever that is installed.

    No service depends on it, so it is not there in production; beside the tests' tools it would cost some 8 MB of each process.
    """
    sys.modules.setdefault("aiohttp", None)  # type: ignore[arg-type]  # as the import system has it: an ImportError


def share_arenas() -> None:
    """Before the first thread: all threads allocate from a few arenas, else each keeps one of its own at its largest size.

    Threads here take turns at the interpreter anyway, so they hardly ever wait for each other at an arena.
    """
    if libc := _glibc():
        libc.mallopt(_M_ARENA_MAX, _ARENAS)


def settle() -> None:
    """After the start: free what it left behind, and have the collector pass over what lives as long as the process.

    A full collection of everything that was imported holds up every request for a tenth of a second.
    """
    gc.collect()
    gc.freeze()
    if libc := _glibc():
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    """None where the C library is another one (macOS, musl)."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    return libc if hasattr(libc, "malloc_trim") else None
