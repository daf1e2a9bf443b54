"""What a payer wants to know or to see for a service, beyond its benefits: rules that are data, and may be replaced."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from services.coverage.question import Wanted

Paper = Literal["clinical", "admin", "patient"]
Known = Literal["performer", "location", "timeframe"]
Purpose = Literal["withpa", "withclaim", "withorder", "retain-doc"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """`service` is an X12 service type or a product's code, `*` any. `papers` are documents that are needed and `purposes`
    what for. `needs`: what the answer depends on. `by_performer`: who performs the service asks for
    authorization. `gold` are NPIs of providers who need none. `days` is how long the guidance holds.
    """

    service: str
    papers: tuple[Paper, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    questionnaire: str = ""
    needs: tuple[Known, ...] = ()
    by_performer: bool = False
    gold: tuple[str, ...] = ()
    days: int = 90
    reason: str = ""


def _read(file: Path) -> tuple[Requirement, ...]:
    rows: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return tuple(Requirement(**{name: _plain(value) for name, value in row.items()}) for row in rows)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


REQUIREMENTS: Final = _read(Path(__file__).with_name("requirements.json"))


def requirement(wanted: Wanted, rules: Iterable[Requirement] = REQUIREMENTS) -> Requirement:
    """The first rule that fits."""
    named = {wanted.service_type, *(code for _, code in wanted.products)}
    return next((rule for rule in rules if rule.service in named or rule.service == "*"), Requirement("*"))
