"""How high a patient's risk is: readmission, acuity, complexity and flags, by rules that are data (rules.json).

The readmission score is like the LACE index: days of the stay, emergency arrival, comorbidity, earlier visits in six months.
Of acuity, complexity and risk the first rule that fits decides; every flag whose rule fits is raised.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Rules = Mapping[str, Any]

RULES: Rules = json.loads(Path(__file__).with_name("rules.json").read_text(encoding="utf-8"))
"""`points`: from which value of a fact on how many points count. Rules: `is`; `when`: the least value of facts, all of them;
`conditions`: groups of conditions.json, one of them; `because`: a sentence. `scores`: codes of Observations that are facts."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`is_`: low, medium, high … and the sentence of the rule that said so."""

    is_: str
    because: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """`points`: of each part of the readmission score, which is their sum."""

    score: int
    points: Mapping[str, int]
    readmission: Verdict
    acuity: Verdict
    complexity: Verdict
    flags: tuple[Verdict, ...] = ()


def assess(values: Mapping[str, float], groups: Collection[str], rules: Rules = RULES) -> Assessment:
    """What the rules make of facts by name and of groups of conditions. A fact that is not known fits no rule about it."""
    points = {name: _points(values.get(name, 0), table) for name, table in rules["points"].items()}
    score = sum(points.values())
    known = {**values, "readmission": float(score)}
    return Assessment(
        score,
        points,
        _first(rules["readmission"], known, groups),
        _first(rules["acuity"], known, groups),
        _first(rules["complexity"], known, groups),
        tuple(_verdict(rule) for rule in rules["flags"] if _fits(rule, known, groups)),
    )


def _points(value: float, table: list[list[int]]) -> int:
    return max((given for least, given in table if value >= least), default=0)


def _first(rules: list[Rules], known: Mapping[str, float], groups: Collection[str]) -> Verdict:
    return next(_verdict(rule) for rule in rules if _fits(rule, known, groups))


def _fits(rule: Rules, known: Mapping[str, float], groups: Collection[str]) -> bool:
    enough = all(name in known and known[name] >= least for name, least in rule.get("when", {}).items())
    return enough and ("conditions" not in rule or any(group in groups for group in rule["conditions"]))


def _verdict(rule: Rules) -> Verdict:
    return Verdict(rule["is"], rule.get("because", ""))
