"""`python -m deploy.documents`: writes the pages of docs/ that are made from the code. A test holds them against it."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from services.directory import DIRECTORY
from shared.events.asyncapi import document
from shared.events.catalogue import ENGINE, Entry, catalogue
from shared.kernel.meter import Meters
from shared.kernel.settings import PER_SERVICE, Settings
from shared.runtime.telemetry import Telemetry
from shared.service import Service

DOCS = Path(__file__).parents[1] / "docs"


def services() -> list[Service]:
    """The deployables, in the directory's order."""
    return [importlib.import_module(f"services.{name}.app").service for name in DIRECTORY.owns]


def settings() -> str:
    rows = [
        (f"`CARE_{name.upper()}`", _default(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    rows += [(f"`CARE_<SERVICE>_{key}`", "", about) for key, about in PER_SERVICE.items()]
    return _page(
        "Settings",
        "The environment sets them. Lengths of time are written `90s`, `15m`, `24h`, `30d`; `<SERVICE>` is "
        + ", ".join(f"`{name.upper()}`" for name in DIRECTORY.owns)
        + ".",
        _table(("setting", "default", "what it sets"), rows),
    )


def metrics() -> str:
    every = Telemetry().registry
    for service in services():
        Meters(service.meters, every)
    ours = [each for each in every.collect() if each.name.startswith("careloom_")]
    rows = [(f"`{each.name}{'_total' if each.type == 'counter' else ''}`", each.type, each.documentation) for each in ours]
    about = "Every service shows them at `/metrics` in Prometheus' format, beside those of the process (`process_…`, `python_…`)."
    return _page("Metrics", about, _table(("metric", "kind", "what it says"), rows))


def operations() -> str:
    rows = [
        (f"`{_address(service, operation.type, operation.level)}/{operation.name}`", service.name, operation.about)
        for service in services()
        for operation in service.operations
    ]
    about = "What services answer beside FHIR's own interactions: `POST`, with a `Parameters` resource or a query."
    return _page("Operations", about, _table(("address", "service", "what it does"), rows))


def events() -> str:
    said = [entry for entry in _catalogue() if entry.name not in ENGINE]
    rows = [(f"`{entry.type}.{entry.name}`", entry.service, entry.about, _heard_by(entry.type, entry.name)) for entry in said]
    every = [(f"`{name}`", about) for name, about in ENGINE.items()]
    return _page(
        "Events",
        "What happened, in the words of the domain, on the subject `care.<Type>.<name>.<id>` of the stream `CARE`. "
        "A change has one name: the first of its type that fits, else `created`, `updated` or `deleted`. "
        "[asyncapi.json](asyncapi.json) says the same, and what a message looks like, for machines.",
        _table(("event", "told by", "when", "heard by"), rows)
        + "\nEvery type that a service owns has these names too, whoever owns it:\n\n"
        + _table(("name", "when"), every),
    )


def asyncapi() -> str:
    return json.dumps(document(_catalogue()), indent=1, ensure_ascii=False) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "settings.md": settings,
    "metrics.md": metrics,
    "operations.md": operations,
    "events.md": events,
    "asyncapi.json": asyncapi,
}


def stale() -> list[str]:
    """The pages that are not what the code says now."""
    return [name for name, made in PAGES.items() if not (DOCS / name).exists() or (DOCS / name).read_text() != made()]


def _catalogue() -> list[Entry]:
    return catalogue((service.name, owned.name, owned.announces) for service in services() for owned in service.owns)


def _heard_by(type: str, name: str) -> str:
    return ", ".join(service.name for service in services() if {f"{type}.{name}", type} & set(service.reacts))


def _address(service: Service, type: str, level: str) -> str:
    base = f"{Settings.model_construct().service_url(service.name, DIRECTORY.owns)}/fhir"
    return {"system": base, "type": f"{base}/{type}", "instance": f"{base}/{type}/<id>"}[level]


def _default(value: object) -> str:
    if isinstance(value, timedelta):
        value = _span(int(value.total_seconds()))
    return "" if value == "" else f"`{value}`"


def _span(seconds: int) -> str:
    """In the largest unit, of those that settings know, that leaves no rest."""
    size, unit = next((size, unit) for size, unit in ((86400, "d"), (3600, "h"), (60, "m"), (1, "s")) if seconds % size == 0)
    return f"{seconds // size}{unit}"


def _page(title: str, about: str, table: str) -> str:
    return f"# {title}\n\n{about}\n\n{table}\nThis page is made by `make docs`.\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


if __name__ == "__main__":
    for name, made in PAGES.items():
        (DOCS / name).write_text(made())
