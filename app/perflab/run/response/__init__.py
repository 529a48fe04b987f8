"""Responses as they are compared: documents, their digests, the places where two differ, and the masks over places that vary.

Workers make digests of responses; reports show the places where two differ. A place in a response is a JSON pointer (RFC 6901)
into the document, such as `/body/results/0/name` or `/headers/etag`; a place in a text is the text's pointer and the words
before it.
"""

from perflab.run.response.difference import ABSENT, Difference, Document, Kind, differences, field_of
from perflab.run.response.document import digest, document, fallback
from perflab.run.response.excerpt import shown
from perflab.run.response.mask import IGNORED, OTHERS, Mask, masked
from perflab.run.response.vary import VaryingPlace, varying
from perflab.run.response.volatile import volatile_kind

__all__ = [
    "ABSENT",
    "IGNORED",
    "OTHERS",
    "Difference",
    "Document",
    "Kind",
    "Mask",
    "VaryingPlace",
    "differences",
    "digest",
    "document",
    "fallback",
    "field_of",
    "masked",
    "shown",
    "varying",
    "volatile_kind",
]
