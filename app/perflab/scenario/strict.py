"""What all mappings of a scenario file have in common: strict types, and no unknown keys; and what a moment is there."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from perflab.errors import did_you_mean

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
# A kind of rows: a word of the seeding's own, or a model's label such as auth.User.
RowsName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,59}(\.[A-Za-z]\w{0,79})?$")]
Dotted = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]
Importable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*$")]
Positive = Annotated[float, Field(gt=0)]
DATE_LENGTH = len("2025-10-20")


def _moment(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("date_type", "{value!r} is not text", {"value": value})
    try:
        return parsed(value)
    except ValueError:
        raise PydanticCustomError("not_a_date", "{value!r} is neither a date nor a time", {"value": value}) from None


# To an editor a time is text of this form: the format `date-time` of JSON Schema would ask for seconds.
_TIME = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$"
_SCHEMA = {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "pattern": _TIME}]}
Moment = Annotated[datetime | date, BeforeValidator(_moment), WithJsonSchema(_SCHEMA)]
TablesFrom = Annotated[
    Literal["migrations", "models"],
    Field(
        description="What the tables are made from: the project's migrations (apps without any get their tables from the "
        "models), or the models of all apps, for a project whose migrations do not run on this database; rows that migrations "
        "make are then missing."
    ),
]


class StrictModel(BaseModel):
    """A mapping of the scenario file. An unknown key is an error that suggests the key that was probably meant."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _reject_unknown_keys(cls, data: Any) -> Any:
        if isinstance(data, dict):
            keys = [field.alias or name for name, field in cls.model_fields.items()]
            accepted = {*keys, *cls.model_fields}
            for key in data:
                if key not in accepted:
                    raise PydanticCustomError(
                        "unknown_key",
                        "unknown key {key!r}; {hint}",
                        {"key": key, "hint": did_you_mean(key, keys) or "remove it"},
                    )
        return data


def parsed(text: str) -> date:
    """Return the date, or the moment with its zone, that a text in ISO format names.

    Args:
        text: Such as 2025-10-20, or 2025-10-20T18:30+02:00.

    Raises:
        ValueError: It is neither, or the zone is missing.
    """
    if len(text) <= DATE_LENGTH:
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("the zone is missing")
    return moment


def moment_of(as_of: date) -> datetime:
    """Return the moment in UTC; a date is its beginning."""
    if isinstance(as_of, datetime):
        return as_of.astimezone(UTC)
    return datetime.combine(as_of, time(), UTC)


def trace_start(as_of: date, time_zone: str | None) -> datetime:
    """Return the moment at which the trace begins, in UTC.

    For a date it is the first moment at which it is that day both in UTC and in the project's time zone, so that all clocks of
    the project show that day: for America/Chicago 5 or 6 hours later than `moment_of`, for a zone east of Greenwich the same.

    Args:
        as_of: The date, or the moment.
        time_zone: The project's TIME_ZONE; None for UTC.
    """
    moment = moment_of(as_of)
    if isinstance(as_of, datetime) or not time_zone:
        return moment
    try:
        local = datetime.combine(as_of, time(), ZoneInfo(time_zone))
    except (KeyError, OSError, ValueError):  # Django itself reports a zone that does not exist
        return moment
    return max(moment, local.astimezone(UTC))
