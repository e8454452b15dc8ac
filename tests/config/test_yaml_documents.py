"""Reading YAML without its surprises."""

from pathlib import Path

import pytest

from bot.config.yaml_documents import SIZE_LIMIT, read_document
from bot.errors import ConfigError


def read(folder: Path, content: str | bytes) -> object:
    path = folder / "config.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_document(path, "config.yaml", ConfigError).data


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("on: [tue]", {"on": ["tue"]}),
        ("at: 10:00", {"at": "10:00"}),
        ('at: "10:00"', {"at": "10:00"}),
        ("a: no\nb: off\nc: yes", {"a": "no", "b": "off", "c": "yes"}),
        ("checked: 2026-11-01", {"checked": "2026-11-01"}),
        ("port: 0777", {"port": "0777"}),
        ("crisis: 112", {"crisis": "112"}),
        ("a:\nb: ~\nc: null\nd: ''", {"a": None, "b": None, "c": None, "d": ""}),
        ("a: 'null'", {"a": "null"}),
        ("a: >-\n  two\n  lines", {"a": "two lines"}),
        ("- a\n-\n  - b", ["a", ["b"]]),
        ("\ufeffa: 1", {"a": "1"}),
        ("a: 1\r\nb: 2\r\n", {"a": "1", "b": "2"}),
        ("", None),
        ("# nothing", None),
    ],
)
def test_a_plain_value_is_the_text_that_stands_there(tmp_path: Path, content: str, expected: object) -> None:
    assert expected == read(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a:\n\tb: 1", "config.yaml, line 2, column 1: a tab stands here. Indent with spaces"),
        (
            "a: 1\nb: 1\na: 2",
            "config.yaml, line 3, column 1: 'a' stands here a second time (first in line 1)",
        ),
        ("a: {b: 1, b: 2}", "config.yaml, line 1, column 11: 'b' stands here a second time"),
        ("a: &x 1\nb: *x", "line 2, column 4: names with & and * are not used here. Write the value out."),
        ("a: &x {}\nb:\n  <<: *x", "line 3, column 7: names with & and * are not used here"),
        ("a: !!python/object:os.system 1", "line 1, column 4: tags with ! are not used here"),
        ("a: !secret x", "line 1, column 4: tags with ! are not used here"),
        ("[" * 50_000, "line 1, column 14: lists and sections stand too deep in each other"),
        ("a: 1\n---\nb: 2", "line 2, column 1: a second document begins here"),
        ("? [a]\n: b", "line 1, column 3: a list or section cannot be a key"),
        ("a: b: c", "line 1, column 5: this is not YAML"),
        ('a:\n  b: "x', "line 2, column 8: this is not YAML"),
        ("a: [1", "line 1, column 6: this is not YAML"),
        ("a: 1\n b: 2", "line 2, column 3: this is not YAML"),
        ("a: 1\nb: \x01", "line 2: holds an invisible character"),
        (b"a: 1\nb: \xff", "config.yaml, line 2: is not UTF-8. Save the file as UTF-8."),
        ("a: 1".encode("utf-16"), "config.yaml, line 1: is not UTF-8."),
        ("a: " + "x" * SIZE_LIMIT, "config.yaml: is larger than 1 MB."),
    ],
)
def test_what_is_broken_is_told_with_line_and_column(
    tmp_path: Path, content: str | bytes, sentence: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, content)

    assert sentence in str(caught.value)


def test_ten_doublings_of_a_doubling_are_refused_at_the_first(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))

    with pytest.raises(ConfigError, match=r"line 2, column 10: names with & and \*"):
        read(tmp_path, bomb)


def test_a_missing_file_and_a_folder_are_told_apart_from_a_broken_one(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.yaml", tmp_path):
        with pytest.raises(ConfigError, match="there is no such file in"):
            read_document(path, path.name, ConfigError)


def test_a_file_that_may_not_be_read_says_why(tmp_path: Path) -> None:
    class Locked(type(tmp_path)):  # type: ignore[misc] - the class of paths differs by system
        def open(self, *args: object, **options: object) -> object:
            raise PermissionError(13, "Permission denied")

    (tmp_path / "config.yaml").write_text("a: 1")
    path = Locked(tmp_path / "config.yaml")

    with pytest.raises(ConfigError, match=r"cannot be read \(Permission denied\)\. Check who may read"):
        read_document(path, "config.yaml", ConfigError)


def test_a_key_that_is_not_there_has_the_line_of_its_section(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("\nslack:\n  http:\n    port: 1\nadmins:\n  - a\n  - b\n")
    document = read_document(path, "config.yaml", ConfigError)

    assert [
        document.line(key)
        for key in [
            (),
            ("slack",),
            ("slack", "http", "port"),
            ("slack", "http", "host"),
            ("admins", 1),
        ]
    ] == [1, 2, 4, 3, 7]
    assert document.place(("admins", 1)) == "config.yaml, line 7, admins[1]"
