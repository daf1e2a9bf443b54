"""River's case, played through the real doors: from the accident to the day when the case is closed.

Each step finds in the services what it goes on from, so a case that was stopped between two steps can be played on.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from . import admission, assessment, cast
from .cast import ZONE
from .chart import THERAPIES, Chart, numbers
from .desk import Desk, local
from .stage import Refused, Resource, Stage
from .timeline import Say

Step = Callable[[], Awaitable[None]]

EMERGENCY_AFTER = datetime(2026, 6, 15, 20, 40, tzinfo=ZONE)
ACUITY = "urn:careloom:acuity"
MISSED = ("occupational-therapy", 2)
"""The second visit of this therapy is missed."""


@dataclass(slots=True)
class River:
    """`steps` in their order; `bundle`: play it for the patient of this one instead."""

    stage: Stage
    say: Say
    bundle: bytes | None = None
    patient: str = ""
    person: admission.Person = admission.RIVER

    @property
    def steps(self) -> tuple[Step, ...]:
        steps = (
            self.gather_the_cast,
            self.is_admitted,
            self.is_assessed,
            self.case_is_opened,
            self.plan_is_drafted,
            self.insurers_are_asked,
            self.plan_is_activated,
            self.goes_home,
            self.visits_take_place,
            self.goals_are_reached,
            self.case_is_closed,
        )
        return tuple(partial(self._taken, step) for step in steps)

    @property
    def name(self) -> str:
        return self.person.given

    async def end_state(self) -> dict[str, object]:
        return await self._chart.end_state()

    async def play(self) -> None:
        for step in self.steps:
            await step()

    async def gather_the_cast(self) -> None:
        self._at(2026, 5, 11, 8, 0)
        await self.stage.transaction("intake", cast.people())
        for plan in cast.benefits():
            await self.stage.put(plan)
        await self.stage.transaction("scheduling", cast.calendars())
        self.say(self.stage.now, "intake", "Harbor Case Management: Nadia Okafor, certified case manager; three therapists")

    async def is_admitted(self) -> None:
        now = self._at(2026, 5, 11, 14, 20)
        if self.bundle:
            await self._bring_the_record(self.bundle)
        await self.stage.tell(admission.admission(self.person, now))
        await self._find_the_patient()
        message = (await self.stage.admin("intake", "admin/hl7v2?type=ADT^A01"))["messages"][0]
        self.say(now, "intake", f"{self.name} is admitted: the hospital's ADT A01 becomes {len(message['made'])} resources")
        await self.stage.until(self._chart.coverages, "two coverages")
        self.say(now, "coverage", "two insurers, in order: Northstar Health, Evergreen Mutual")

    async def is_assessed(self) -> None:
        now = self._at(2026, 5, 12, 8, 30)
        needs = await assessment.needs(self.stage, self.patient, cast.MANAGER)
        strengths = await assessment.strengths(self.stage, self.patient, cast.MANAGER)
        self.say(now, "Nadia", f"asks what {self.name} needs ({assessment.in_words(needs)})")
        self.say(now, "Nadia", f"and what there is to build on ({assessment.in_words(strengths)}); {assessment.IN_OWN_WORDS!r}")
        readmission = await assessment.readmission(self.stage, self.patient, cast.MANAGER)
        self.say(now, "intake", f"risk of readmission, filled in from the stay: {assessment.in_words(readmission)}")
        acuity, because = (await assessment.risk(self.stage, self.patient))["acuity"]
        self.say(now, "intake", f"acuity {acuity}: {because}")

    async def case_is_opened(self) -> None:
        now = self._at(2026, 5, 12, 9, 0)
        parameters = {
            "resourceType": "Parameters",
            "parameter": [
                {"name": "patient", "valueReference": {"reference": self.patient}},
                {"name": "model", "valueCode": "clinical"},
            ],
        }
        case = await self.stage.operation("EpisodeOfCare/$open", parameters)
        acuity = next(each["code"] for type in case["type"] for each in type["coding"] if each["system"] == ACUITY)
        self.say(now, "intake", f"case opened: clinical model, {acuity} acuity; {case['careManager']['reference']} has room")

    async def plan_is_drafted(self) -> None:
        plan = await self.stage.until(self._chart.plan, "plan")
        goals, activities = len(plan["goal"]), len(plan["activity"])
        self.say(self.stage.now, "careplan", f"plan drafted from the clinical model: {goals} goals, {activities} activities")

    async def insurers_are_asked(self) -> None:
        board = await self.stage.until(self._chart.answered_board, "answers of the insurers")
        for row in board:
            if "coverage" in row:
                self.say(self.stage.now, "coverage", f"{row['title']}: {_in_words(row)}")

    async def plan_is_activated(self) -> None:
        now = self._at(2026, 5, 20, 10, 0)
        plan = await self._chart.the_plan()
        await self.stage.operation(f"CarePlan/{plan['id']}/$activate")
        self.say(now, "Nadia", "goes through the plan with the patient and activates it")
        agreed = {therapy: await self._chart.agreed(therapy) for therapy in THERAPIES}
        for therapy, number in agreed.items():
            visits = await self.stage.until(partial(self._chart.booked, therapy, number), f"{number} visits of {therapy}")
            times = f"from {local(visits[0]['start'])} to {local(visits[-1]['start'])}"
            self.say(now, "scheduling", f"{visits[0]['description']}: {len(visits)} visits booked, {times}")
        await self._somebody_else_wants(visits[0])

    async def goes_home(self) -> None:
        now = self._at(2026, 5, 22, 15, 30)
        [stay] = await self._visits(admission.STAY)
        await self.stage.tell(admission.discharge(self.person, datetime.fromisoformat(stay["period"]["start"]), now))
        self.say(now, "intake", f"{self.name} is discharged: ADT A03")
        for kind, what in (("transition-contact", "call"), ("transition-visit", "visit")):
            task = await self.stage.until(partial(self._desk.task, kind, f"Encounter/{stay['id']}"), f"task {kind}")
            due = local(task["restriction"]["period"]["end"])
            self.say(now, "careplan", f"the transition clock runs: {what} by {due}")

    async def visits_take_place(self) -> None:
        while visit := await self.stage.until(self._chart.next_visit_or_end, "next visit"):
            if visit.get("resourceType") != "Appointment":
                return
            start = datetime.fromisoformat(visit["start"])
            if start > EMERGENCY_AFTER:
                await self._emergency()
            await self._desk.clear(start)
            await self._hold(visit)

    async def goals_are_reached(self) -> None:
        plan = await self._chart.the_plan()
        await self._desk.clear(self.stage.now)
        self.stage.move_to(self.stage.now + timedelta(days=1))
        achieved = cast.coded("http://terminology.hl7.org/CodeSystem/goal-achievement", "achieved", "Achieved")
        for reference in plan["goal"]:
            goal = await self.stage.change(reference["reference"], lifecycleStatus="completed", achievementStatus=achieved)
            self.say(self.stage.now, "careplan", f"goal reached: {goal['description']['text']}")
        await self.stage.change(f"CarePlan/{plan['id']}", status="completed")
        self.say(self.stage.now, "careplan", "the plan is completed: every activity is done")

    async def case_is_closed(self) -> None:
        self.stage.move_to(self.stage.now + timedelta(hours=2))
        case = await self.stage.until(self._closed, "closed case")
        self.say(self.stage.now, "intake", f"case closed: {case['extension'][-1]['valueCodeableConcept']['text']}")

    # the turns of the story

    async def _bring_the_record(self, bundle: bytes) -> None:
        record = json.loads(bundle)
        told = await self.stage.transaction("intake", record)
        for entry, answer in zip(record["entry"], told["entry"], strict=True):
            if entry["resource"]["resourceType"] == "Patient":
                self.patient = "/".join(answer["response"]["location"].split("/_history")[0].split("/")[-2:])
                self.person = await self._registered(entry["resource"])
        accepted = sum(entry["response"]["status"].startswith("202") for entry in told["entry"])
        self.say(
            self.stage.now, "intake", f"the record of {self.name}: {len(told['entry'])} entries, {accepted} for other services"
        )

    async def _registered(self, patient: Resource) -> admission.Person:
        """The hospital gives the patient of a bundle its number, by which its messages name them."""
        number = {"system": admission.NUMBER_SYSTEM, "value": admission.NUMBER}
        await self.stage.change(self.patient, identifier=[*patient.get("identifier", ()), number])
        name = patient["name"][0]
        born = str(patient.get("birthDate", "")).replace("-", "")
        return admission.Person(name.get("family", ""), " ".join(name.get("given", ["the patient"])), born)

    async def _taken(self, step: Step) -> None:
        """A case that is played on finds its patient again."""
        await self._find_the_patient()
        await step()

    async def _find_the_patient(self) -> None:
        for found in await self.stage.search(f"Patient?identifier={admission.NUMBER}"):
            self.patient = f"Patient/{found['id']}"

    async def _visits(self, number: str) -> list[Resource]:
        return await self.stage.search(f"Encounter?identifier={number}")

    async def _somebody_else_wants(self, visit: Resource) -> None:
        """A second patient for the same therapist at the same time."""
        other = {key: visit[key] for key in ("resourceType", "start", "end", "slot")}
        therapist = visit["participant"][1]
        other |= {"id": "double-booking", "status": "booked", "participant": [therapist]}
        try:
            await self.stage.put(other)
        except Refused as refused:
            issues = [issue["diagnostics"] for issue in refused.outcome["issue"] if issue["severity"] == "information"]
            free = f"; {len(issues)} free times are named" if issues else ""
            self.say(self.stage.now, "scheduling", f"{local(visit['start'])} for somebody else: refused ({refused.status}){free}")
        else:
            raise AssertionError("a therapist was booked twice")

    async def _emergency(self) -> None:
        if await self._visits(admission.EMERGENCY):
            return
        await self._desk.clear(EMERGENCY_AFTER)
        self.stage.move_to(EMERGENCY_AFTER)
        await self.stage.tell(admission.emergency(self.person, self.stage.now))
        self.say(self.stage.now, "intake", f"{self.name} is in the emergency department: ADT A04")
        [visit] = await self._visits(admission.EMERGENCY)
        for kind in ("alert", "plan-review"):
            task = await self.stage.until(partial(self._desk.task, kind, f"Encounter/{visit['id']}"), kind)
            self.say(self.stage.now, "careplan", f"task for Nadia: {task['description']}")

    async def _hold(self, visit: Resource) -> None:
        therapy, number = await self._chart.therapy_of(visit), await self._chart.number_of(visit)
        self.stage.move_to(datetime.fromisoformat(visit["end"]))
        if (therapy, number) == MISSED:
            await self.stage.change(f"Appointment/{visit['id']}", status="noshow")
            self.say(self.stage.now, "scheduling", f"{visit['description']} {number}: {self.name} did not come")
            await self._at_once("missed-visit", f"Appointment/{visit['id']}")
            return
        await self.stage.change(f"Appointment/{visit['id']}", status="fulfilled")
        self.say(self.stage.now, "scheduling", f"{visit['description']} {number} took place")
        if therapy == "neuropsychology":
            await self._count_down(visit)

    async def _count_down(self, visit: Resource) -> None:
        request = visit["basedOn"][0]["reference"].removeprefix("ServiceRequest/")
        held = len(await self.stage.search(f"Appointment?based-on=ServiceRequest/{request}&status=fulfilled"))
        answers = await self.stage.until(lambda: self._chart.counted(request, held), f"count of {held} visits")
        used, approved = numbers(answers[0])
        left = sum(of - done for done, of in map(numbers, answers))
        self.say(self.stage.now, "coverage", f"authorized visits: {held} used, {left} left")
        if held == used == approved - 2:
            await self._at_once("renewal", f"ClaimResponse/{answers[0]['id']}")

    async def _at_once(self, kind: str, about: str) -> None:
        """What careplan asks Nadia to do about something, she does as soon as she is asked."""
        task = await self.stage.until(lambda: self._desk.task(kind, about), f"task {kind}")
        self.say(self.stage.now, "careplan", f"task for Nadia: {task['description']}")
        await self._desk.at_once(task)

    @property
    def _chart(self) -> Chart:
        return Chart(self.stage, self.patient)

    @property
    def _desk(self) -> Desk:
        return Desk(self.stage, self.say, self.name, self.patient)

    async def _closed(self) -> Resource | None:
        """Until intake has heard that the plan is completed, it refuses with a conflict."""
        parameters = {
            "resourceType": "Parameters",
            "parameter": [
                {"name": "outcome", "valueCode": "goals-met"},
                {"name": "note", "valueString": f"{self.name} has recovered fully"},
            ],
        }
        try:
            return await self.stage.operation(f"EpisodeOfCare/{(await self._chart.case())['id']}/$close", parameters)
        except Refused as refused:
            if refused.status == 409:
                return None
            raise

    def _at(self, *local: int) -> datetime:
        self.stage.move_to(datetime(*local, tzinfo=ZONE))  # type: ignore[arg-type, misc]
        return self.stage.now


def _in_words(row: dict[str, object]) -> str:
    """In the board's own words."""
    said = str(row["sentence"])
    if row["coverage"] == "approved":
        return f"needs prior authorization, requested and {said[:1].lower()}{said[1:]}"
    return said
