"""Lock files of Poetry and of PEP 751 as pins: the formats as Poetry 2.5.1 and uv 0.13 wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflab.errors import InputError
from perflab.experiment.revisions.locks import is_lock, pins_of
from tests.perflab.repository import write

OWN_INDEX = "https://packages.example.org/simple"
POETRY = """
[[package]]
name = "asgiref"
version = "3.8.1"
optional = false
python-versions = ">=3.8"
groups = ["main"]
files = [
    {file = "asgiref-3.8.1-py3-none-any.whl", hash = "sha256:aa"},
    {file = "asgiref-3.8.1.tar.gz", hash = "sha256:bb"},
]

[package.dependencies]
typing-extensions = {version = ">=4", markers = "python_version < \\"3.11\\""}

[[package]]
name = "colorama"
version = "0.4.6"
optional = false
groups = ["dev"]
files = []

[[package]]
name = "orjson"
version = "3.13.0"
optional = true
groups = ["main"]
markers = "extra == \\"fast\\""
files = []

[[package]]
name = "tomli"
version = "2.5.0"
optional = false
groups = ["main", "dev"]
markers = {main = "python_version == \\"3.10\\"", dev = "python_version < \\"3.12\\""}
files = [{file = "tomli-2.5.0.tar.gz", hash = "sha256:cc"}]

[[package]]
name = "ours"
version = "1.0"
optional = false
groups = ["main"]
files = []

[package.source]
type = "git"
url = "https://git.example.org/ours.git"
reference = "main"
resolved_reference = "0123abcd"
subdirectory = "python"

[[package]]
name = "beside"
version = "1.0"
optional = false
groups = ["main"]
files = []

[package.source]
type = "directory"
url = "libs/beside"

[[package]]
name = "private"
version = "1.0"
optional = false
groups = ["main"]
files = [{file = "private-1.0.tar.gz", hash = "sha256:dd"}]

[package.source]
type = "legacy"
url = "https://packages.example.org/simple"
reference = "own"

[metadata]
lock-version = "2.1"
python-versions = ">=3.10"
"""

PYLOCK = """
lock-version = "1.0"
created-by = "uv"
default-groups = ["web"]

[[packages]]
name = "asgiref"
version = "3.8.1"
sdist = { url = "https://files.example.org/asgiref-3.8.1.tar.gz", hashes = { sha256 = "bb" } }
wheels = [{ url = "https://files.example.org/asgiref-3.8.1-py3-none-any.whl", hashes = { sha256 = "aa" } }]

[[packages]]
name = "tomli"
version = "2.5.0"
marker = "python_full_version < '3.11'"
wheels = [{ url = "https://files.example.org/tomli.whl", hashes = { sha256 = "cc" } }]

[[packages]]
name = "colorama"
version = "0.4.6"
marker = "'dev' in dependency_groups"
wheels = [{ url = "https://files.example.org/colorama.whl", hashes = { sha256 = "dd" } }]

[[packages]]
name = "whitenoise"
version = "6.6.0"
marker = "'web' in dependency_groups or 'all' in extras"
wheels = [{ url = "https://files.example.org/whitenoise.whl", hashes = { sha256 = "ee" } }]

[[packages]]
name = "ours"
vcs = { type = "git", url = "https://git.example.org/ours.git", commit-id = "0123abcd" }

[[packages]]
name = "shop"
directory = { path = ".", editable = true }

[[packages]]
name = "ladle"
version = "1.0"
wheels = [{ path = "wheels/ladle-1.0-py3-none-any.whl", hashes = { sha256 = "ff" } }]
"""


def pins(folder: Path, name: str, text: str, python: str = "3.12.4") -> list[str]:
    write(folder, {name: text})
    return pins_of(folder / name, f"{name} of HEAD", python).splitlines()


def test_a_lock_of_poetry_without_its_groups_and_extras(tmp_path: Path) -> None:
    expected = [
        "asgiref==3.8.1 --hash=sha256:aa --hash=sha256:bb",
        "ours @ git+https://git.example.org/ours.git@0123abcd#subdirectory=python",
        "./libs/beside",
        f"--extra-index-url {OWN_INDEX}",
        "private==1.0 --hash=sha256:dd",
    ]
    assert pins(tmp_path, "poetry.lock", POETRY) == expected
    older = pins(tmp_path, "poetry.lock", POETRY, "3.10.9")
    assert older == [expected[0], "tomli==2.5.0 --hash=sha256:cc", *expected[1:]]


def test_a_lock_of_pep_751_with_the_groups_that_it_installs_by_default(tmp_path: Path) -> None:
    expected = [
        "asgiref==3.8.1 --hash=sha256:bb --hash=sha256:aa",
        "whitenoise==6.6.0 --hash=sha256:ee",
        "ours @ git+https://git.example.org/ours.git@0123abcd",
        ".",
        "./wheels/ladle-1.0-py3-none-any.whl",
    ]
    assert pins(tmp_path, "pylock.toml", PYLOCK) == expected
    older = pins(tmp_path, "pylock.dev.toml", PYLOCK, "3.10.9")
    assert older == [expected[0], "tomli==2.5.0 --hash=sha256:cc", *expected[1:]]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("poetry.lock", True),
        ("pylock.toml", True),
        ("pylock.web.toml", True),
        ("pyproject.toml", False),
        ("uv.lock", False),
        ("requirements.txt", False),
    ],
)
def test_a_lock_is_known_by_its_name(name: str, expected: bool) -> None:
    assert is_lock(Path("somewhere") / name) == expected


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("poetry.lock", "[[package]\n", "poetry.lock of HEAD is no TOML: "),
        (
            "poetry.lock",
            '[[package]]\nname = "a"\nversion = "1"\n',
            "poetry.lock of HEAD does not say which packages are for development",
        ),
        (
            "poetry.lock",
            '[[package]]\ngroups = ["main"]\n',
            "poetry.lock of HEAD is not as its format wants it: KeyError",
        ),
        ("pylock.toml", 'lock-version = "1.0"\n', "pylock.toml of HEAD is not as its format wants it: KeyError"),
        (
            "pylock.toml",
            '[[packages]]\nname = "a"\nmarker = "nonsense"\n',
            "pylock.toml of HEAD is not as its format wants it: ",
        ),
        (
            "pylock.toml",
            "[[packages]]\nname = \"a\"\nmarker = \"'1' ~= 'x'\"\n",
            "pylock.toml of HEAD is not as its format wants it: ",
        ),
    ],
)
def test_what_is_no_lock_is_one_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        pins(tmp_path, name, text)
    assert caught.value.what.startswith(f"packages: {message}") and "\n" not in caught.value.what
