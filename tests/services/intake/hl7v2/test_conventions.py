"""What is agreed with senders is set once: zones, and the systems of their numbers."""

from __future__ import annotations

import pytest

from services.intake.hl7v2.conventions import authorities_of, reader
from services.intake.hl7v2.mapping import apply
from shared.kernel.settings import Settings
from tests.services.building import a_patient
from tests.services.intake.hl7v2.feeding import a_message
from tests.services.town import Running


async def test_numbers_are_of_the_system_that_the_site_knows_them_by(intake: Running) -> None:
    mrn = "http://hospital.example/mrn"
    await intake.save(a_patient(identifier=[{"system": mrn, "value": "4711"}]))
    message = reader(Settings(hl7v2_authorities=f"HOSP={mrn}"))(a_message("A01"))

    await intake.store.unit(lambda tx: apply(message, tx))

    assert (await intake.one("Patient?"))["id"] == "river"


def test_a_zone_is_the_senders() -> None:
    message = reader(Settings(hl7v2_zones="ADT@HOSP=America/New_York"))(a_message("A01", at="20260511142000"))

    assert message.happened.fhir == "2026-05-11T14:20:00-04:00"


@pytest.mark.parametrize("setting", ["HOSP", "=urn:x", "HOSP=", "HOSP=mrn"])
def test_a_setting_that_cannot_be_meant_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="no assigning authority"):
        authorities_of(setting)
