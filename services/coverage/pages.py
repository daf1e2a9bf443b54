"""What is answered beside `/fhir`: X12 and CDS Hooks."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute

from shared.service import Deployed

from .crd import pages as crd
from .x12 import pages as x12

METERS = (x12.SECONDS, crd.SECONDS)


def pages(deployed: Deployed) -> Sequence[BaseRoute]:
    return (*x12.routes(deployed), *crd.routes(deployed))
