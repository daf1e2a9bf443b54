"""Who a 270 means: by the member's number, else by name and date of birth. 005010X279A1, section 1.4.8 (search options)"""

from __future__ import annotations

from dataclasses import replace

from services.coverage.deciding import Member, decide
from services.coverage.decision import Decision
from services.coverage.members import member_of
from services.coverage.question import Question
from shared.fhir.element import sought
from shared.store.view import View


def answer(question: Question, view: View) -> Decision:
    """The decision on a question that names nobody by a reference."""
    if question.policies:
        return decide(question, member_of(question, view))
    found = _patients(question, view)
    if len(found) != 1:
        return decide(question, Member(failure="member-ambiguous" if found else "patient-unknown"))
    known = replace(question, patient=replace(question.patient, reference=found[0]))
    return decide(known, member_of(known, view))


def _patients(question: Question, view: View) -> list[str]:
    person = question.patient
    criteria = f"family={sought(person.family)}&given={sought(person.given[0])}&birthdate={person.birth_date}"
    return [f"Patient/{each['id']}" for each in view.search(f"Patient?{criteria}")]
