"""What made each index, by the models alone and by a real catalogue."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

from perflab.scenario.subject import index_kinds


def test_the_22_indexes_are_found_without_a_database() -> None:
    kinds = index_kinds.of_models()
    assert len([n for n, kind in kinds.items() if kind in ("meta", "field") and n.endswith("_idx")]) == 22
    assert any(kind == "foreign_key" and n.startswith("marketplace_payment_payer_id") for n, kind in kinds.items())
    assert kinds["review_unique"] == "constraint"


def test_the_table_of_a_many_to_many_relation_has_indexes_too() -> None:
    kinds = index_kinds.of_models()
    for column in ("group_id", "permission_id"):
        (name,) = [name for name in kinds if name.startswith(f"auth_group_permissions_{column}_")]
        assert kinds[name] == "foreign_key"


def test_models_of_installed_packages_are_told_from_the_projects() -> None:
    user, own = apps.get_model("marketplace.User"), ("site_config.settings", "marketplace.seeding:archetypes")
    of_relation = apps.get_model("auth.Group")._meta.get_field("permissions").remote_field.through
    assert index_kinds.package_of(user, own) is None
    assert index_kinds.package_of(of_relation, own) == "django.contrib.auth", "a table of a package's relation"
    assert index_kinds.package_of(apps.get_model("auth.Permission"), own) == "django.contrib.auth"
    assert index_kinds.package_of(apps.get_model("auth.Permission"), ["django.settings"]) is None, (
        "the project is installed"
    )
    labels = ["auth.Group_permissions", "marketplace.User"]
    assert index_kinds.packages(labels, own) == dict(zip(labels, ["django.contrib.auth", None], strict=True))


@pytest.mark.servers
def test_a_field_with_db_index_counts_as_declared(db: None) -> None:
    from django.db import models

    class Indexed(models.Model):
        code = models.CharField(max_length=9, db_index=True)
        owner = models.ForeignKey("marketplace.User", models.CASCADE, related_name="+")
        number = models.IntegerField(unique=True)

        class Meta:
            app_label = "perflab_tests"

        def __str__(self) -> str:
            return self.code

    try:
        with connection.schema_editor() as editor:
            editor.create_model(Indexed)
        made_by = index_kinds.of_catalogue([Indexed], connection)
        names = {
            kind: [n for n, (k, _) in made_by.items() if k == kind] for kind in ("field", "foreign_key", "constraint")
        }
        assert names["field"] and all("code" in name for name in names["field"])
        assert len(names["foreign_key"]) == 1 and "owner" in names["foreign_key"][0]
        assert len(names["constraint"]) == 2, "of the primary key and of what is unique"
        assert {model for _, model in made_by.values()} == {"perflab_tests.Indexed"}
    finally:
        apps.all_models.pop("perflab_tests", None)
        apps.clear_cache()
