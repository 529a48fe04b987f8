from __future__ import annotations

from typing import Any

import django
from django.db import migrations, models
from ladle import PriceField


def note(apps: Any, editor: Any) -> None:
    apps.get_model("pinned_shop", "Migrated").objects.create(django=django.get_version())


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Maker", [
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=80)),
            ("facts", models.JSONField(default=dict)),
        ]),
        migrations.CreateModel("Item", [
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=80)),
            ("maker", models.ForeignKey(on_delete=models.CASCADE, to="pinned_shop.maker")),
            ("sold", models.IntegerField(default=0)),
            ("price", PriceField(default="1.50")),
            ("listed_at", models.DateTimeField(null=True, db_index=True)),
        ]),
        migrations.CreateModel("Migrated", [
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("django", models.CharField(max_length=20)),
        ]),
        migrations.RunPython(note),
    ]  # fmt: skip
