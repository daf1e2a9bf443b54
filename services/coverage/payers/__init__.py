"""Those who pay, and how each is reached: here, over FHIR, over X12."""
