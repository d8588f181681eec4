"""The editor changes the strings it is told to and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from cratewheel.errors import CratewheelError
from cratewheel.stamping.toml_editing import KeyPath, edited

VERSION = ("package", "version")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[package]\nversion = "0.1.0"  # keep\n', '[package]\nversion = "9.9.9"  # keep\n'),
        ("[package]\nversion = '0.1.0'\n", "[package]\nversion = '9.9.9'\n"),
        (
            'package.version="0.1.0"\npackage.name="a"\n',
            'package.version="9.9.9"\npackage.name="a"\n',
        ),
        (
            'package = { name = "a", version = "0.1.0" }\n',
            'package = { name = "a", version = "9.9.9" }\n',
        ),
        (
            "[package]\nversion.workspace = true # why\nname = 'a'\n",
            "[package]\nversion = \"9.9.9\" # why\nname = 'a'\n",
        ),
        (
            "[package]\nversion = { workspace = true }\nname = 'a'\n",
            "[package]\nversion = \"9.9.9\"\nname = 'a'\n",
        ),
        ('[package]\r\nversion = "0.1.0"\r\n', '[package]\r\nversion = "9.9.9"\r\n'),
        ('\ufeff[package]\nversion = "0.1.0"', '\ufeff[package]\nversion = "9.9.9"'),
        # An array whose line begins with a bracket before the version; a later table with one.
        (
            '[package]\nauthors = [\n[package].version\n] # "'.replace("[package].version", '"x"')
            + '\nversion = "0.1.0"\n[dependencies.pyo3]\nversion = "0.22"\n',
            '[package]\nauthors = [\n"x"\n] # "\nversion = "9.9.9"\n'
            '[dependencies.pyo3]\nversion = "0.22"\n',
        ),
    ],
)
def test_every_spelling_keeps_its_form(before: str, after: str) -> None:
    assert edited(before.encode(), {VERSION: "9.9.9"}, "Cargo.toml").decode() == after


def test_nothing_to_do_leaves_every_byte() -> None:
    text = b"a  =  1 # odd\r\n\t[ b ]\n"
    assert edited(text, {}, "x") is text


@pytest.mark.parametrize("content", [b"[package", b"\xff\xfe", b"x = 1\n"])
def test_what_cannot_be_edited_is_a_finding(content: bytes) -> None:
    with pytest.raises(CratewheelError) as raised:
        edited(content, {VERSION: "9.9.9"}, "bad/Cargo.toml")
    assert raised.value.codes == ("CW-MANIFEST-SYNTAX",)
    assert "bad/Cargo.toml" in str(raised.value)


KEYS = st.sampled_from(["name", "version", "path", "a-b", "c_d", "x"])
QUOTED = st.sampled_from(["{key}", '"{key}"', "'{key}'"])
STRING = st.sampled_from(['"v"', "'v'", '"""v"""', "'''v'''", '"é # ["'])
OTHER = st.sampled_from(["1", "true", "[1, 2]", "[\n  'a', # c\n]", "{ k = 'v' }", "2020-01-01"])
END = st.sampled_from(["\n", "  # comment\n", "\n\n", "\n# own line\n"])


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[KeyPath]]:
    """A document of tables and dotted keys, and the paths of its strings."""
    text = draw(st.sampled_from(["", "# head\n\n"]))
    strings: list[KeyPath] = []
    tables = draw(
        st.lists(st.sampled_from(["package", "dependencies", "a.b", "'q.r'"]), unique=True)
    )
    for table in tables:
        path = ("q.r",) if table == "'q.r'" else tuple(table.split("."))
        text += f"[{table}]\n"
        for key in draw(st.lists(KEYS, unique=True, max_size=5)):
            written = draw(QUOTED).format(key=key)
            form = draw(st.sampled_from(["plain", "inline", "dotted", "other"]))
            value = draw(STRING)
            if form == "plain":
                text += f"{written} = {value}"
                strings.append((*path, key))
            elif form == "inline" and "\n" not in value:
                text += f"{written} = {{ path = '../x', version = {value} }}"
                strings.append((*path, key, "version"))
            elif form == "dotted":
                text += f"{written}.path = '../x'\n{written}.version={value}"
                strings.append((*path, key, "version"))
            else:
                text += f"{written} = {draw(OTHER)}"
            text += draw(END)
    return text, strings


@given(documents(), st.data())
def test_only_the_intended_strings_differ(
    document: tuple[str, list[KeyPath]], data: st.DataObject
) -> None:
    text, strings = document
    chosen = data.draw(st.lists(st.sampled_from(strings), unique=True)) if strings else []
    edits = {path: f"9.{at}.0" for at, path in enumerate(chosen)}
    expected = tomli.loads(text)
    for path, value in edits.items():
        table: dict[str, Any] = expected
        for key in path[:-1]:
            table = table[key]
        table[path[-1]] = value
    new = edited(text.encode(), edits, "x").decode()
    assert tomli.loads(new) == expected
    # Whatever is no edited value is there byte for byte, in its place.
    assert [line.split("#")[-1] for line in new.split("\n") if "#" in line] == [
        line.split("#")[-1] for line in text.split("\n") if "#" in line
    ] or any("é # [" in line for line in text.split("\n"))


@given(st.binary(max_size=60), st.text(max_size=8))
def test_no_content_breaks_the_editor(content: bytes, value: str) -> None:
    try:
        new = edited(content, {VERSION: value}, "x")
    except CratewheelError:
        return
    assert tomli.loads(new.decode("utf-8").lstrip("\ufeff"))["package"]["version"] == value
