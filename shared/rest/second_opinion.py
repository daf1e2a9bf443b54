"""What the typed models of `fhir.resources.R4B` have against a resource. Slow: for `$validate` only, in a thread of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from shared.fhir.issue import Issue, Resource


def second_opinion(resource: Resource, known: Sequence[Issue]) -> list[Issue]:
    """Warnings about elements that nothing was found about yet.

    The models are R4B: where they and the gate differ the gate is right for R4, so this refuses nothing.
    """
    blamed = {issue.expression for issue in known}
    return [issue for issue in _objections(resource) if issue.expression not in blamed and not _within(issue, blamed)]


def _objections(resource: Resource) -> Iterator[Issue]:
    # Imported when first asked for: it takes a second, and no other path needs it.
    from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415

    type = resource.get("resourceType", "")
    try:
        get_fhir_model_class(type).model_validate(resource)
    except ValidationError as refused:
        for error in refused.errors(include_url=False, include_context=False, include_input=False):
            yield Issue(f"the model of R4B objects: {error['msg']}", _expression(type, error["loc"]), "structure", "warning")
    except (AttributeError, LookupError, TypeError, ValueError):
        return  # no such model, or not even the shape of a resource, on which models stumble: the gate has said so


def _expression(type: str, place: Sequence[Any]) -> str:
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in place if step != "__root__"]
    return type + "".join(steps)


def _within(issue: Issue, blamed: set[str]) -> bool:
    return any(other and issue.expression.startswith(other) for other in blamed)
