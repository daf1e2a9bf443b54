"""Stacks of real processes: one for the whole session, and fresh ones for those who kill or stop theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Started once; tests keep to resources of their own."""
    stack = Stack(tmp_path_factory.mktemp("stack"))
    stack.start()
    yield stack
    stack.stop()


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[Stack]:
    """Started; the test may do with it what it likes."""
    stack = Stack(tmp_path / "stack")
    stack.start()
    yield stack
    stack.stop()
