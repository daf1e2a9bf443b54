"""What is installed as a wheel has all that the code reads beside itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("shared", "services")
DATA = {".json", ".mako", ".pyi"}


def test_a_wheel_carries_the_data_files(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in (*PACKAGES, "deploy"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)

    offline = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check")
    subprocess.run([sys.executable, "-m", "pip", "wheel", *offline, "-w", str(tmp_path), str(source)], check=True)

    (wheel,) = tmp_path.glob("*.whl")
    carried = set(zipfile.ZipFile(wheel).namelist())
    data = {str(path.relative_to(ROOT)) for name in PACKAGES for path in (ROOT / name).rglob("*") if path.suffix in DATA}
    assert "shared/fhir/r4/structures.json" in data
    assert data <= carried
