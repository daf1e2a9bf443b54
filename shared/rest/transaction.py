"""transaction: all or nothing, in one unit of work. http://hl7.org/fhir/R4/http.html#transaction"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from shared.fhir import text
from shared.fhir.bundle import Entry, Plan
from shared.fhir.bundle_identity import Act, deletions, identify, named_by_search, names_by_search, naming
from shared.fhir.issue import Issue
from shared.fhir.reference import parse, references
from shared.fhir.refusal import Unprocessable, refuse
from shared.fhir.text import Draft
from shared.rest import create, delete, patch, update
from shared.rest.admission import objections
from shared.rest.answer import Answer, of_existing
from shared.rest.criteria import finding
from shared.rest.entry import be_ours, blamed, blaming, interaction_of, request_of
from shared.rest.interaction import Going, Reading, Table, Writing
from shared.rest.request import Request
from shared.rest.site import Site
from shared.store.transaction import Transaction

Answers = dict[int, Answer]
"""By the entry's place in the Bundle."""


@dataclass(frozen=True, slots=True)
class Step:
    """An entry that has been read, and let in by the gate."""

    entry: Entry
    request: Request
    interaction: Reading | Writing


Steps = Mapping[int, Step]

ByOthers = Callable[[Transaction, Act], Answer]
"""What is done with an entry that has no step here."""


def prepared(site: Site, table: Table, bundle: Request, entries: Iterable[Entry]) -> dict[int, Step]:
    """Every entry as a step, by its place. Raises what is wrong with any of them, before anything is done."""
    steps = {}
    issues: list[Issue] = []
    for entry in entries:
        with blaming(entry):
            steps[entry.index] = step = _step(site, table, bundle, entry)
        if step.request.draft and (entry.creates or entry.method == "PUT"):
            issues += blamed(entry, objections(step.request.draft))
    refuse(issues)
    return steps


def all_done(site: Site, tx: Transaction, plan: Plan, steps: Steps, base: str, others: ByOthers | None = None) -> Answers:
    """Do every entry in FHIR's order: deletions, then what has an identity by then."""
    find = finding(tx)
    answers: Answers = {}
    removed = deletions(plan, find)
    for index, id in removed.items():
        with blaming(plan.entries[index]):
            answers[index] = _deleted(tx, steps[index].request, id)
    acts = identify(plan, new_id=tx.new_id, find=find, base=base, removed=removed)
    for act in naming(acts, _named(site, tx, acts, steps)):
        answers[act.entry.index] = done(site, tx, act, steps, others)
    return answers


def done(site: Site, tx: Transaction, act: Act, steps: Steps, others: ByOthers | None = None) -> Answer:
    """Do one entry under the id that it was given."""
    step = steps.get(act.entry.index)
    warned = len(tx.warnings)
    with blaming(act.entry):
        if step is None:
            assert others is not None
            return others(tx, act)
        answer = _done(site, tx, step, act)
    return replace(answer, issues=answer.issues[warned:]) if warned else answer


def _named(site: Site, tx: Transaction, acts: Sequence[Act], steps: Steps) -> dict[str, str]:
    """Whom conditional references name when all the rest is done: what may match is written for a look, and taken back."""
    asking = [act.entry for act in acts if names_by_search(act.entry)]
    types = {parse(place.value).type for entry in asking for place in references(entry.resource or {}) if "?" in place.value}
    first = [act for act in acts if act.entry.target.type in types and act.entry.index in steps and _changes(act)]
    if not first:
        return named_by_search(asking, finding(tx))
    seen: list[dict[str, str]] = []

    def look() -> None:
        for act in first:
            done(site, tx, act, steps)
        seen.append(named_by_search(asking, finding(tx)))
        raise _Seen

    with suppress(_Seen):
        tx.attempt(look)
    return seen[0]


class _Seen(Exception):
    """What was written for a look has been looked at."""


def _changes(act: Act) -> bool:
    return not act.found and (act.entry.creates or act.entry.method in ("PUT", "PATCH"))


def _step(site: Site, table: Table, bundle: Request, entry: Entry) -> Step:
    be_ours(site, entry)
    interaction = interaction_of(entry, table)
    if isinstance(interaction, Going):
        raise Unprocessable(f"{entry.method} {entry.url} has no place in a transaction")
    return Step(entry, request_of(entry, bundle), interaction)


def _deleted(tx: Transaction, request: Request, id: str) -> Answer:
    return delete.write(tx, request, id) if id else Answer(204)


def _done(site: Site, tx: Transaction, step: Step, act: Act) -> Answer:
    request = step.request
    match act.entry.method:
        case "POST" if act.entry.creates:
            return of_existing(tx, request.type, act.id) if act.found else create.write(tx, _draft(step, act), act.id)
        case "PUT":
            return update.write(tx, request, _draft(step, act), act.id)
        case "PATCH":
            return patch.write(tx, request, patch.change_of(request), act.id, site.settings.max_body_bytes)
        case _:
            return step.interaction.prepare(site, request)(tx)


def _draft(step: Step, act: Act) -> Draft:
    """The draft that passed the gate, or one of the resource with its references rewritten."""
    if act.resource is not step.entry.resource or step.request.draft is None:
        return text.draft_of(act.resource or {})
    return step.request.draft
