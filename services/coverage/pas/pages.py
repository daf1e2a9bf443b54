"""`GET /admin/authorization-figures`: what CMS-0057-F asks a payer to publish. `?year=2026`; this year where none is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.coverage.vocabulary import PRIOR_AUTHORIZATION, SERVICE_TYPE
from shared.fhir.element import code_in
from shared.fhir.refusal import Malformed
from shared.rest.beside import Asked, Page, admin_page
from shared.service import Deployed
from shared.store.view import View

from . import clocks
from .figures import figures


def routes(deployed: Deployed) -> Sequence[Page]:
    async def shown(asked: Asked) -> dict[str, Any]:
        """Raises Malformed."""
        year = asked.query.get("year", str(deployed.clock().year))
        if not (year.isascii() and year.isdigit() and len(year) == 4):
            raise Malformed("year is four digits")
        return await deployed.store.view(lambda view: _report(year, view))

    return (admin_page("GET", "/admin/authorization-figures", shown),)


def _report(year: str, view: View) -> dict[str, Any]:
    return {"year": int(year), "services": sorted(_services(view)), **figures(clocks.records(year, view))}


def _services(view: View) -> set[str]:
    """The service types that need authorization: the rule asks for their list as well."""
    return {
        code
        for plan in view.search("InsurancePlan?status=active")
        for coverage in plan.get("coverage", ())
        for benefit in coverage.get("benefit", ())
        if any(each["url"] == PRIOR_AUTHORIZATION and each.get("valueBoolean") for each in benefit.get("extension", ()))
        if (code := code_in(benefit["type"], SERVICE_TYPE))
    }
