"""The traffic of a scenario file as types: the endpoints, their params, bodies and logins. See models.py for the rest."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, StringConstraints, field_validator, model_validator

from perflab.run.scenario import READING_METHODS
from perflab.scenario.strict import Name, Positive, StrictModel, Text

Login = Annotated[str, StringConstraints(pattern=r"^(session|token|[A-Za-z_][\w.]*:[A-Za-z_]\w*)$")]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*$")]
FieldValue = str | int | float | bool
Readers = Literal["caller", "everyone", "nobody"]
READERS = get_args(Readers)


def _without_default(schema: dict[str, Any]) -> None:
    """Remove a default that depends on another key from the schema; the description has it."""
    schema.pop("default", None)


class File(StrictModel):
    """One file of a form: given contents, a file of the project, or generated contents of a given size."""

    name: Text | None = Field(
        default=None, description="The name of the file. Default: the field's name with the suffix txt."
    )
    type: Text | None = Field(default=None, description="The content type. Default: by the suffix of the name.")
    content: str | None = Field(default=None, description="The contents as text; it may contain {placeholders}.")
    path: Text | None = Field(
        default=None, description="A file whose contents are sent; a relative path starts in the project's folder."
    )
    size: Annotated[int, Field(ge=0, le=10_000_000)] | None = Field(
        default=None,
        description="Bytes of generated contents. Without content, path or size: a picture of one pixel for image/png and "
        "image/gif, else 1,000 bytes of text.",
    )


class Endpoint(StrictModel):
    """One kind of request."""

    name: Name = Field(description="Its name in the report.")
    method: Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] = Field(description="The HTTP method.")
    path: Annotated[str, StringConstraints(pattern=r"^/\S*$")] = Field(
        description="The path, with {placeholders} for params; it may have a query string."
    )
    weight: Annotated[float, Field(ge=0)] = Field(
        description="Its share of the traffic, relative to the other weights."
    )
    audited: bool = Field(
        default=False,
        description="Whether claims with the scope `audited` (the default) cover it. They never cover an endpoint that writes.",
    )
    cached: bool = Field(
        default=False,
        description="Whether the project caches its responses. If true, every request should look its response up in the cache.",
    )
    params: dict[Key, str | list[Any]] = Field(
        default_factory=dict,
        description="`app.Model.field` (a lookup path), whose values are drawn from the table; a list of values to choose from; "
        "or `package.module:name` of a function, which is called once per run with a random.Random and a count, outside the "
        "measured time, and returns the values to choose from. All params of one model come from the same row.",
    )
    where: dict[str, Any] = Field(
        default_factory=dict, description="Draw only rows with these values: `app.Model.field`: value."
    )
    as_: str | None = Field(
        default=None,
        alias="as",
        description="The param that identifies the caller; without it, the request is anonymous.",
    )
    auth: Login | None = Field(
        default=None, description="How this endpoint's callers log in; see subject.auth, which is the default."
    )
    csrf: bool = Field(
        default=True,
        description="Whether requests that are not GET, HEAD or OPTIONS carry a valid CSRF cookie and header, as a browser's do, "
        "where the project checks them; requests with an Authorization header do not. Set it to false to test the response to a "
        "request without them.",
    )
    body: Any = Field(
        default=None,
        description="The body, sent as JSON; strings in it may contain {placeholders}. A text is sent as it is if `headers` has "
        "a Content-Type that is not JSON.",
    )
    form: dict[str, FieldValue | list[FieldValue] | None] | None = Field(
        default=None,
        description="The fields of a form, instead of `body`; a list gives a field several values. Texts may contain "
        "{placeholders}. Sent urlencoded, or as multipart with `files`.",
    )
    files: dict[str, File] = Field(
        default_factory=dict, description="The files of the form, by the name of their field."
    )
    headers: dict[str, str] = Field(
        default_factory=dict,
        description="Headers of the request, in addition to those of the caller; they may contain {placeholders}.",
    )
    expects: Annotated[int, Field(ge=100, le=599)] | None = Field(
        default=None,
        description="The status that the endpoint is meant to return if it is neither 2xx nor 3xx, such as 403; without it, an "
        "endpoint that never succeeds is the first finding.",
    )
    affects: list[str] = Field(
        default_factory=list,
        description="Endpoints that read what this one writes; checks request them right after it, for the same rows.",
    )
    read_back: Readers | Annotated[float, Field(ge=0, le=1)] = Field(
        default="caller",
        description="Who reads a write back at once in measured traffic: `caller` makes one of the requests in `affects`, "
        "`everyone` concerned makes all of them, or `nobody` does; a number is the share of writes after which `caller` does, "
        "such as 0.3. Checks make all of them in any case.",
    )
    writes: bool = Field(
        default=False,
        description="Whether the endpoint writes. Default: true for every method except GET, HEAD and OPTIONS.",
        json_schema_extra=_without_default,
    )
    once: bool = Field(
        default=False, description="Never use the same row twice, for example because the request deletes it."
    )

    @field_validator("read_back", mode="before")
    @classmethod
    def _readers_or_share(cls, value: Any) -> Any:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if value not in READERS if isinstance(value, str) else not (is_number and 0 <= value <= 1):
            raise ValueError(f"{value!r} is none of {', '.join(READERS)}, and no share from 0 to 1")
        return value

    @model_validator(mode="before")
    @classmethod
    def _method_decides(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("writes") is None:
            # a tuple: a file may have a mapping there, which no set can look up
            return {**data, "writes": data.get("method") not in tuple(READING_METHODS)}
        return data

    @property
    def content_type(self) -> str | None:
        """Return the Content-Type of the headers, in small letters and without parameters; None where they have none."""
        value = next((value for name, value in self.headers.items() if name.lower() == "content-type"), None)
        return None if value is None else value.partition(";")[0].strip().lower()

    @property
    def is_raw(self) -> bool:
        """Tell whether the body is a text that is sent as it is rather than as JSON."""
        return isinstance(self.body, str) and self.content_type is not None and not is_json(self.content_type)


class Warm(StrictModel):
    """The traffic before the first measured request."""

    hours: Annotated[float, Field(ge=0, le=24)] = Field(
        description="Hours of simulated time; 0 starts every round with empty caches and the seeded data."
    )


class Traffic(StrictModel):
    """The requests, their rate and their users."""

    rate_per_s: Positive = Field(description="Requests per second of simulated time, in which cache entries expire.")
    active_users: Annotated[int, Field(ge=2)] = Field(description="Number of users who take part.")
    zipf: Annotated[float, Field(ge=0, le=10)] = Field(
        description="The n-th user or row is requested n^-zipf times as often as the first."
    )
    warm: Warm | Literal["auto"] = Field(
        default="auto",
        description="How much traffic goes before each round, so that caches and data are as in operation. It is made once per "
        "run, and rounds start from the result. `auto`: until the hit rate rises by less than one percentage point while the "
        "time doubles, and no longer than the longest time to live or, in real time, than the replay; nothing without a cache. "
        "`hours: 0`: rounds start with empty caches. See also warm_s of a profile.",
    )
    timeout_s: Positive = Field(
        default=30.0, description="Seconds after which a request counts as hanging, which ends the run."
    )
    endpoints: list[Endpoint] = Field(min_length=1, description="The kinds of requests.")


def is_json(content_type: str) -> bool:
    """Tell whether a content type, without parameters, is JSON: application/json, application/vnd.api+json ..."""
    return content_type.endswith(("/json", "+json"))
