"""Written for MySQL."""

from typing import Any

from django.db import migrations


def alter(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("ALTER TABLE seeds_place MODIFY name VARCHAR(20)")


class Migration(migrations.Migration):
    dependencies = [("seeds", "0001_first")]
    operations = [migrations.RunPython(alter)]
