"""Any sequence of requests, updates, cancellations, appeals and decisions leaves an authorization as a simple model has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.coverage.pas.standing import granted
from shared.fhir.issue import Resource
from shared.fhir.refusal import Conflict
from tests.services.coverage.pas.bundles import a_bundle, a_request, actions, an_item, an_update, answer_in, certified
from tests.services.town import Running

MOST: Final = {"MH": 6, "CJ": 8}
"""What the rules approve of at once; AD is pended, DM denied."""

PLACES: Final = {1: "MH", 2: "DM", 3: "AD", 4: "CJ"}
asked = st.dictionaries(st.sampled_from(list(PLACES)), st.integers(1, 12) | st.none(), min_size=1)
STEPS: Final = st.lists(
    st.one_of(
        st.tuples(st.just("update"), asked),
        st.tuples(st.just("approve"), st.integers(1, 12)),
        st.tuples(st.just("deny"), st.none()),
        st.tuples(st.just("again"), st.none()),
        st.tuples(st.just("cancel"), st.none()),
    ),
    max_size=8,
)
_cases = count()


@dataclass
class Model:
    """By item: what is asked for (None: cancelled), the action, the visits granted."""

    wanted: dict[int, int | None] = field(default_factory=dict)
    stands: dict[int, tuple[str, int]] = field(default_factory=dict)
    cancelled: bool = False

    def asks(self, items: dict[int, int | None]) -> None:
        for place, visits in items.items():
            if self.cancelled or (place in self.wanted and self.wanted[place] == visits):
                continue
            self.wanted[place] = visits
            self.stands[place] = self._decided(place, visits)

    def decides(self, visits: int | None) -> None:
        for place in self.waiting:
            wanted, held = self.wanted[place] or 0, self.stands[place][1]
            self.stands[place] = _verdict(wanted, min(wanted, max(visits or 0, held)))

    @property
    def waiting(self) -> list[int]:
        return [] if self.cancelled else [place for place, (action, _) in self.stands.items() if action == "A4"]

    def _decided(self, place: int, visits: int | None) -> tuple[str, int]:
        if visits is None:
            return "C", 0
        category, held = PLACES[place], self.stands.get(place, ("", 0))[1]
        if category == "AD":
            return "A4", min(held, visits)
        return _verdict(visits, min(visits, max(MOST.get(category, 0), held)))


def _verdict(wanted: int, given: int) -> tuple[str, int]:
    return ("A1" if given == wanted else "A6" if given else "A3"), given


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=asked, steps=STEPS)
async def test_any_sequence_ends_as_the_model_does(
    payer: Running, first: dict[int, int | None], steps: list[tuple[str, object]]
) -> None:
    number, model = f"case-{next(_cases)}", Model()
    last = a_bundle(a_request(*_items(first), number=number), bundle=f"{number}/0")
    id = answer_in(await payer.inquire("Claim", "$submit", last))["id"]
    model.asks(first)
    for place, (step, said) in enumerate(steps, 1):
        bundle = f"{number}/{place}"
        if step == "update":
            assert isinstance(said, dict)
            last = a_bundle(an_update(*_items(said), of=number, number=bundle), bundle=bundle)
            await payer.inquire("Claim", "$submit", last)
            model.asks(said)
        elif step == "again":
            await payer.inquire("Claim", "$submit", a_bundle(a_request(*_items(first), number=number), bundle=f"{number}/0"))
        elif step == "cancel":
            claim = an_update(of=number, number=bundle, extension=[certified("3")])
            await payer.inquire("Claim", "$submit", a_bundle(claim, bundle=bundle))
            model.cancelled = True
        else:
            await _decides(payer, id, model, said if isinstance(said, int) else None)

    answer = await payer.read("ClaimResponse", id)
    assert answer
    assert (answer["status"] == "cancelled") == model.cancelled
    assert answer["outcome"] == ("queued" if answer["outcome"] == "queued" else "partial" if model.waiting else "complete")
    assert {item["itemSequence"]: granted(item) for item in answer["item"]} == {
        place: visits for place, (_, visits) in model.stands.items()
    }
    if not model.cancelled:
        assert actions(answer) == {place: action for place, (action, _) in model.stands.items()}


def _items(asked: dict[int, int | None]) -> list[Resource]:
    return [
        an_item(PLACES[place], visits or 1, sequence=place, cancelled=visits is None) for place, visits in sorted(asked.items())
    ]


async def _decides(payer: Running, id: str, model: Model, visits: int | None) -> None:
    if not model.waiting:
        try:
            await payer.call("ClaimResponse", "$decide", id, outcome="denied", reason="No.")
        except Conflict:
            return
        raise AssertionError("what does not wait was decided")
    most = min(model.wanted[place] or 0 for place in model.waiting)
    said = {"outcome": "denied"} if visits is None else {"outcome": "approved", "visits": str(min(visits, most))}
    await payer.call("ClaimResponse", "$decide", id, reason="So it is.", **said)
    model.decides(None if visits is None else min(visits, most))
