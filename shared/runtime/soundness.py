"""What must be right about a service before it is built. A service that is not is refused with every reason at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeVar

from shared.events.catalogue import ENGINE
from shared.service import Service

T = TypeVar("T")


class Unsound(ValueError):
    """A service that can't work as it is declared."""


def check(service: Service) -> None:
    """Raises Unsound that names every fault."""
    found = [fault for faults in _FAULTS for fault in faults(service)]
    if found:
        raise Unsound("\n".join(f"{service.name}: {fault}" for fault in found))


def _stands_in_the_directory(service: Service) -> Iterator[str]:
    if service.name not in service.directory.owns:
        yield "the directory does not know this service"


def _owns_what_the_directory_gives_it(service: Service) -> Iterator[str]:
    for type in (owned.name for owned in service.owns):
        owner = service.directory.owner(type)
        if owner != service.name:
            yield f"owns {type}, which the directory gives to {owner or 'nobody'}"


def _owns_a_type_once(service: Service) -> Iterator[str]:
    for type in _doubles(owned.name for owned in service.owns):
        yield f"owns {type} twice"


def _follows_what_others_own(service: Service) -> Iterator[str]:
    for type in service.follows:
        owner = service.directory.owner(type)
        if owner in (None, service.name):
            yield f"follows {type}, which {'it owns itself' if owner else 'nobody owns'}"
    for type in _doubles(service.follows):
        yield f"follows {type} twice"


def _reacts_to_what_it_hears(service: Service) -> Iterator[str]:
    heard = {owned.name for owned in service.owns} | set(service.follows)
    for event in service.reacts:
        if event.partition(".")[0] not in heard:
            yield f"reacts to {event}, but neither owns nor follows {event.partition('.')[0]}"


def _announces_every_name_once(service: Service) -> Iterator[str]:
    for owned in service.owns:
        names = [announcement.name for announcement in owned.announces]
        for name in _doubles(names):
            yield f"announces {owned.name}.{name} twice"
        for name in set(ENGINE) & set(names):
            yield f"announces {owned.name}.{name}, a name that the engine gives"


def _answers_every_operation_once(service: Service) -> Iterator[str]:
    known = {owned.name for owned in service.owns} | set(service.follows) | {""}
    for operation in service.operations:
        if not operation.name.startswith("$"):
            yield f"the operation {operation.name} must begin with $"
        if operation.type not in known:
            yield f"answers {operation.name} on {operation.type}, which it neither owns nor follows"
    for type, name, level in _doubles((each.type, each.name, each.level) for each in service.operations):
        yield f"answers {name} on {level} {type} twice"


_FAULTS = (
    _stands_in_the_directory,
    _owns_what_the_directory_gives_it,
    _owns_a_type_once,
    _follows_what_others_own,
    _reacts_to_what_it_hears,
    _announces_every_name_once,
    _answers_every_operation_once,
)


def _doubles(values: Iterable[T]) -> list[T]:
    return [value for value, count in Counter(values).items() if count > 1]
