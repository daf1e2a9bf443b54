"""A 270 is answered with a 271 that says what the coverage held here says."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.coverage.x12.control import ControlNumbers
from tests.services.building import a_benefit, a_coverage, a_patient, an_insurance_plan
from tests.services.coverage.x12.interchanges import a_270, an_interchange, found, told
from tests.services.town import Running

SAMPLE = Path(__file__).parents[5] / "shared" / "data" / "x12" / "demo.270"


@pytest.fixture
async def insured(coverage: Running) -> Running:
    """River, born 1979-03-12, member NS-4471 of Choice for 2026."""
    name = [{"use": "official", "family": "Lindqvist", "given": ["River"]}]
    await coverage.hears("Patient.created", a_patient(name=name, birthDate="1979-03-12", gender="male"))
    await coverage.save(an_insurance_plan(a_benefit("PT"), a_benefit("98", needs_authorization=True)))
    await coverage.save(a_coverage(subscriberId="NS-4471"))
    return coverage


def about(*turned: str) -> str:
    """About River; a segment given stands for the one of that kind."""
    ours = ["TRN*1*2026-000771*9CLINIC001", "NM1*IL*1*LINDQVIST*RIVER****MI*NS-4471", "DMG*D8*19790312*M", "DTP*291*D8*20260520"]
    kinds = {each.partition("*")[0] for each in turned}
    kept = [each for each in ours if each.partition("*")[0] not in kinds]
    order = ["TRN", "NM1", "REF", "DMG", "INS", "DTP", "EQ"]
    said = sorted([*kept, *turned], key=lambda each: order.index(each.partition("*")[0]))
    return an_interchange(a_270(*said, *(() if "EQ" in kinds else ("EQ*30",))))


async def test_a_coverage_in_force_is_active(insured: Running) -> None:
    segments = await told(insured, about())

    assert found(segments, "EB")[0] == ["1", "", "30", "", "Choice"]
    assert found(segments, "DTP")[:2] == [["346", "D8", "20260101"], ["347", "D8", "20261231"]]
    assert not found(segments, "AAA")


async def test_the_trace_and_who_was_meant_come_back(insured: Running) -> None:
    segments = await told(insured, about())

    assert found(segments, "TRN") == [["2", "2026-000771", "9CLINIC001"]]
    assert found(segments, "BHT")[0][:3] == ["0022", "11", "R-771"]
    assert found(segments, "NM1")[2] == ["IL", "1", "LINDQVIST", "RIVER", "", "", "", "MI", "NS-4471"]
    assert found(segments, "HL") == [["1", "", "20", "1"], ["2", "1", "21", "1"], ["3", "2", "22", "0"]]


async def test_numbers_and_counts_of_the_envelope_are_right(insured: Running) -> None:
    segments = await told(insured, about())

    [isa], [gs], [ge], [iea] = (found(segments, id) for id in ("ISA", "GS", "GE", "IEA"))
    assert (isa[4:8], gs[1:3]) == (["ZZ", f"{'NORTHSTAR':15}", "ZZ", f"{'HARBOUR':15}"], ["NORTHSTAR", "HARBOUR"])
    assert (iea, ge) == (["1", isa[12]], ["1", gs[5]])
    ids = [each[0] for each in segments]
    assert found(segments, "SE") == [[str(ids.index("SE") - ids.index("ST") + 1), found(segments, "ST")[0][1]]]


async def test_interchanges_are_numbered_one_after_another(insured: Running) -> None:
    controls = {found(await told(insured, about()), "IEA")[0][1] for _ in range(3)}

    assert len(controls) == 3


async def test_a_service_is_answered_with_its_visits_and_whether_it_needs_authorization(insured: Running) -> None:
    segments = await told(insured, about("EQ*PT^98^AL"))

    eb = found(segments, "EB")
    assert ["1", "", "PT", "", "", "", "", "", "", "", "N"] in eb
    assert ["1", "", "98", "", "", "", "", "", "", "", "Y"] in eb
    assert ["I", "", "AL"] in eb
    assert ["F", "", "PT", "", "", "23", "", "", "VS", "30"] in eb
    assert ["F", "", "PT", "", "", "29", "", "", "VS", "30"] in eb


async def test_a_coverage_that_has_ended_on_the_day_is_inactive_and_says_why(insured: Running) -> None:
    segments = await told(insured, about("DTP*291*D8*20270101"))

    assert found(segments, "EB") == [["6", "", "30", "", "Choice"]]
    assert found(segments, "MSG") == [["The coverage has ended; ask the patient for another one."]]


async def test_without_a_date_today_is_meant(insured: Running) -> None:
    asking = ("NM1*IL*1*LINDQVIST*RIVER****MI*NS-4471", "EQ*30")

    assert found(await told(insured, an_interchange(a_270(*asking))), "EB")[0][0] == "1"


@pytest.mark.parametrize(
    ("turned", "code"),
    [
        ("NM1*IL*1*LINDQVIST*RIVER****MI*NS-0000", "75"),
        ("NM1*IL*1*OTHERNAME*RIVER****MI*NS-4471", "73"),
        ("DMG*D8*19790313*M", "71"),
        ("DMG*D8*19791332*M", "58"),
        ("DMG*D8*20300101*M", "60"),
        ("DTP*291*D8*20261332", "57"),
        ("DTP*291*RD8*20260520-20260401", "57"),
        ("DTP*291*D8*20360101", "63"),
        ("NM1*IL*1*LINDQVIST", "15"),
    ],
)
async def test_what_keeps_the_payer_from_answering_has_its_code(insured: Running, turned: str, code: str) -> None:
    segments = await told(insured, about(turned))

    assert found(segments, "AAA") == [["N", "", code, "C"]]
    assert not found(segments, "EB")
    assert found(segments, "TRN") == [["2", "2026-000771", "9CLINIC001"]]


async def test_a_member_is_found_by_name_and_date_of_birth_where_no_number_is_known(insured: Running) -> None:
    segments = await told(insured, about("NM1*IL*1*LINDQVIST*RIVER"))

    assert found(segments, "EB")[0][0] == "1"


async def test_a_dependent_is_asked_about_by_the_number_of_the_subscriber(insured: Running) -> None:
    child = a_patient(id="linden", name=[{"family": "Lindqvist", "given": ["Linden"]}], birthDate="2015-02-02")
    await insured.hears("Patient.created", child)
    await insured.save(a_coverage(id="of-linden", beneficiary={"reference": "Patient/linden"}, subscriberId="NS-4471"))
    dependent = ("HL*4*3*23*0", "TRN*1*T2*9CLINIC001", "NM1*03*1*LINDQVIST*LINDEN", "DMG*D8*{born}", "INS*N*19", "EQ*30")

    async def asked(born: str) -> list[list[str]]:
        below = [each.format(born=born) for each in dependent]
        return await told(insured, an_interchange(a_270("NM1*IL*1*LINDQVIST*RIVER****MI*NS-4471", *below)))

    assert found(await asked("20150202"), "EB")[0][0] == "1"
    assert found(await asked("20160202"), "AAA") == [["N", "", "71", "C"]]


async def test_two_sets_of_one_interchange_are_both_answered(insured: Running) -> None:
    unknown = a_270("TRN*1*T2*9CLINIC001", "NM1*IL*1*NOBODY*ANN****MI*X", "EQ*30", control="0002")

    segments = await told(insured, an_interchange(a_270(), unknown))

    assert found(segments, "TRN") == [["2", "2026-000771", "9CLINIC001"], ["2", "T2", "9CLINIC001"]]
    assert found(segments, "GE")[0][0] == "2"
    assert len(found(segments, "AAA")) == 1


async def test_other_separators_are_kept(insured: Running) -> None:
    other = about("EQ*PT^98").translate(str.maketrans("*^:~", "|!>'")).replace("\n", "\r\n")

    segments = await told(insured, other)

    assert segments[0][11] == "!"
    assert found(segments, "EB")[0][0] == "1"
    assert any(each[2] == "98" for each in found(segments, "EB"))


async def test_a_store_that_is_away_is_an_answer_too(insured: Running) -> None:
    """42, unable to respond at the moment: who asks may ask again."""
    numbers = ControlNumbers(insured.store)
    await numbers.next()
    await insured.store.close()

    segments = await told(insured, about(), numbers)

    assert found(segments, "AAA")[-1] == ["N", "", "42", "N"]


@pytest.mark.skipif(not SAMPLE.exists(), reason="the X12 sample is not beside the project (../shared/data/x12)")
async def test_the_sample_is_rejected_at_the_subscriber_until_the_member_is_known(coverage: Running) -> None:
    unknown = await told(coverage, SAMPLE.read_bytes())
    await coverage.hears("Patient.created", a_patient(name=[{"family": "Smith", "given": ["Robert"]}], birthDate="1943-05-19"))
    await coverage.save(an_insurance_plan())
    await coverage.save(a_coverage(subscriberId="11122333301", period={"start": "2000-01-01"}))

    known = await told(coverage, SAMPLE.read_bytes())

    ids = [each[0] for each in unknown]
    assert found(unknown, "AAA") == [["N", "", "75", "C"]]
    assert ids.index("AAA") > len(ids) - ids[::-1].index("HL")
    assert found(known, "EB")[0][:3] == ["1", "", "30"]
    assert found(known, "TRN") == [["2", "93175-012547", "9877281234"]]
