"""`GET /admin/authorization-figures`: what CMS-0057-F asks a payer to publish; `?year=2026`, this year where none is said.
`POST /pas/notifications`: where payers outside say that there is news."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.coverage.vocabulary import PRIOR_AUTHORIZATION, SERVICE_TYPE, TRACE
from shared.fhir import gate, text
from shared.fhir.element import code_in, identifier
from shared.fhir.issue import Resource
from shared.fhir.refusal import Malformed, refuse
from shared.rest.beside import Asked, Page, Said, Sent, admin_page, counter
from shared.service import Deployed
from shared.store.view import View

from . import clocks
from .figures import figures
from .sent import look_now


def routes(deployed: Deployed) -> Sequence[Page]:
    async def shown(asked: Asked) -> dict[str, Any]:
        """Raises Malformed."""
        year = asked.query.get("year", str(deployed.clock().year))
        if not (year.isascii() and year.isdigit() and len(year) == 4):
            raise Malformed("year is four digits")
        return await deployed.store.view(lambda view: _report(year, view))

    async def told(sent: Sent) -> Said:
        """Nothing that a notification says is believed: the payer is asked. Raises Malformed, Unprocessable."""
        claims = sorted(_claims_in(_bundle(sent.body)))
        for claim in claims:
            await deployed.store.unit(lambda tx, claim=claim: look_now(claim, tx))  # type: ignore[misc]
        return Said(b"{}")

    return (admin_page("GET", "/admin/authorization-figures", shown), counter(deployed, "/pas/notifications", told))


def _bundle(body: bytes) -> Resource:
    draft = text.parse(body)
    refuse(gate.check(draft.content))
    return draft.content


def _claims_in(bundle: Resource) -> set[str]:
    """The requests of ours that it is about, in whatever depth."""
    inside = [each.get("resource", {}) for each in bundle.get("entry", ())]
    requests = [each.get("request", {}) for each in inside if each.get("resourceType") == "ClaimResponse"]
    named = (identifier({"identifier": each.get("identifier", ())}, TRACE) for each in requests)
    bundles = (each for each in inside if each.get("resourceType") == "Bundle")
    return {*filter(None, named), *(claim for each in bundles for claim in _claims_in(each))}


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
