"""What the documents say is so."""

from __future__ import annotations

import re

import pytest

from deploy.documents import PAGES, stale
from services.directory import DIRECTORY
from shared.kernel.settings import PER_SERVICE, Settings
from tests.architecture.source import ROOT, tracked

DECISIONS = tuple(f"docs/decisions/{path.name}" for path in (ROOT / "docs/decisions").glob("*.md"))
PAGES_BY_HAND = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/feeds.md", *DECISIONS)
SETTINGS = {f"CARE_{name.upper()}" for name in Settings.model_fields} | {
    f"CARE_{service.upper()}_{key}" for service in (*DIRECTORY.owns, "<SERVICE>") for key in PER_SERVICE
}
TYPES = {re.sub(r"(?<!^)(?=[A-Z])", "_", type).upper() for owned in DIRECTORY.owns.values() for type in owned}
"""CARE_PLAN and CARE_TEAM are no settings."""


def test_the_pages_made_from_the_code_are_current() -> None:
    assert not stale(), "`make docs` makes them anew"


def test_every_page_of_docs_is_by_hand_or_made() -> None:
    assert {path.relative_to(ROOT / "docs").as_posix() for path in tracked() if path.is_relative_to(ROOT / "docs")} >= set(PAGES)


def test_make_alone_lists_every_target_with_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = next(line for line in makefile.splitlines() if line.startswith(".PHONY:")).split()[1:]

    assert set(targets) == set(re.findall(r"^([a-z-]+):.* ## \w", makefile, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES_BY_HAND)
def test_every_make_target_that_is_named_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|[`$ ])make ([a-z-]+)", "\n".join(_code((ROOT / page).read_text())), re.MULTILINE))

    assert named <= targets


@pytest.mark.parametrize("page", PAGES_BY_HAND)
def test_every_file_that_is_linked_exists(page: str) -> None:
    linked = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text())

    assert not [link for link in linked if not ((ROOT / page).parent / link).exists()]


@pytest.mark.parametrize("page", PAGES_BY_HAND)
def test_every_file_that_is_named_exists(page: str) -> None:
    named = re.findall(r"`((?:shared|services|deploy|tests|docs|bench)/[\w./-]+\.\w+)`", (ROOT / page).read_text())

    assert not [name for name in named if not (ROOT / name).exists()]


def test_every_setting_that_is_named_anywhere_is_one() -> None:
    named = {
        (name, path.name)
        for path in tracked()
        if path.suffix in (".py", ".md", ".yaml", ".conf", "") and path.name != "LICENSE"
        for name in re.findall(r"\bCARE_(?:[A-Z]+_)*[A-Z]+\b", path.read_text())
    }

    assert not {(name, path) for name, path in named if name not in SETTINGS | TYPES}


def _code(markdown: str) -> list[str]:
    return re.findall(r"```\w*\n(.*?)```", markdown, re.DOTALL) + re.findall(r"`[^`\n]+`", markdown)
