"""Names that tell of personal data, and names that only look like it."""

import pytest

from perflab.seeding.masking.names import ADDRESS, DATE, DIGITS, EMAIL, PASSWORD, SECRET, TEXT, kind_by_name


@pytest.mark.parametrize(
    ("name", "table", "kind"),
    [
        ("email", "user", EMAIL), ("invoice_email", "subscription", EMAIL), ("e_mail", "x", EMAIL),
        ("password", "user", PASSWORD), ("pwd", "login", PASSWORD),
        ("first_name", "user", TEXT), ("username", "user", TEXT), ("customer_name", "order", TEXT), ("surname", "x", TEXT),
        ("name", "customer", TEXT), ("name", "product", None), ("app_name", "x", None), ("namespace", "x", None),
        ("codename", "permission", None), ("filename", "document", None), ("hostname", "server", None),
        ("phone", "user", DIGITS), ("mobile_no", "user", DIGITS), ("phonetic", "word", None), ("telegram", "x", None),
        ("street", "address", TEXT), ("postal_code", "address", TEXT), ("billing_address", "order", TEXT), ("zip", "x", TEXT),
        ("zipfile", "x", None), ("ip", "visit", ADDRESS), ("ip_address", "visit", ADDRESS), ("remote_addr", "ping", ADDRESS),
        ("recipe", "x", None), ("token", "user", SECRET), ("api_key", "project", SECRET), ("key", "token", SECRET),
        ("key", "setting", None), ("session_key", "session", SECRET), ("pinned", "post", None), ("pin", "card", SECRET),
        ("birth_date", "user", DATE), ("dob", "user", DATE), ("iban", "account", DIGITS), ("title", "book", None),
        ("address_id", "order", None), ("national_id", "user", DIGITS), ("object_repr", "logentry", TEXT),
    ],
)  # fmt: skip
def test_a_name_tells_what_a_field_holds(name, table, kind):
    assert kind_by_name(name, table) == kind
