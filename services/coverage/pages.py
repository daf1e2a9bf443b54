"""What is answered beside `/fhir`: X12, CDS Hooks, figures."""

from __future__ import annotations

from collections.abc import Sequence

from shared.rest.beside import Page
from shared.service import Deployed

from .crd import pages as crd
from .pas import pages as pas
from .pas.submitting import SECONDS
from .x12 import pages as x12

METERS = (x12.SECONDS, crd.SECONDS, SECONDS)


def pages(deployed: Deployed) -> Sequence[Page]:
    return (*x12.routes(deployed), *crd.routes(deployed), *pas.routes(deployed))
