"""batch: every entry by itself, with an outcome of its own. http://hl7.org/fhir/R4/http.html#transaction

Writes go in units of work of 200 entries, reads after them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from shared.fhir import text
from shared.fhir.bundle import Entry, Plan
from shared.fhir.bundle_identity import names_by_search, pointed
from shared.fhir.refusal import Refusal, Unavailable
from shared.rest import response
from shared.rest.answer import Answer, Work
from shared.rest.criteria import finding
from shared.rest.entry import be_ours, blamed, blaming, interaction_of, request_of
from shared.rest.interaction import Interaction, Table, Writing
from shared.rest.request import Request
from shared.rest.site import Site
from shared.rest.transaction import Answers
from shared.store.transaction import Transaction

CHUNK = 200

Prepared = list[tuple[Entry, Work]]


async def answers_to(site: Site, table: Table, bundle: Request, plan: Plan) -> Answers:
    """An answer for each entry, by its place."""
    answers: Answers = {}
    works: Prepared = []
    later: list[tuple[Entry, Interaction, Request]] = []
    for entry in plan.entries:
        try:
            with blaming(entry):
                _sort_in(site, table, bundle, entry, works, later)
        except Refusal as refusal:
            answers[entry.index] = response.refused(refusal)
    for start in range(0, len(works), CHUNK):
        chunk = works[start : start + CHUNK]
        answers |= await site.store.unit(partial(each_done, chunk), caller=bundle.caller, cause=bundle.cause)
    for entry, interaction, request in later:
        answers[entry.index] = await _performed(site, entry, interaction, request)
    return answers


def each_done(chunk: Sequence[tuple[Entry, Work]], tx: Transaction) -> Answers:
    """Do the work of each entry; what one of them raises, it leaves nothing behind."""
    answers: Answers = {}
    for entry, work in chunk:
        warned = len(tx.warnings)
        try:
            answer = tx.attempt(partial(work, tx))
            answers[entry.index] = replace(answer, issues=answer.issues[warned:])
        except Unavailable:
            raise
        except Refusal as refusal:
            answers[entry.index] = _refused(entry, refusal)
    return answers


def _sort_in(
    site: Site, table: Table, bundle: Request, entry: Entry, works: Prepared, later: list[tuple[Entry, Interaction, Request]]
) -> None:
    if entry.problem:
        raise entry.problem
    be_ours(site, entry)
    request, interaction = request_of(entry, bundle), interaction_of(entry, table)
    if isinstance(interaction, Writing):
        works.append((entry, _work(site, entry, interaction, request)))
    else:
        later.append((entry, interaction, request))


def _work(site: Site, entry: Entry, interaction: Writing, request: Request) -> Work:
    """What an entry does; one that names others by a search is prepared when its unit can look for them."""
    if not names_by_search(entry):
        return interaction.prepare(site, request)

    def work(tx: Transaction) -> Answer:
        draft = text.draft_of(pointed(entry, finding(tx)))
        return interaction.prepare(site, replace(request, draft=draft, body=draft.text))(tx)

    return work


async def _performed(site: Site, entry: Entry, interaction: Interaction, request: Request) -> Answer:
    try:
        return await interaction.perform(site, request)
    except Refusal as refusal:
        return _refused(entry, refusal)


def _refused(entry: Entry, refusal: Refusal) -> Answer:
    return Answer(refusal.status, issues=tuple(blamed(entry, refusal.issues)), headers=refusal.headers)
