"""Ports of this machine's loopback that nobody listens on."""

from __future__ import annotations

import secrets
import socket

_LOWEST, _HIGHEST = 20_000, 30_000
"""Below what Linux gives to outgoing connections (32768 and up), so a port that is free stays free."""


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_row(count: int) -> int:
    """The first of `count` free ports in a row, somewhere at random. Raises OSError where there is none."""
    for _ in range(100):
        first = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST - count)
        if all(map(is_free, range(first, first + count))):
            return first
    raise OSError(f"no {count} free ports in a row between {_LOWEST} and {_HIGHEST}")
