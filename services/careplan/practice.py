"""By whose calendar a case is worked on: the settings of its managing organization, which are data."""

from __future__ import annotations

from shared.fhir.element import extension, target_of
from shared.fhir.issue import Resource
from shared.store.view import View

from .business_days import Practice, is_calendar, is_zone
from .vocabulary import HOLIDAYS, TIME_ZONE

USUAL = Practice()


def practice_of(case: Resource | None, view: View) -> Practice:
    """Time zone and holidays that the Organization says in its extensions; the usual ones where it says none."""
    organization = target_of((case or {}).get("managingOrganization"))
    said = view.read(*organization.split("/")) if organization else None
    if said is None:
        return USUAL
    zone, calendar = extension(said, TIME_ZONE), extension(said, HOLIDAYS)
    return Practice(
        zone=zone if zone and is_zone(zone) else USUAL.zone,
        calendar=calendar if calendar and is_calendar(calendar) else USUAL.calendar,
    )
