"""Who is called what, and what may stand in the project's files."""

from __future__ import annotations

import ast
import importlib.metadata
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, imports, modules, tracked

OURS = ("shared", "services", "deploy", "bench", "tests")
EMPTY_WORDS = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}
DOMAIN_WORDS = {
    *("acuity", "adt", "careplan", "casemanager", "caseload", "coverage", "discharge", "hospital", "insurer", "intake"),
    *("neuropsychology", "payer", "river", "scheduling", "strengths", "therapy", "worklist"),
}

REGISTRIES = ("pypi", "pythonhosted", "npmjs", "deb.debian", "security.debian")
HOST = re.compile("|".join(re.escape(name) + r"\.(org|com|net)" for name in REGISTRIES))
MACHINE = re.compile(r"(?:^|[^\w.~-])/(?:work|farm|root|home/\w+)/", re.MULTILINE)


def test_no_installed_package_takes_our_names() -> None:
    owners = importlib.metadata.packages_distributions()

    assert not [name for name in OURS if set(owners.get(name, ())) - {"careloom"}]


def test_a_module_is_named_after_what_it_holds() -> None:
    empty = [path for folder in OURS for path, _ in modules(folder) if path.stem in EMPTY_WORDS]

    assert not empty


def test_one_release_of_fhir_is_imported() -> None:
    releases = {
        name.removeprefix("fhir.resources.").split(".")[0]
        for folder in OURS
        for _, tree in modules(folder)
        for name in imports(tree)
        if name.startswith("fhir.resources.")
    }

    assert releases <= {"R4B"}


def test_the_engine_holds_no_word_of_the_domain() -> None:
    said = [
        f"{path.relative_to(ROOT)}: {word}"
        for path, tree in modules("shared")
        if not path.is_relative_to(ROOT / "shared/fhir/r4") and path.name != "types.py"
        for word in sorted(_words(tree) & DOMAIN_WORDS)
    ]

    assert not said


@pytest.mark.parametrize(("what", "pattern"), [("a registry's host", HOST), ("a path of some machine", MACHINE)])
def test_no_file_holds(what: str, pattern: re.Pattern[str]) -> None:
    found = [path.relative_to(ROOT) for path in tracked() if (text := _text(path)) and pattern.search(text)]

    assert not found, f"{what} stands in {found}"


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def _words(tree: ast.Module) -> set[str]:
    """The words of names and texts in the code, lower case; what documentation says in passing does not count."""
    return {word.lower() for text in _texts(tree) for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text)} | {
        text.lower() for text in _texts(tree)
    }


def _texts(tree: ast.Module) -> Iterator[str]:
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value
