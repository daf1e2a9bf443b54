"""The image of a service, as far as can be told without building it."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deploy.pins import pins
from services.directory import DIRECTORY
from tests.architecture.source import ROOT, imports, modules

DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()
FOUND_BY_THEMSELVES = {"httptools", "tzdata", "uvloop", "psycopg-binary"}


@pytest.mark.parametrize("service", DIRECTORY.owns)
def test_every_path_that_is_copied_exists_and_reaches_the_build(service: str) -> None:
    sources = _copied(service)

    assert sources
    assert not [source for source in sources if not (ROOT / source).exists()]
    assert not [source for source in sources if not _let_through(source)]


def test_it_runs_as_nobody_special() -> None:
    assert re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE) == ["care"]


@pytest.mark.parametrize("service", DIRECTORY.owns)
def test_it_holds_what_engine_and_service_import(service: str) -> None:
    pinned = {line.split("==")[0] for line in _pins(service).splitlines() if re.match(r"[a-z0-9]", line)}
    imported = {
        name.split(".")[0]
        for folder in ("shared", f"services/{service}")
        for path, tree in modules(folder)
        if "condense" not in path.parts
        for name in imports(tree)
    } - set(sys.stdlib_module_names)
    owners = importlib.metadata.packages_distributions()
    needed = {_normal(owners[name][0]) for name in imported if name not in ("shared", "services", "deploy")}

    assert needed - pinned == set()
    assert pinned >= FOUND_BY_THEMSELVES


@pytest.mark.parametrize("service", DIRECTORY.owns)
def test_the_service_starts_with_what_is_copied_and_nothing_else(service: str, tmp_path: Path) -> None:
    for source in _copied(service)[3:]:
        _copy(ROOT / source, tmp_path / source)
    starts = (
        "import asyncio, sys\n"
        f"from services.{service}.app import app\n"
        "async def main():\n"
        "    async with app.router.lifespan_context(app): assert app.state.running\n"
        "asyncio.run(main())\n"
        f"others = {set(DIRECTORY.owns) - {service}}\n"
        "assert not [name for name in sys.modules if name.split('.')[:1] == ['services'] and others & set(name.split('.'))]"
    )
    settings = {"CARE_DATA_DIR": str(tmp_path / "data"), "CARE_NATS_URL": "nats://127.0.0.1:9", "CARE_MLLP_PORT": "0"}

    ended = subprocess.run(
        [sys.executable, "-c", starts], cwd=tmp_path, env=os.environ | settings, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("service", DIRECTORY.owns)
def test_every_pin_of_it_has_its_hashes(service: str) -> None:
    blocks = [block for block in re.split(r"^(?=[a-z0-9])", _pins(service), flags=re.MULTILINE) if block.strip()]

    assert not [block for block in blocks if "--hash=sha256:" not in block]


def _copied(service: str) -> list[str]:
    """What COPY takes from the project: first what the pins are made from, then what runs."""
    return [
        source.replace("${SERVICE}", service)
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    else:
        shutil.copy(source, target)


def _pins(service: str) -> str:
    project = tomllib.loads((ROOT / f"services/{service}/pyproject.toml").read_text())
    return pins((ROOT / "constraints.txt").read_text(), project["project"]["dependencies"])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _let_through(source: str) -> bool:
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    return any(source == each or source.startswith(f"{each}/") for each in allowed)
