"""Somebody's applications are to be found by time, and the index that is to do it has its columns the wrong way round."""

from django.db.models import Index

from marketplace.models import Application
from tests.faults import Expected

NAME = "application_created_applicant_idx"
EXPECTED = Expected("index_column_order", ("applications",), ("indexes",), index=NAME)


def install() -> None:
    Application._meta.indexes = [*Application._meta.indexes, Index(fields=["created_at", "applicant"], name=NAME)]
