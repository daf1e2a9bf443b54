"""`/cds-services`: discovery, the six hooks, feedback. https://cds-hooks.hl7.org/2.0/"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from services.coverage.crd.answering import answer
from services.coverage.crd.called import called
from services.coverage.crd.feedback import feedback_in, keep
from services.coverage.crd.hooks import HOOKS, Hook, discovery
from shared.fhir import text
from shared.fhir.refusal import NotFound
from shared.kernel.meter import Meter
from shared.rest.beside import Page, Said, Sent, counter, page
from shared.service import Deployed

SECONDS = Meter("careloom_crd_seconds", "From a hook's call to its answer (CRD: 5 s or 10 s).", ("hook",), "seconds")


def routes(deployed: Deployed) -> Sequence[Page]:
    async def invoke(sent: Sent) -> Said:
        """Raises NotFound, Malformed, PreconditionFailed, Unprocessable. Numbers keep their text, as resources are in it."""
        began, hook = perf_counter(), _hook(sent)
        said = await answer(called(hook, sent.body), deployed)
        deployed.meters.time(SECONDS, perf_counter() - began, hook.name)
        return Said(text.dump(said))

    async def feed_back(sent: Sent) -> Said:
        """Raises NotFound, Malformed."""
        hook, entries = _hook(sent), feedback_in(sent.body)
        await deployed.store.unit(lambda tx: keep(hook, entries, tx))
        return Said(b"{}")

    return (
        page(deployed, "/cds-services", lambda _: discovery()),
        counter(deployed, "/cds-services/{id}", invoke),
        counter(deployed, "/cds-services/{id}/feedback", feed_back),
    )


def _hook(sent: Sent) -> Hook:
    hook = HOOKS.get(sent.path["id"])
    if hook is None:
        raise NotFound(f"there is no service {sent.path['id']}; /cds-services lists them")
    return hook
