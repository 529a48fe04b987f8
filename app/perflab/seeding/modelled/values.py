"""One value of a field for an archetype: by its class, its name, its choices and its validators."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.core import validators
from django.core.exceptions import ValidationError
from django.db import models

from perflab.errors import InputError
from perflab.scenario.urls.example import texts_of
from perflab.seeding.modelled.words import digits, text_for

# Values are drawn again so often, if a validator refuses them.
TRIES = 20
# In one of so many archetypes, a field is null that may be null and that forms need not fill in: what only the database allows
# to be null, a project's templates often do not.
NULL_IN = 5
LARGEST = {"SmallIntegerField": 32_000, "PositiveSmallIntegerField": 32_000}
USUAL_LARGEST = 1_000
USUALLY_FALSE = ("delete", "remove", "hidden", "draft", "ban", "block", "spam", "staff", "superuser", "archiv", "disabled",
                 "inactive", "locked", "closed", "test", "expired", "cancel")  # fmt: skip


class ValueMaker:
    """Makes values for the fields of one model.

    Args:
        as_of: The moment that the data ends at.
        rng: A random generator.
    """

    def __init__(self, as_of: dt.datetime, rng: random.Random) -> None:
        self.as_of = as_of
        self.rng = rng

    def value(self, field: Any) -> Any:
        """Return a value that the field's validators take; None where it may be null and is in this archetype.

        Raises:
            InputError: Nothing that was tried is valid.
        """
        for _ in range(TRIES):
            made = self._drawn(field)
            if made is None or is_valid(field, made):
                return made
        for made in self._by_expression(field):
            if is_valid(field, made):
                return made
        if field.null:
            return None
        raise InputError(
            f"no value is known for {field.name} ({type(field).__name__})", where=f"data from {field.model._meta.label}",
            hint=f"add `{field.model._meta.label}: 0` to data.rows, or describe the table in a function for subject.seed",
        )  # fmt: skip

    def _drawn(self, field: Any) -> Any:
        if field.null and field.blank and not self.rng.randrange(NULL_IN):
            return None
        options = [key for key, _ in field.flatchoices if key not in ("", None)]
        if isinstance(field, models.BooleanField):
            return self._truth(field)
        if options:
            if field.has_default() and not callable(field.default) and self.rng.random() < 0.5:
                return field.get_default()
            return self.rng.choice(options)
        if field.has_default() and not (callable(field.default) and field.default not in (dict, list)):
            return field.get_default()
        return self._of_kind(field)

    def _truth(self, field: Any) -> bool:
        if field.name == "is_active" and issubclass(getattr(field, "model", object), AbstractBaseUser):
            return True  # the others cannot log in
        usual = field.get_default() if field.has_default() else not any(word in field.name for word in USUALLY_FALSE)
        return bool(usual) == (self.rng.random() < 0.85)

    def _of_kind(self, field: Any) -> Any:
        rng, kind = self.rng, field.get_internal_type()
        if isinstance(field, models.FileField):
            return "" if field.blank else f"files/{digits(rng, 6)}.png"
        if isinstance(field, models.EmailField):
            return text_for("email", rng, field.max_length)
        if isinstance(field, models.URLField):
            return text_for("url", rng, field.max_length)
        if kind in ("CharField", "SlugField", "TextField"):
            name = "slug" if isinstance(field, models.SlugField) else field.name
            return text_for(name, rng, field.max_length, is_long=kind == "TextField")
        if kind == "DecimalField":
            return self._decimal(field)
        if kind == "FloatField":
            return round(rng.uniform(*self._limits(field, 0, 100)), 3)
        if kind.endswith(("IntegerField", "AutoField")):
            low, high = self._limits(field, 0, LARGEST.get(kind, USUAL_LARGEST))
            return rng.randint(int(low), int(max(low, min(high, low + USUAL_LARGEST))))
        return self._of_other(field, kind)

    def _of_other(self, field: Any, kind: str) -> Any:
        rng = self.rng
        moment = self.as_of - dt.timedelta(seconds=rng.randrange(86_400, 365 * 86_400))
        simple: dict[str, Any] = {
            "DateField": moment.date(), "DateTimeField": moment, "TimeField": moment.time().replace(microsecond=0),
            "DurationField": dt.timedelta(minutes=rng.randrange(1, 600)), "JSONField": {}, "BinaryField": bytes(8),
            "GenericIPAddressField": f"192.0.2.{rng.randint(1, 254)}", "IPAddressField": f"192.0.2.{rng.randint(1, 254)}",
            "UUIDField": uuid.UUID(int=rng.getrandbits(128), version=4), "FilePathField": "", "HStoreField": {},
        }  # fmt: skip
        if kind in simple:
            return simple[kind]
        if hasattr(field, "base_field"):  # PostgreSQL's arrays, and its ranges, which may be empty
            return [] if kind == "ArrayField" else "empty"
        if field.null:
            return None
        return [] if field.get_default() is None else field.get_default()

    def _decimal(self, field: Any) -> Decimal:
        places = field.decimal_places or 0
        most = 10 ** ((field.max_digits or 12) - places) - 1
        low, high = self._limits(field, 0, min(most, USUAL_LARGEST))
        step = Decimal(1).scaleb(-places)
        return Decimal(str(self.rng.uniform(float(low), float(high)))).quantize(step)

    def _limits(self, field: Any, low: float, high: float) -> tuple[float, float]:
        for validator in field.validators:
            limit = getattr(validator, "limit_value", None)
            limit = limit() if callable(limit) else limit
            if isinstance(validator, validators.MinValueValidator) and isinstance(limit, (int, float, Decimal)):
                low = max(low, float(limit)) if limit >= 0 else low
            elif isinstance(validator, validators.MaxValueValidator) and isinstance(limit, (int, float, Decimal)):
                high = min(high, float(limit))
        return min(low, high), high

    def _by_expression(self, field: Any) -> Iterator[Any]:
        """Yield texts that the regular expressions among a field's validators match."""
        for validator in field.validators:
            expression = getattr(getattr(validator, "regex", None), "pattern", None)
            if expression is not None and not getattr(validator, "inverse_match", False):
                yield from texts_of(expression)


def is_valid(field: Any, value: Any) -> bool:
    """Tell whether a field takes a value: its conversion, its length and its validators."""
    if value in ("", "empty") or value == [] or value == {}:
        return True
    try:
        field.run_validators(field.to_python(value))
    except (ValidationError, TypeError, ValueError):
        return False
    except Exception:  # a validator of the project's own may need anything; the database judges what it does not
        return True
    return True
