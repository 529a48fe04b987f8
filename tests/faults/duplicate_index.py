"""An index on a foreign key, which has one by itself."""

from django.db.models import Index

from marketplace.models import Job
from tests.faults import Expected

NAME = "job_client_idx"
EXPECTED = Expected("index_duplicate", (None,), ("indexes",), index=NAME)


def install() -> None:
    Job._meta.indexes = [*Job._meta.indexes, Index(fields=["client"], name=NAME)]
