"""FHIRPath over what a questionnaire names: `%patient`, `%encounter`, its own variables. http://hl7.org/fhirpath/N1/"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import fhirpathpy
from fhirpathpy.models import models

_PLACE = re.compile(r"\{\{(.+?)\}\}")

Environment = Mapping[str, Any]


class Unclear(ValueError):
    """An expression that cannot be evaluated, and why."""


def evaluate(expression: str, environment: Environment, context: Any = None) -> list[Any]:
    """All that the expression finds. Raises Unclear."""
    try:
        found: list[Any] = _compiled(expression)({} if context is None else context, dict(environment))
    except Exception as error:  # noqa: BLE001 - fhirpathpy raises whatever its interpreter stumbles over
        raise Unclear(f"{expression!r} can't be evaluated: {error}") from None
    return found


def filled(query: str, environment: Environment) -> str:
    """A query in which each `{{expression}}` is what it finds. Raises Unclear."""
    return _PLACE.sub(lambda place: ",".join(str(each) for each in evaluate(place[1], environment)), query)


@lru_cache(maxsize=512)
def _compiled(expression: str) -> Callable[[Any, dict[str, Any]], list[Any]]:
    found: Callable[[Any, dict[str, Any]], list[Any]] = fhirpathpy.compile(expression, models["r4"])
    return found
