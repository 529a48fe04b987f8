"""What `data.source` may say, and that no password is told."""

from pathlib import Path

import pytest

from perflab.errors import InputError
from perflab.scenario import project
from perflab.seeding.copying.place import environment, place_of
from perflab.servers.database import POSTGRESQL, SQLITE

SETTINGS = "site_config.settings"


@pytest.fixture
def entries(monkeypatch, tmp_path):
    (tmp_path / "shop.db").write_bytes(b"")
    entries = {
        "default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": "shop", "USER": "ann", "PASSWORD": "s3cret", "HOST": "db",
            "PORT": 5433, "OPTIONS": {"sslmode": "require", "pool": True, "isolation_level": 2},
        },
        "files": {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "shop.db"},
        "gone": {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "gone.db"},
        "my": {"ENGINE": "django.db.backends.mysql", "NAME": "shop"},
    }  # fmt: skip
    monkeypatch.setattr(project, "base_settings", lambda _: {"DATABASES": entries})
    return entries


def test_an_alias_is_a_database_of_the_settings(entries, tmp_path):
    place = place_of("default", SETTINGS)
    assert place.vendor == POSTGRESQL
    assert place.info is not None
    assert {name: place.info[name] for name in ("dbname", "user", "password", "host", "port", "sslmode")} == {
        "dbname": "shop", "user": "ann", "password": "s3cret", "host": "db", "port": "5433", "sslmode": "require",
    }  # fmt: skip
    assert "pool" not in place.info
    assert "s3cret" not in place.address() + place.title + str(place.facts())
    assert environment(place.info)["PGPASSWORD"] == "s3cret"
    files = place_of("files", SETTINGS)
    assert (files.vendor, files.path) == (SQLITE, tmp_path / "shop.db")


def test_a_url_names_a_database(entries, tmp_path, monkeypatch):
    place = place_of("postgresql://ann:p%40ss@db:5432/shop?sslmode=require", SETTINGS)
    assert place.info is not None
    assert (place.info["password"], place.info["sslmode"]) == ("p@ss", "require")
    assert place_of("postgresql+psycopg://db/shop", SETTINGS).info["dbname"] == "shop"  # type: ignore[index]
    assert place_of(f"sqlite:///{tmp_path}/shop.db", SETTINGS).path == tmp_path / "shop.db"
    monkeypatch.setenv("SHOP_URL", "postgresql://db/shop")
    assert place_of("$SHOP_URL", SETTINGS).vendor == POSTGRESQL
    assert place_of(str(tmp_path / "shop.db"), SETTINGS).vendor == SQLITE
    monkeypatch.chdir(tmp_path)
    assert place_of("shop.db", SETTINGS).path == tmp_path / "shop.db"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("defualt", "'defualt' is no URL, no alias of DATABASES and no file; did you mean 'default'"),
        ("gone/shop.db", "'gone/shop.db' is no URL, no alias of DATABASES and no file; write a URL"),
        ("gone", "has no file"),
        ("my", "is on MySQL, and perflab copies PostgreSQL and SQLite only"),
        ("mysql://root@db/shop", "mysql is neither PostgreSQL nor SQLite"),
        ("sqlite:///gone.db", "there is no file gone.db"),
        ("$NOT_SET", "the environment variable NOT_SET is not set"),
        ("postgresql://ann:s3cret@db:port/x?nonsense=1", "not a PostgreSQL URL"),
        ("postgresql:///?service=prod", "names of services are not read"),
    ],
)
def test_anything_else_is_an_error_in_one_line(entries, source, message):
    with pytest.raises(InputError) as caught:
        place_of(source, SETTINGS)
    assert message in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_file_tells_whether_it_has_changed(tmp_path):
    file = tmp_path / "shop.db"
    file.write_bytes(b"1")
    before = place_of(str(file), SETTINGS).facts()
    assert place_of(str(file), SETTINGS).facts() == before
    Path(f"{file}-wal").write_bytes(b"2")
    assert place_of(str(file), SETTINGS).facts() != before
