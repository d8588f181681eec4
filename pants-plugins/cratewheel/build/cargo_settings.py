"""What the user's own cargo configuration says of compiling.

cargo obeys `config.toml` in its home and in `.cargo` of every folder above the one it works in, and
cannot be told not to: build roots lie below the user's home. So what these files say belongs to what
identifies a toolchain, and a build with other settings is another build. The project's own
configuration is among a build's files and no matter of this module.

Only the standard library, which cannot read TOML before Python 3.11; but telling one statement from
the next takes no more than knowing strings, comments and brackets.

Sources: the Cargo Book, "Configuration"; the TOML specification.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

# How the network, registries and the terminal are used, and secrets: nothing that code is made from.
_NOT_OF_COMPILING = frozenset(
    (
        "alias",
        "cache",
        "cargo-new",
        "credential-alias",
        "doc",
        "future-incompat-report",
        "http",
        "install",
        "net",
        "registries",
        "registry",
        "source",
        "term",
    )
)

_STRING = (
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
)
_TOKEN = re.compile(f"(?P<string>{_STRING})|(?P<comment>#[^\n]*)|(?P<other>.)", re.DOTALL)
_STRINGS = re.compile(_STRING, re.DOTALL)
_FIRST_KEY = re.compile(r"""\[*(?:"([^"]*)"|'([^']*)'|([\w-]+))""")


def settings_of_compiling(cargo_home: Path, below: Path) -> tuple[str, ...]:
    """The statements that decide how code is compiled, those of the nearest file first.

    Args:
        cargo_home: cargo's home.
        below: the folder that the folders cargo works in lie in.

    Returns:
        What is said and not where, so that two machines with the same settings agree. A file that
        a statement names by its path, such as a linker, counts with its content.
    """
    # cargo goes by the real path of the folder it works in.
    below = below.resolve()
    folders = [*(folder / ".cargo" for folder in (below, *below.parents)), cargo_home]
    found: list[str] = []
    read: set[Path] = set()
    for folder in folders:
        for name in ("config", "config.toml"):
            found += _settings(folder / name, read)
    return tuple(found)


def statements_by_table(text: str) -> Iterator[tuple[str, str]]:
    """The assignments of a configuration file, each with the header it stands below, "" for none."""
    table = ""
    for statement in _statements(text):
        if statement.startswith("["):
            table = statement
        else:
            yield table, statement


def has_flags_for_all(cargo_home: Path, folder: Path) -> bool:
    """Whether the configuration that cargo obeys in a folder has flags for rustc, whatever the target."""
    table = ""
    for statement in settings_of_compiling(cargo_home, folder):
        if statement.startswith("["):
            table = statement
        elif (
            statement.startswith("build.rustflags=")
            or (table == "[build]" and statement.startswith("rustflags="))
            or (statement.startswith("build={") and "rustflags" in statement)
        ):
            return True
    return False


def _settings(file: Path, read: set[Path]) -> Iterator[str]:
    # One file may be both an ancestor's and that of cargo's home.
    try:
        file = file.resolve()
        if file in read:
            return
        read.add(file)
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    table = ""
    for statement in _statements(text):
        if statement.startswith("["):
            table = statement
        key = _first_key(table or statement)
        if key == "include":
            for name in _texts(statement):
                yield from _settings(file.parent / name, read)
        elif key not in _NOT_OF_COMPILING:
            yield statement
            yield from _contents(file.parent.parent, statement)


def _statements(text: str) -> Iterator[str]:
    """Headers and assignments, without comments and without spaces outside strings."""
    kept: list[str] = []
    depth = 0
    for token in _TOKEN.finditer(text):
        if token["comment"] is not None:
            continue
        other = token["other"]
        if other is None:
            kept.append(token["string"])
            continue
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(other, 0)
        if other == "\n" and depth <= 0:
            if kept:
                yield "".join(kept)
            kept, depth = [], 0
        elif not other.isspace():
            kept.append(other)
    if kept:
        yield "".join(kept)


def _first_key(statement: str) -> str:
    found = _FIRST_KEY.match(statement)
    return "" if found is None else next(name for name in found.groups() if name is not None)


def _texts(statement: str) -> Iterator[str]:
    for string in _STRINGS.findall(statement):
        quotes = 3 if string[:3] in ('"""', "'''") and len(string) > 5 else 1
        yield string[quotes:-quotes]


def _contents(folder: Path, statement: str) -> Iterator[str]:
    # A name without a folder is looked for on the search path, where the toolchain has it from.
    for text in _texts(statement):
        if "/" in text or "\\" in text:
            try:
                yield hashlib.sha256((folder / text).read_bytes()).hexdigest()
            except (OSError, ValueError):
                continue
