"""A disk of its own, in memory: a tmpfs, which is full as soon as it may be no larger than it is.

Only who may mount has one: root, and anybody in namespaces of his own, in which `in_own_namespaces` begins the program anew.
https://docs.kernel.org/filesystems/tmpfs.html, mount(2), unshare(1)
"""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_SIZE: Final = 8 << 30
"""Bytes; those that nobody uses take no memory."""
_REMOUNT: Final = 32
_DETACH: Final = 2
_TRIES: Final = 50
_NAMESPACES: Final = ("unshare", "--user", "--map-current-user", "--keep-caps", "--mount")
_BEGUN_ANEW: Final = "CHAOS_IN_OWN_NAMESPACES"


class Disk:
    """`mount`, then `fill` and `free`, then `unmount`. They raise OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def mount(self, user: int, group: int) -> None:
        self._mount(0, f"size={_SIZE},mode=0700,uid={user},gid={group}")

    def fill(self, room: int) -> None:
        """Leave so many bytes of room."""
        for _ in range(_TRIES):
            now = os.statvfs(self._folder)
            try:
                self._mount(_REMOUNT, f"size={(now.f_blocks - now.f_bfree) * now.f_frsize + room}")
            except OSError as error:
                if error.errno != errno.EINVAL:  # it has not grown meanwhile
                    raise
            else:
                return
        raise OSError(errno.EINVAL, "it grows too fast to be filled")

    def free(self) -> None:
        self._mount(_REMOUNT, f"size={_SIZE}")

    def unmount(self) -> None:
        _checked(_libc.umount2(bytes(self._folder), _DETACH))

    def _mount(self, flags: int, options: str) -> None:
        _checked(_libc.mount(b"tmpfs", bytes(self._folder), b"tmpfs", flags, options.encode()))


def in_own_namespaces(arguments: Sequence[str]) -> None:
    """Begin this program anew where its user may mount, if he may not here and may there; else do nothing."""
    if os.geteuid() == 0 or _BEGUN_ANEW in os.environ:
        return
    try:
        allowed = subprocess.run((*_NAMESPACES, "true"), capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return
    if allowed:
        os.environ[_BEGUN_ANEW] = "yes"
        os.execvp(_NAMESPACES[0], (*_NAMESPACES, sys.executable, *arguments))


def _checked(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


_libc: Final = ctypes.CDLL(None, use_errno=True)
