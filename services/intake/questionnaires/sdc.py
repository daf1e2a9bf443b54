"""The extensions of Structured Data Capture that are understood here. http://hl7.org/fhir/uv/sdc/"""

from __future__ import annotations

_SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"

OBSERVATION_EXTRACT = f"{_SDC}observationExtract"
EXTRACT_CATEGORY = f"{_SDC}observation-extract-category"
OBSERVATION_LINK_PERIOD = f"{_SDC}observationLinkPeriod"
DEFINITION_EXTRACT = f"{_SDC}definitionExtract"
DEFINITION_EXTRACT_VALUE = f"{_SDC}definitionExtractValue"
EXTRACTION_CONTEXT = f"{_SDC}itemExtractionContext"
INITIAL_EXPRESSION = f"{_SDC}initialExpression"

VARIABLE = "http://hl7.org/fhir/StructureDefinition/variable"
UNIT = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit"
