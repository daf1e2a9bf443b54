"""What follows from a few words alone, and is asked for with every message: made out once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_ANSWERS: Final = 1024
_LONGEST: Final = 200
"""Characters. A field may have a million, and a thousand of those would stay."""


def remembered(work: Callable[P, T]) -> Callable[P, T]:
    """A pure function that remembers its last answers, but to what is long."""
    known = lru_cache(maxsize=_ANSWERS)(work)

    @wraps(work)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        for each in args:
            if isinstance(each, str) and len(each) > _LONGEST:
                return work(*args, **kwargs)
        return known(*args, **kwargs)  # type: ignore[arg-type]  # what can be no key has no place here

    return asked
