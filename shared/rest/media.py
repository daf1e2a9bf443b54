"""Media types: what a body may be and what an answer is (http://hl7.org/fhir/R4/http.html#mime-type)."""

from __future__ import annotations

from functools import lru_cache

from shared.fhir.refusal import NotAcceptable, UnsupportedMedia

FHIR_JSON = "application/fhir+json"
JSON = "application/json"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
FORM = "application/x-www-form-urlencoded"

RESOURCE_BODY = frozenset({"", FHIR_JSON, JSON, "text/json"})
PATCH_BODY = RESOURCE_BODY | {JSON_PATCH, MERGE_PATCH}

_ANSWERED_AS = {
    "application/fhir+json": FHIR_JSON,
    "application/json+fhir": FHIR_JSON,
    "application/fhir json": FHIR_JSON,
    "application/json": JSON,
    "text/json": JSON,
    "json": FHIR_JSON,
    "*/*": FHIR_JSON,
    "application/*": FHIR_JSON,
    "text/*": JSON,
}
_VERSIONS = frozenset({"4.0", "4.0.1", "4"})


@lru_cache(maxsize=256)
def body_type(header: str, allowed: frozenset[str] = RESOURCE_BODY) -> str:
    """The media type of a body, "" where none was named. Raises UnsupportedMedia."""
    type, parameters = _parsed(header)
    if type not in allowed:
        raise UnsupportedMedia(f"a body of type {type} is not understood here, only {', '.join(sorted(allowed - {''}))}")
    if parameters.get("fhirversion", "4.0") not in _VERSIONS:
        raise UnsupportedMedia(f"FHIR version {parameters['fhirversion']} is not spoken here, only 4.0")
    return type


@lru_cache(maxsize=256)
def answer_type(accept: str, format: str = "") -> str:
    """The media type to answer in; `_format` goes before the Accept header. Raises NotAcceptable."""
    wishes = [wish for wish in (_wish(part) for part in (format or accept or FHIR_JSON).split(",")) if wish]
    if not wishes:
        raise NotAcceptable(f"{format or accept} can't be answered, only {FHIR_JSON} and {JSON} of FHIR version 4.0")
    return max(wishes)[2]


def _wish(part: str) -> tuple[float, bool, str] | None:
    """(quality, whether it is FHIR's own type, the type to answer in); None for what can't be had."""
    type, parameters = _parsed(part)
    answered = _ANSWERED_AS.get(type)
    quality = _quality(parameters.get("q", "1"))
    if answered is None or not quality or parameters.get("fhirversion", "4.0") not in _VERSIONS:
        return None
    return quality, answered == FHIR_JSON, answered


def _parsed(header: str) -> tuple[str, dict[str, str]]:
    type, *parameters = header.split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    return type.strip().lower(), {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0
