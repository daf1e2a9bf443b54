"""Prior authorization over FHIR, both sides of the counter: Da Vinci PAS 2.x."""
