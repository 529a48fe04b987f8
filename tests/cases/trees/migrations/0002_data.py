"""Rows that every installation has."""

from typing import Any

from django.db import migrations


def fill(apps: Any, schema_editor: Any) -> None:
    for code in ("DE", "FR", "IT"):
        apps.get_model("trees", "Country").objects.create(code=code)
    currency = apps.get_model("trees", "Currency")
    for pk, code in ((978, "EUR"), (840, "USD")):
        currency.objects.create(pk=pk, code=code)


class Migration(migrations.Migration):
    dependencies = [("trees", "0001_initial")]
    operations = [migrations.RunPython(fill)]
