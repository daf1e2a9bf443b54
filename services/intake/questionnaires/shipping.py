"""The questionnaires that come with intake: planted at every start, never over what a site has made of them."""

from __future__ import annotations

from pathlib import Path

from shared.fhir import text
from shared.fhir.element import sought
from shared.store.transaction import Transaction

SHIPPED = Path(__file__).parent


def ship(tx: Transaction) -> None:
    """Create those that this store has not seen, under `<name>-<version>`. A site that writes its own version keeps it."""
    for path in sorted(SHIPPED.glob("*.json")):
        questionnaire = text.load(path.read_bytes())
        id, url, version = f"{path.stem}-{questionnaire['version']}", questionnaire["url"], questionnaire["version"]
        if tx.current("Questionnaire", id) is None and not tx.search(
            f"Questionnaire?url={sought(url)}&version={sought(version)}"
        ):
            tx.create(questionnaire | {"id": id})
