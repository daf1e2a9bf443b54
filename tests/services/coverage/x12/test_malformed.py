"""What is malformed is refused in X12's words: a TA1 for the interchange, a 999 for a group or a set. Never a failure of ours."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from starlette.applications import Starlette

from services.coverage.x12.pages import routes
from shared.fhir.refusal import Malformed
from shared.kernel.settings import Settings
from shared.runtime.refusing import refuse_in_fhir
from shared.service import Deployed
from tests.services.coverage.x12.interchanges import a_270, an_interchange, found, told, without
from tests.services.town import Running


@pytest.mark.parametrize(
    ("turned", "note"),
    [
        (("IEA*1*000000771", "IEA*1*000000772"), "001"),
        (("IEA*1*000000771", "IEA*2*000000771"), "021"),
        (("IEA*1*000000771~\n", ""), "023"),
        (("*00501*", "*00401*"), "017"),
        (("*260511*1300*^", "*261311*1300*^"), "014"),
        (("*260511*1300*^", "*260511*2561*^"), "015"),
        (("*0*P*:", "*0*X*:"), "020"),
        (("*0*P*:", "*5*P*:"), "019"),
        (("GE*1*771~\n", "GE*1*771~\nISA*~"), "000"),
    ],
)
async def test_a_broken_envelope_is_refused_with_a_ta1(coverage: Running, turned: tuple[str, str], note: str) -> None:
    segments = await told(coverage, an_interchange().replace(*turned))

    if note == "000":
        assert not found(segments, "TA1")
        return
    assert found(segments, "TA1") == [["000000771", *found(segments, "TA1")[0][1:3], "R", note]]
    assert not found(segments, "ST")
    assert found(segments, "IEA")[0][0] == "0"


@pytest.mark.parametrize(
    ("turned", "code"),
    [
        (("GE*1*771", "GE*1*772"), "4"),
        (("GE*1*771", "GE*2*771"), "5"),
        (("GE*1*771~\n", ""), "3"),
        (("GS*HS", "GS*HC"), "1"),
        (("*X*005010X279A1", "*X*004010X092A1"), "2"),
    ],
)
async def test_a_broken_group_is_refused_with_a_999(coverage: Running, turned: tuple[str, str], code: str) -> None:
    segments = await told(coverage, an_interchange().replace(*turned))

    assert found(segments, "AK9") == [["R", "1", "1", "0", code]]
    assert [each[0] for each in found(segments, "ST")] == ["999"]


@pytest.mark.parametrize(
    ("turned", "said"),
    [
        (("SE*13*0001", "SE*14*0001"), [["R", "4"]]),
        (("SE*13*0001", "SE*13*0002"), [["R", "3"]]),
        (("SE*13*0001~\n", ""), [["R", "2"]]),
        (("ST*270*", "ST*276*"), [["R", "1"]]),
    ],
)
async def test_a_broken_set_is_refused_with_its_reason(coverage: Running, turned: tuple[str, str], said: list[list[str]]) -> None:
    segments = await told(coverage, an_interchange().replace(*turned))

    assert found(segments, "IK5") == said
    assert found(segments, "AK9") == [["R", "1", "1", "0"]]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (without(an_interchange(), "BHT"), ["BHT", "2", "", "3"]),
        (without(an_interchange(), "NM1*IL"), ["NM1", "8", "2100C", "3"]),
        (without(an_interchange(), "EQ"), ["EQ", "12", "2110C", "3"]),
        (without(an_interchange(), "HL*3"), ["HL", "12", "", "3"]),
        (an_interchange().replace("DMG*", "CLM*"), ["CLM", "10", "2100C", "6"]),
        (an_interchange().replace("NM1*1P", "DMG*D8*20000101~NM1*1P").replace("SE*13", "SE*14"), ["DMG", "6", "2100B", "2"]),
        (an_interchange().replace("NM1*IL", "NM1*QQ"), ["NM1", "9", "2100C", "8"]),
        (an_interchange().replace("HL*3*2*22", "HL*3*7*22"), ["HL", "7", "", "8"]),
    ],
)
async def test_a_segment_at_fault_is_named_with_its_place(coverage: Running, broken: str, said: list[str]) -> None:
    segments = await told(coverage, broken)

    assert said in found(segments, "IK3")
    assert found(segments, "IK5") == [["R", "5"]]


async def test_the_set_that_is_whole_is_answered_beside_one_that_is_not(coverage: Running) -> None:
    broken = [each for each in a_270(control="0002") if not each.startswith("BHT")]
    broken[-1] = f"SE*{len(broken)}*0002"

    segments = await told(coverage, an_interchange(a_270(), broken))

    assert [each[0] for each in found(segments, "ST")] == ["271", "999"]
    assert [each[0] for each in found(segments, "IK5")] == ["A", "R"]
    assert found(segments, "AK9") == [["P", "2", "2", "1"]]
    assert found(segments, "IEA")[0][0] == "2"


@pytest.mark.parametrize("junk", [b"", b"\x00\xff" * 500, b"MSH|^~\\&|", b"{}", b"ISA*00*", b"ISA" + b"A" * 200, b"\xef\xbb\xbf"])
async def test_what_is_no_interchange_has_nobody_to_answer(coverage: Running, junk: bytes) -> None:
    with pytest.raises(Malformed):
        await told(coverage, junk)


WORDS = ("~", "*", "^", ":", "ISA", "HL*", "NM1*IL", "SE*13*0001~", "EQ*30~")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=some.data())
async def test_nothing_that_is_sent_makes_it_fail(coverage: Running, data: some.DataObject) -> None:
    text = an_interchange()
    for _ in range(data.draw(some.integers(1, 4))):
        place = data.draw(some.integers(0, len(text)))
        end = data.draw(some.integers(place, min(len(text), place + 40)))
        put = data.draw(
            some.text(some.characters(max_codepoint=255), max_size=8) | some.sampled_from(["~", "*", "^", ":", "ISA", "HL*"])
        )
        text = text[:place] + put + text[end:]
    try:
        segments = await told(coverage, text)
    except Malformed:
        return
    assert segments[0][0] == "ISA"
    assert segments[-1][0] == "IEA"


@pytest.fixture
def line(coverage: Running) -> httpx.AsyncClient:
    deployed = Deployed(coverage.service, coverage.store, Settings(max_body_bytes=10_000), coverage.clock)
    app = Starlette(routes=routes(deployed))
    refuse_in_fhir(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")


@pytest.mark.parametrize("media", ["application/edi-x12", "text/plain; charset=utf-8", "application/octet-stream"])
async def test_the_answer_comes_in_the_type_of_the_question(line: httpx.AsyncClient, media: str) -> None:
    answer = await line.post("/x12/270", content=an_interchange(), headers={"content-type": media})

    assert (answer.status_code, answer.headers["content-type"]) == (200, media)
    assert answer.text.startswith("ISA*")


async def test_what_the_line_does_not_take_is_a_4xx(line: httpx.AsyncClient) -> None:
    x12 = {"content-type": "application/edi-x12"}

    assert (await line.post("/x12/270", content=b"\x00junk", headers=x12)).status_code == 400
    assert (await line.post("/x12/270", content=b"ISA" * 10_000, headers=x12)).status_code == 413
    assert (await line.post("/x12/270", json={})).status_code == 415
    assert (await line.get("/x12/270")).status_code == 405
