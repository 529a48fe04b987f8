"""YAML 1.2 as people write it: what stays text, which lines are remembered, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perflab.errors import InputError
from perflab.scenario.source import parse, read, scalar

FILE = Path("s.yaml")


def data(text: str) -> Any:
    return parse(text, FILE)[0]


@pytest.mark.parametrize(
    "word",
    ["off", "on", "yes", "no", "Off", "y", "0123", "-012", "12:30", "1:2:3", "2025-10-20", "1_", "0b11"],
)
def test_what_yaml_1_1_would_change_stays_text(word: str) -> None:
    assert data(f"key: {word}") == {"key": word}
    assert data(f"{word}: 1") == {word: 1}
    assert data(f"%YAML 1.1\n---\nkey: {word}")["key"] == word


@pytest.mark.parametrize(
    ("word", "value"),
    [("12", 12), ("0", 0), ("+5", 5), ("1_000", 1000), ("0x1F", 31), ("0o17", 15), ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0),
     ("-0.0", 0.0), ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
     ("'12'", "12"), ('"true"', "true")],
)  # fmt: skip
def test_numbers_truths_and_nothing(word: str, value: object) -> None:
    parsed = data(f"key: {word}")["key"]
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize("word", [".inf", "-.inf", ".nan", "12e5678", "9" * 40, "9" * 5000])
def test_numbers_that_nothing_can_hold_are_refused(word: str) -> None:
    with pytest.raises(InputError, match=r"^s\.yaml:2: .*number"):
        data(f"a: 1\nkey: {word}")


def test_every_key_and_item_has_its_line() -> None:
    _, source = parse("a:\n  b: 1\n  c:\n    - 1\n    - {d: 2,\n       e: 3}\n", FILE)
    assert source.line(("a", "b")) == 2
    assert source.line(("a", "c")) == 3
    assert source.line(("a", "c", 1)) == 5
    assert source.line(("a", "c", 1, "e")) == 6
    # what is not there is where its parent is
    assert source.line(("a", "c", 1, "missing")) == 5
    # a part that no file has, such as the tag of a union, is passed over
    assert source.line(("a", "tag", "c", 1, "e")) == 6
    assert source.where(("a", "b")) == "s.yaml:2"


def test_anchors_and_merge_keys() -> None:
    assert data("a: &x {k: 1, l: 2}\nb: *x\nc: {<<: *x, l: 3}\nd: {<<: [*x, {m: 4}]}") == {
        "a": {"k": 1, "l": 2},
        "b": {"k": 1, "l": 2},
        "c": {"k": 1, "l": 3},
        "d": {"k": 1, "l": 2, "m": 4},
    }


def test_an_anchor_may_be_defined_again() -> None:
    assert data("a: &x 1\nb: *x\nc: &x 2\nd: *x") == {"a": 1, "b": 1, "c": 2, "d": 2}


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 1, "empty"),
        ("# nothing but a comment\n", 1, "empty"),
        ('a: "\\ud800"\n', 1, "half a character"),
        ('a: 1\n"\\udfff": 2\n', 2, "half a character"),
        ("a: 1\nb: " + "[" * 101 + "]" * 101, 2, "nested too deeply"),
        ("a: [1, 2\n", 2, "not YAML"),
        ("a: 1\nb: 2: 3\n", 2, "not YAML"),
        ("a: 1\n\tb: 2\n", 2, "not YAML"),
        ("a: 1\nb: \x07\n", 2, "not YAML"),
        ("a: 1\n---\nb: 2\n", 2, "not YAML"),
        ("a: 1\nb: *unknown\n", 2, "not YAML"),
        ("a: 1\nb: 2\na: 3\n", 3, "'a' is defined twice"),
        ("a: 1\n2: 3\n", 2, "the key '2' is not text"),
        ("a: 1\n~: 3\n", 2, "is not text"),
        ("a: 1\n? [x]\n: 3\n", 2, "a list or mapping cannot be a key"),
        ("a: 1\nb: !python/name:os.system x\n", 2, "tag"),
        ("a: 1\nb: !!binary aGk=\n", 2, "tag"),
        ("a: 1\nb: !!set {x}\n", 2, "tag"),
        ("x: 1\na: &a\n  b: *a\n", 2, "the alias is inside the value that it stands for"),
        ("a: 1\nb: {<<: 3}\n", 2, "needs a mapping"),
    ],
)
def test_what_is_no_scenario_is_refused_with_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(InputError) as caught:
        data(text)
    message = str(caught.value)
    assert message.startswith(f"s.yaml:{line}: ")
    assert what in message
    assert "\n" not in message


def test_aliases_of_aliases_end() -> None:
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9)
    )
    with pytest.raises(InputError, match="more than 100,000 values"):
        data(laughs)


DEEP = {
    "lists": "[" * 5000,
    "mappings": "a: " + "{b: " * 5000,
    "blocks": "- " * 5000,
    "aliases": "a: &x " + "[" * 98 + "]" * 98 + "\nb: [*x, [[*x]]]",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_deep_nesting_ends(text: str) -> None:
    with pytest.raises(InputError, match=r":[12]: the file is nested too deeply; up to 100 levels are read"):
        data(text)


def test_what_is_nested_less_is_read() -> None:
    assert str(data("[" * 99 + "]" * 99)).count("[") == 99


def test_a_file_that_is_not_there_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "marketplace.yaml").write_text("subject: {}")
    with pytest.raises(InputError, match=r"no such file: .*market\.yaml; did you mean 'marketplace\.yaml'\?"):
        read(tmp_path / "market.yaml")


def test_a_file_that_is_not_there_names_scenarios_and_no_other_yaml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".pre-commit-config.yaml").write_text("repos: []")
    (tmp_path / "environment.yml").mkdir()
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "marketplace.yaml").write_text("title: Faster?\nsubject:\n  settings: s")
    (tmp_path / "scenarios" / "notes.yaml").write_text("title: no scenario")
    with pytest.raises(InputError) as caught:
        read("nope.yaml")
    assert str(caught.value) == "no such file: nope.yaml; use one of marketplace.yaml (in scenarios/)"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        read(tmp_path)


def test_latin_1_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_bytes("a: 1\nb: Zürich\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"s\.yaml:2: not UTF-8: byte 0xfc; save the file as UTF-8"):
        read(file)


def test_a_mark_at_the_start_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: [2]\r\n")
    contents, source = read(file)
    assert contents == {"a": 1, "b": [2]}
    assert source.line(("b",)) == 2


def test_an_endless_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_bytes(b"# " + b"x" * 1_000_001)
    with pytest.raises(InputError, match=r"s\.yaml: the file is longer than 1 MB"):
        read(file)


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), (".8", 0.8), ("off", "off"), ("true", True), ("2025-10-20", "2025-10-20"), ("", "")],
)
def test_a_value_of_the_command_line_reads_like_the_file(text: str, value: object) -> None:
    assert scalar(text) == value
