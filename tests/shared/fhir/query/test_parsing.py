"""The parameters of a search become values, or a refusal that names the parameter."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest

from shared.fhir.index.forms import number
from shared.fhir.parameters import number_of
from shared.fhir.query import Query, criteria_of, parse
from shared.fhir.query.atoms import AmountIs, Criterion, DateIs, Linked, Referred, RefersTo, TextBegins, TokenIs
from shared.fhir.query.controls import Include, SortKey
from shared.fhir.refusal import Malformed

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def parsed(query: str, *, strict: bool = False) -> Query:
    type, _, criteria = query.partition("?")
    return parse(type or None, parse_qsl(criteria, keep_blank_values=True), strict=strict, now=NOW)


def one(query: str) -> Criterion:
    found = parsed(query)
    (criterion,) = found.criteria[found.types[0]]
    return criterion


def test_a_comma_separates_alternatives_and_a_backslash_makes_it_a_part_of_the_value() -> None:
    name = number_of("Patient.name")

    assert one("Patient?name=a,b").atoms == (TextBegins(name, "a"), TextBegins(name, "b"))
    assert one(r"Patient?name=a\,b").atoms == (TextBegins(name, "a,b"),)
    assert one(r"Patient?name=a\\,b").atoms == (TextBegins(name, "a\\"), TextBegins(name, "b"))


def test_a_bar_separates_system_and_code_unless_it_is_escaped() -> None:
    param = number_of("Patient.identifier")

    assert one("Patient?identifier=s|v").atoms == (TokenIs(param, ("v",), number("s")),)
    assert one("Patient?identifier=|v").atoms == (TokenIs(param, ("v",), 0),)
    assert one("Patient?identifier=v").atoms == (TokenIs(param, ("v",), None),)
    assert one(r"Patient?identifier=s|v\|w").atoms == (TokenIs(param, ("v|w",), number("s")),)


def test_a_repeated_parameter_must_hold_each_time() -> None:
    assert len(parsed("Patient?birthdate=ge2000&birthdate=lt2010").criteria["Patient"]) == 2


def test_a_bare_id_means_every_type_that_the_reference_may_have() -> None:
    param = number_of("CarePlan.subject")

    assert one("CarePlan?subject=7").atoms == (RefersTo(param, ("Group/7", "Patient/7")),)
    assert one("CarePlan?subject:Patient=7").atoms == (RefersTo(param, ("Patient/7",)),)
    assert one("CarePlan?subject=Patient/7/_history/2").atoms == (RefersTo(param, ("Patient/7",)),)


def test_references_to_this_server_are_local_whether_stored_or_searched_with_its_address() -> None:
    for value in ("Patient/7", "http://here/fhir/Patient/7", "http://here/fhir/Patient/7/_history/2"):
        query = parse("CarePlan", [("subject", value)], now=NOW, base="http://here/fhir/")

        (atom,) = query.criteria["CarePlan"][0].atoms
        assert atom == RefersTo(number_of("CarePlan.subject"), ("Patient/7", "http://here/fhir/Patient/7"))


def test_a_chain_asks_the_resource_at_the_other_end() -> None:
    (atom,) = one("Observation?subject:Patient.organization.name=north").atoms

    assert isinstance(atom, Linked)
    assert (atom.type, atom.param) == ("Patient", number_of("Observation.subject"))
    (inner,) = atom.criteria[0].atoms
    assert isinstance(inner, Linked)
    assert inner.criteria[0].atoms == (TextBegins(number_of("Organization.name"), "north"),)


def test_a_chain_without_a_type_goes_to_the_types_that_have_the_parameter() -> None:
    atoms = one("Observation?subject.birthdate=2000").atoms

    assert [atom.type for atom in atoms if isinstance(atom, Linked)] == ["Patient"]


def test_has_asks_those_who_refer_to_it() -> None:
    (atom,) = one("Patient?_has:Observation:patient:code=x").atoms

    assert isinstance(atom, Referred)
    assert (atom.own, atom.type, atom.param) == ("Patient", "Observation", number_of("Observation.patient"))


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("100", 99.5, 100.5),
        ("100.00", 99.995, 100.005),
        ("-1.5", -1.55, -1.45),
        ("1e2", 95, 105),
        ("5.40e-3", 0.005395, 0.005405),
    ],
)
def test_a_number_means_as_much_as_its_digits_say(value: str, low: float, high: float) -> None:
    (atom,) = one(f"RiskAssessment?probability={value}").atoms

    assert isinstance(atom, AmountIs)
    assert (atom.low, atom.high) == pytest.approx((low, high))


def test_approximately_is_a_tenth_of_the_way_to_now() -> None:
    (atom,) = one("Patient?birthdate=ap2026-11-13").atoms

    assert isinstance(atom, DateIs)
    (exact,) = one("Patient?birthdate=2026-11-13").atoms
    assert isinstance(exact, DateIs)
    assert exact.low - atom.low == atom.high - exact.high == pytest.approx(9.5 * 86_400_000_000 / 10)


def test_how_to_answer_is_read_apart_from_what_to_find() -> None:
    controls = parsed("Patient?_sort=-birthdate,name&_count=5000&_total=none&_elements=Patient.name,id&_summary=data").controls

    assert controls.sort == (SortKey("birthdate", True), SortKey("name", False))
    assert (controls.count, controls.total, controls.elements, controls.summary) == (1000, "none", ("name", "id"), "data")
    assert parsed("Patient?").count == 20
    assert parsed("Patient?_summary=count").count == 0


def test_includes_say_from_where_through_what_to_where() -> None:
    includes = parsed(
        "Patient?_include=Patient:organization&_revinclude:iterate=Observation:subject:Patient&_include=*"
    ).controls.includes

    assert includes == [
        Include("Patient", "organization"),
        Include("Observation", "subject", "Patient", reverse=True, again=True),
        Include("Patient", "*"),
    ]


def test_unknown_parameters_are_named_and_left_out_of_what_was_used() -> None:
    query = parsed("Patient?name=a&favourite=blue&_totalMethod=count&organization.favourite=1&_cursor=x")

    assert query.unknown == ("favourite", "_totalMethod", "organization.favourite")
    assert query.used == (("name", "a"),)
    with pytest.raises(Malformed, match="favourite"):
        parsed("Patient?favourite=blue", strict=True)


def test_a_search_of_several_types_knows_the_parameters_that_all_have() -> None:
    query = parsed("?_type=Patient,Encounter&_tag=a&birthdate=2000")

    assert query.types == ("Patient", "Encounter")
    assert query.unknown == ("birthdate",)
    assert parsed("?_tag=a").everything


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("Patient?birthdate=yesterday", "birthdate"),
        ("Patient?birthdate=2023-02-30", "birthdate"),
        ("Patient?birthdate=xx2020", "birthdate"),
        ("Patient?birthdate=", "birthdate"),
        ("Patient?birthdate:exact=2020", "birthdate"),
        ("Patient?name:contains=ab", "name"),
        ("Patient?name:above=abc", "name"),
        ("Patient?identifier=|", "identifier"),
        ("Patient?identifier:of-type=a|b", "identifier"),
        ("Patient?gender:of-type=a|b|c", "gender"),
        ("Patient?active=maybe", "active"),
        ("Patient?gender:missing=perhaps", "gender"),
        ("Patient?organization:Robot=1", "organization"),
        ("Patient?organization:Robot.name=x", "organization"),
        ("Patient?gender.name=x", "gender"),
        ("Patient?_has:Observation=1", "_has"),
        ("Patient?_id=a/b", "_id"),
        ("Patient?_lastUpdated=soon", "_lastUpdated"),
        ("Patient?_count=-1", "_count"),
        ("Patient?_count=many", "_count"),
        ("Patient?_sort=shoe-size", "shoe-size"),
        ("Observation?_sort=code-value-quantity", "code-value-quantity"),
        ("Patient?_total=roughly", "_total"),
        ("Patient?_summary=long", "_summary"),
        ("Patient?_include=Patient:name", "_include"),
        ("Patient?_revinclude=Robot:patient", "_revinclude"),
        ("?_type=Robot", "_type"),
        ("Observation?value-quantity=5|mg", "value-quantity"),
        ("Observation?value-quantity=much", "value-quantity"),
        ("Observation?code-value-quantity=5", "code-value-quantity"),
        ("RiskAssessment?probability=1,x", "probability"),
        ("Patient?name=a%00b", "name"),
    ],
)
def test_a_wrong_value_is_refused_with_a_sentence_that_names_the_parameter(query: str, named: str) -> None:
    with pytest.raises(Malformed, match=named):
        parsed(query)


def test_a_condition_takes_search_parameters_only() -> None:
    assert len(criteria_of("Patient", [("identifier", "a|b"), ("active", "true")], NOW)) == 2
    for name, value in (("_sort", "name"), ("favourite", "blue")):
        with pytest.raises(Malformed, match=name):
            criteria_of("Patient", [(name, value)], NOW)


@pytest.mark.parametrize("pairs", [[("code", "x")] * 201, [("_sort", ",".join(["date"] * 17))]])
def test_more_than_a_statement_can_hold_is_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(Malformed, match=r"more than|up to"):
        parse("Observation", pairs, now=datetime(2026, 11, 23, tzinfo=UTC))


def test_the_criteria_of_a_conditional_form_are_as_many_at_most() -> None:
    with pytest.raises(Malformed, match="up to"):
        criteria_of("Observation", [("code", "x")] * 201, datetime(2026, 11, 23, tzinfo=UTC))


@pytest.mark.parametrize("name", ["identifier", "_id", "_lastUpdated", "name"])
def test_more_values_than_a_statement_can_hold_are_refused_before_they_are_looked_at(name: str) -> None:
    value = ",".join(["2026"] * 1_000_000)

    with pytest.raises(Malformed, match="values, this one has 1,000,000"):
        parse("Patient", [(name, value)], now=NOW)


def test_codes_asked_for_again_mean_the_same_and_wrong_ones_are_refused_again() -> None:
    assert one("CarePlan?status=active,s|draft") == one("CarePlan?status=active,s|draft")
    assert one("CarePlan?status:not=active") != one("CarePlan?status=active")

    for _ in range(2):
        with pytest.raises(Malformed, match="true or false"):
            one("Patient?active=maybe")
