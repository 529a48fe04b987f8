"""Types of the fields of requests, with the limits of their columns."""

from datetime import time
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MAX_ID = 2**63 - 1


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain NUL")  # PostgreSQL's text cannot
    return text


def _without_zone(at: time) -> time:
    if at.tzinfo is not None:
        raise ValueError("must be a local time, without an offset")
    return at


Id = Annotated[int, Field(ge=1, le=MAX_ID)]
Line = Annotated[str, Field(max_length=120), AfterValidator(_without_nul)]
Text = Annotated[str, Field(max_length=5000), AfterValidator(_without_nul)]
LocalTime = Annotated[time, AfterValidator(_without_zone)]
Amount = Annotated[Decimal, Field(gt=0, max_digits=10, decimal_places=2)]
PayRate = Annotated[Decimal, Field(gt=0, max_digits=8, decimal_places=2)]
Stars = Annotated[Decimal, Field(ge=1, le=5, max_digits=2, decimal_places=1)]


class Body(BaseModel):
    """A request's body; a field that nobody knows is an error, since it is most likely a misspelt one."""

    model_config = ConfigDict(extra="forbid")
