"""A part of a large resource that is refused as the whole is, small enough to be described.

Every defect that gets words costs kilobytes, and a body of 16 MB can hold millions of them: they are looked for in a part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.fhir.issue import Resource

LARGE: Final = 10_000
"""JSON values. A resource of so many or fewer is described as a whole."""

CROWDED: Final = 1_000
"""Elements of one object. No type of R4 has so many."""

_SHARE: Final = 20
"""A list of so few values is left as it is, however many there are of them."""

Path = tuple[str | int, ...]
Refuses = Callable[[Resource], bool]


@dataclass(slots=True)
class Portion:
    """`resource`, in which lists begin later than in the whole: `begins` says where, by the list's path in here.

    `crowded`: where an object has more elements than it could have; then there is no more to be said of it.
    """

    resource: Resource
    begins: dict[Path, int] = field(default_factory=dict)
    crowded: Path | None = None

    def whole(self, path: Sequence[str | int]) -> list[str | int]:
        """Where in the whole resource stands what stands in here at a path."""
        return [
            step + self.begins.get(tuple(path[:at]), 0) if isinstance(step, int) else step for at, step in enumerate(path)
        ]  # fmt: skip


def portion(resource: Resource, refuses: Refuses) -> Portion:
    """Halves the longest lists as long as what is left is refused. `refuses` is asked some dozens of times, each time less."""
    found = Portion(resource)
    _narrow(found, (), LARGE, refuses)
    return found


def _narrow(found: Portion, path: Path, most: int, refuses: Refuses) -> None:
    value = _at(found.resource, path)
    if not _exceeds(value, most):
        return
    if isinstance(value, list):
        _halve(found, path, most, refuses)
    elif len(value) > CROWDED:
        found.crowded = found.crowded or path
    else:
        for name in value:
            _narrow(found, (*path, name), max(most // len(value), _SHARE), refuses)


def _halve(found: Portion, path: Path, most: int, refuses: Refuses) -> None:
    """Down to as many values as may stay, or one."""
    values = _at(found.resource, path)
    start, end = 0, len(values)
    while end - start > 1 and _exceeds(values[start:end], most):
        middle = (start + end) // 2
        if refuses(_with(found.resource, path, values[start:middle])):
            end = middle
        else:
            start = middle
    found.resource = _with(found.resource, path, values[start:end])
    found.begins[path] = start
    if end - start == 1:
        _narrow(found, (*path, 0), most, refuses)


def _exceeds(value: Any, most: int) -> bool:
    """Whether there are more values in this than `most`, looked at no further than that."""
    count, waiting = 0, [value]
    while waiting and count <= most:
        one = waiting.pop()
        if isinstance(one, dict):
            count += len(one)
            waiting += one.values() if count <= most else ()
        elif isinstance(one, list):
            count += len(one)
            waiting += one if count <= most else ()
    return count > most


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _with(value: Any, path: Path, inner: Any) -> Any:
    """A copy with something else at a path; what stands beside the path is shared."""
    if not path:
        return inner
    head, *rest = path
    changed = _with(value[head], tuple(rest), inner)
    if isinstance(value, dict):
        return value | {head: changed}
    return [*value[:head], changed, *value[head + 1 :]]  # type: ignore[operator]
