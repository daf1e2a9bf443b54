"""Condenses which operations R4 itself defines, for the capability statement: http://hl7.org/fhir/R4/operationslist.html"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SOURCE = "HL7 FHIR R4 4.0.1, profiles-resources.json (CC0)"


def write(folder: Path, into: Path) -> None:
    """Make operations.json in `into` from the unpacked folder of definitions."""
    (into / "operations.json").write_text(json.dumps(condensed(folder), indent=1) + "\n")


def condensed(folder: Path) -> dict[str, Any]:
    """`<Type>.$<code>` → the address of its definition."""
    bundle = json.loads((folder / "profiles-resources.json").read_text())
    found = [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "OperationDefinition"]
    official = [each for each in found if each["version"] == "4.0.1"]
    return {
        "source": SOURCE,
        "operations": {f"{type}.${each['code']}": each["url"] for each in official for type in each.get("resource", ())},
    }
