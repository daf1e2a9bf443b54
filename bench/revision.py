"""The code that is measured: which it is, and others of it from version control."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.stack import ROOT

MEASURING = ("bench", "tests/postgres.py")


def described() -> str:
    """Such as `1f0c7a9-dirty`; empty outside of version control."""
    try:
        return _git("describe", "--always", "--dirty").strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


@contextmanager
def worktree(revision: str, folder: Path) -> Iterator[Path]:
    """A revision checked out below a folder, with this tree's measurements in it. Raises CalledProcessError."""
    tree = folder / "tree"
    _git("worktree", "add", "--quiet", "--detach", str(tree), revision)
    try:
        shutil.rmtree(tree / "bench", ignore_errors=True)
        for name in MEASURING:
            copied = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
            copied(ROOT / name, tree / name)
        yield tree
    finally:
        _git("worktree", "remove", "--force", str(tree))


def _git(*arguments: str) -> str:
    return subprocess.run(("git", *arguments), cwd=ROOT, check=True, capture_output=True, text=True).stdout
