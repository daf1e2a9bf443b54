"""What a payer decides by: rules that are data, and may be replaced."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from .requested import Facts, Item


@dataclass(frozen=True, slots=True)
class Rule:
    """It fits what all of its conditions hold of: `category` is an X12 service type (`*` any), `products` codes of products,
    `diagnoses` beginnings of codes, `providers` the NPIs that it is for (a network, a gold card), `most` the most visits that it
    is for, `papers`: something to read came with the request.

    An approval is of up to `visits` (None: of all that is asked for) for `days`. What is pended may be decided by `then` when
    nobody has decided it after `hours`.
    """

    category: str
    decision: Literal["approve", "deny", "pend"]
    reason: str
    products: tuple[str, ...] = ()
    diagnoses: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    most: int | None = None
    papers: bool = False
    visits: int | None = None
    days: int = 90
    hours: int = 0
    then: Rule | None = None

    def fits(self, item: Item, facts: Facts) -> bool:
        return (
            self.category in ("*", item.wanted.service_type)
            and (not self.products or any(code in self.products for _, code in item.wanted.products))
            and (not self.diagnoses or any(code.startswith(self.diagnoses) for code in facts.diagnoses))
            and (not self.providers or not facts.providers.isdisjoint(self.providers))
            and (self.most is None or item.visits <= self.most)
            and (not self.papers or facts.papers)
        )


Rules = tuple[Rule, ...]


def rule_for(item: Item, facts: Facts, rules: Iterable[Rule]) -> Rule:
    """The first that fits; nobody decides by himself what no rule is for."""
    return next((rule for rule in rules if rule.fits(item, facts)), Rule("*", "pend", "A reviewer looks at the request."))


def _rule(row: Mapping[str, Any], category: str = "*") -> Rule:
    said: dict[str, Any] = {"category": category}
    said |= {name: tuple(value) if isinstance(value, list) else value for name, value in row.items() if name != "then"}
    return Rule(**said, then=_rule(row["then"], said["category"]) if "then" in row else None)


RULES: Final[Rules] = tuple(_rule(row) for row in json.loads(Path(__file__).with_name("rules.json").read_text(encoding="utf-8")))
