"""Everything that a payer's answer may have to explain, as data: a code, plain words, what comes next, and who does it.

reasons.json is the table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

Who = Literal["nobody", "patient", "provider", "case manager", "payer"]


@dataclass(frozen=True, slots=True)
class Reason:
    """`said` is a sentence without its full stop, `then` what comes next, `who` must do it.

    `reject` and `follow_up` are X12's words for it (AAA03, AAA04 of a 271): "" where a 271 says it otherwise.
    """

    code: str
    said: str
    then: str
    who: Who
    reject: str = ""
    follow_up: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.said}; {self.then}."


def _of(kind: str) -> Mapping[str, Reason]:
    return {
        each["code"]: Reason(**{name: each[name] for name in each if name != "kind"}) for each in _TABLE if each["kind"] == kind
    }


_TABLE: Final[list[dict[str, Any]]] = json.loads(Path(__file__).with_name("reasons.json").read_text(encoding="utf-8"))

ADVICE: Final = _of("advice")
"""What a payer has to say of a question that it could answer."""

NOT_IN_FORCE: Final = _of("not in force")
"""Why a coverage is not in force for all of the days that are asked about."""

FAILURES: Final = _of("failure")
"""What keeps a payer from answering, and what a 271 rejects it with."""

REASONS: Final[Mapping[str, Reason]] = {**ADVICE, **NOT_IN_FORCE, **FAILURES}
"""All of them."""
