"""Names of fields that tell of personal data: of mail, of phones, of tokens."""

from __future__ import annotations

import re

# What a column's values are.
TEXT, EMAIL, PASSWORD, ADDRESS, DATE, DIGITS, SECRET = (
    "text", "email", "password", "ip address", "date", "digits", "secret",
)  # fmt: skip

_WHOSE = (
    "first|last|middle|full|given|family|maiden|nick|user|display|real|legal|screen|contact|author|owner|customer|client|recipient"
    "|sender|patient|holder|member|employee|guest|billing|shipping|account"
)
_NUMBERS = "card|account|licen[cs]e|house|passport|tax|vat|insurance"
# The first rule that fits a name decides. `(^|_)` and `(_|$)` keep `ip` out of `zip`, and `name` out of `namespace`.
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (PASSWORD, r"passw(or)?d|pass_?phrase|(^|_)pwd(_|$)"),
        (EMAIL, r"e_?mail"),
        (ADDRESS, r"(^|_)ip(_?addr(ess)?|v4|v6)?(_|$)|remote_addr"),
        (SECRET, r"token|secret|pass_?code|credential|cookie|signature|(^|_)(otp|totp|pin|cvv|salt)(_|$)"),
        (SECRET, r"session_?(key|data|id)$"),
        (SECRET, r"(api|access|private|auth|ping|badge|signing|activation|verification|recovery|backup)_?(key|code)"),
        (TEXT, rf"^(({_WHOSE})_?)+names?(_|$)|_({_WHOSE})_?names?$|surname|forename|(^|_)initials(_|$)"),
        (TEXT, r"^(login|handle|object_repr)$"),
        (DIGITS, r"phone(_|$|n)|(^|_)(mobile|fax|tel|cell|msisdn|whatsapp)(_|$|_?(no|nr|number)$)"),
        (TEXT, r"address|(^|_)addr(_?\d)?(_|$)|street|(^|_)zip(_?code)?(_|$)|post_?(al_?)?code"),
        (DIGITS, rf"(^|_)(ssn|iban|bic|swift|passport|national_id|tax_?id|vat_?id|({_NUMBERS})_?n(o|r|umber))(_|$)"),
        (DATE, r"birth|(^|_)(dob|born)(_|$)"),
    )
)  # fmt: skip
# Names that end like that say which row another one belongs to, but for those of papers and sessions.
_KEY = re.compile(r"(?<!session)(?<!national)(?<!tax)(?<!vat)_id$")
# A field that is only called name, or key, is a person's or a token's if its table is one of persons or tokens.
_PERSONS = re.compile(
    r"user|person|people|customer|client|profile|member|contact|employee|patient|student|author|subscriber|guest|recipient"
    r"|applicant|candidate|teacher|child|parent|owner|attendee|participant|staff"
)
_TOKENS = re.compile(r"token|api_?key|credential")


def kind_by_name(name: str, table: str) -> str | None:
    """Return what kind of personal data a name tells of; None for none.

    Args:
        name: The name of a field or column, in small letters.
        table: The name of its model or table, in small letters.
    """
    if _KEY.search(name):
        return None
    for kind, pattern in _RULES:
        if pattern.search(name):
            return kind
    if (name in ("name", "names") and _PERSONS.search(table)) or (name == "key" and _TOKENS.search(table)):
        return TEXT if name != "key" else SECRET
    return None
