"""What a resource is found by: its values for every search parameter of its type, by kind of value. Pure."""

from shared.fhir.index.extraction import index_rows
from shared.fhir.index.rows import IndexRows

__all__ = ["IndexRows", "index_rows"]
