"""What a checkout shows without running any of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from perflab.errors import InputError
from perflab.scenario.drafting.checkout import Checkout, look

MANAGE = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.dev")'


def write(file: Path, text: str = "") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_manage_py_names_the_settings(tmp_path: Path) -> None:
    write(tmp_path / "manage.py", MANAGE)
    assert look(tmp_path) == Checkout(tmp_path, "shop.settings.dev", None, None)


def test_it_may_lie_in_a_folder_and_one_nearer_to_the_top_wins(tmp_path: Path) -> None:
    write(tmp_path / "src" / "manage.py", MANAGE)
    write(tmp_path / "src" / "other" / "manage.py", "")
    write(tmp_path / "tests" / "manage.py", "")
    write(tmp_path / ".venv" / "manage.py", "")
    assert look(tmp_path).path == "src"


def test_a_deployments_entry_names_them_where_manage_py_does_not(tmp_path: Path) -> None:
    write(tmp_path / "manage.py")
    write(tmp_path / "shop" / "wsgi.py", MANAGE)
    assert look(tmp_path).settings == "shop.settings.dev"


def test_what_the_user_says_comes_first(tmp_path: Path) -> None:
    write(tmp_path / ".venv" / "bin" / "python")
    assert look(tmp_path, "mine", "elsewhere") == Checkout(tmp_path, "mine", None, "elsewhere")


def test_a_virtual_environment_is_the_projects_unless_it_is_perflabs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "manage.py", MANAGE)
    write(tmp_path / "venv" / "bin" / "python")
    assert look(tmp_path).python == "venv"
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    assert look(tmp_path).python is None


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, r"there is no manage.py in .*; run perflab init in the project's folder, or give --settings"),
        ({"manage.py": "main()"}, r"manage.py names no settings module; give it as --settings package.settings"),
        (
            {
                "manage.py": "",
                "a/settings/base.py": "",
                "a/settings/__init__.py": "",
                "a/settings/x-y.py": "",
                "b/settings.py": "",
            },
            r"manage.py names no settings module; give it as --settings; there are a.settings.base, b.settings$",
        ),
    ],
)
def test_a_folder_without_a_project_is_one_line(tmp_path: Path, files: dict[str, str], message: str) -> None:
    for name, text in files.items():
        write(tmp_path / name, text)
    with pytest.raises(InputError, match=message):
        look(tmp_path)
