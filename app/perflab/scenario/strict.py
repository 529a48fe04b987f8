"""What all mappings of a scenario file have in common: strict types, and no unknown keys."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from perflab.errors import did_you_mean

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
Dotted = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]
Importable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]
Positive = Annotated[float, Field(gt=0)]
TablesFrom = Annotated[
    Literal["migrations", "models"],
    Field(
        description="What the tables are made from: the project's migrations (apps without any get their tables from the "
        "models), or the models of all apps, for a project whose migrations do not run on this database; rows that migrations "
        "make are missing then."
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
