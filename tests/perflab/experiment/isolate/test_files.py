"""The settings of a cell that lead to its own files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from perflab.experiment.isolate import files

CELL = Path("/cell")
SETTINGS: dict[str, Any] = {
    "MEDIA_ROOT": "/srv/media",
    "SENDFILE_ROOT": Path("/srv/media/protected"),
    "FOLDERS": {"all": ["/srv/media/a", "/srv/mediator", "/srv/other", 3], "pair": ("/srv/media", None)},
    "FILE_UPLOAD_TEMP_DIR": "/srv/uploads",
    "SESSION_FILE_PATH": None,
    "HAYSTACK_CONNECTIONS": {
        "default": {"ENGINE": "haystack.backends.whoosh_backend.WhooshEngine", "PATH": "/srv/index"},
        "remote": {"ENGINE": "haystack.backends.solr_backend.SolrEngine", "URL": "http://localhost"},
    },
    "STATIC_ROOT": "/srv/static",
    "CACHES": {"default": {"LOCATION": "/srv/media/cache"}},
}


def test_media_and_what_lies_in_them_are_in_the_cells_folder() -> None:
    changes, origins = files.isolated(SETTINGS, CELL)
    media = changes["MEDIA_ROOT"]
    assert isinstance(media, str) and media.startswith("/cell/files/")
    assert changes["SENDFILE_ROOT"] == Path(media) / "protected"
    assert changes["FOLDERS"] == {
        "all": [f"{media}/a", "/srv/mediator", "/srv/other", 3], "pair": (media, None),
    }  # fmt: skip
    assert origins[media].folder == "/srv/media" and origins[media].small
    assert "CACHES" not in changes and "STATIC_ROOT" not in changes, "others move those"


def test_uploads_and_search_indexes_are_in_the_cells_folder() -> None:
    changes, origins = files.isolated(SETTINGS, CELL)
    assert changes["FILE_UPLOAD_TEMP_DIR"] == "/cell/tmp" and "SESSION_FILE_PATH" not in changes
    index = changes["HAYSTACK_CONNECTIONS"]
    assert (
        index["default"]["PATH"].startswith("/cell/files/")
        and index["remote"] == SETTINGS["HAYSTACK_CONNECTIONS"]["remote"]
    )
    assert origins[index["default"]["PATH"]].whole


def test_a_project_without_media_has_a_folder_whose_files_come_from_its_own_as_they_are_used() -> None:
    """Django's default of MEDIA_ROOT is "", the working directory: all of the project."""
    changes, origins = files.isolated({"MEDIA_ROOT": "", "BASE": str(Path.cwd())}, CELL)
    ((place, origin),) = origins.items()
    assert changes == {"MEDIA_ROOT": place}
    assert origin.folder == str(Path.cwd()) and not origin.small and not origin.whole


def test_a_setting_that_cannot_be_sent_to_a_worker_stays_as_it_is() -> None:
    settings = {"MEDIA_ROOT": "/srv/media", "A": {"path": "/srv/media/a", "call": lambda: 1}}
    assert "A" not in files.isolated(settings, CELL)[0]


def test_two_cells_have_two_places() -> None:
    assert files.isolated(SETTINGS, CELL)[0] != files.isolated(SETTINGS, Path("/other"))[0]


def test_the_folder_of_a_run_goes_with_it(perflab_home: Path) -> None:
    with files.run_folder() as folder:
        folder.mkdir()
        (folder / "kept").write_text("x")
        assert folder.is_relative_to(perflab_home / "run")
    assert not folder.parent.exists()
