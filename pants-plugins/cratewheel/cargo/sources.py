"""Files that a crate's Rust sources name: what a build needs beside the `.rs` files themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cratewheel.cargo.paths import parent, resolve

#: A comment or a literal, whichever begins first: neither may be looked into for the other.
_LEXEME = re.compile(
    r"""
    (?P<line>//[^\n]*)
    | (?P<block>/\*)
    | (?P<raw>\b(?:b|c)?r(?P<hashes>\#*)"(?P<raw_text>.*?)"(?P=hashes))
    | (?P<string>"(?P<text>(?:[^"\\]|\\.)*)")
    | (?P<character>'(?:[^'\\\n]|\\[^\n]{1,10}?)')
    """,
    re.VERBOSE | re.DOTALL,
)

_STRING = "\x00"
_INCLUDE = re.compile(r"\binclude(?:_str|_bytes)?\s*!\s*[(\[{]\s*\x00(\d+)\x00\s*,?\s*[)\]}]")
_FROM_MANIFEST = re.compile(
    r"\binclude(?:_str|_bytes)?\s*!\s*[(\[{]\s*concat\s*!\s*[(\[{]\s*env\s*!\s*[(\[{]\s*"
    r"\x00(\d+)\x00\s*,?\s*[)\]}]\s*,((?:\s*\x00\d+\x00\s*,?)+)\s*[)\]}]"
)
_PATH = re.compile(r"#\s*\[\s*(?:cfg_attr\s*\([^\]]*?,\s*)?path\s*=\s*\x00(\d+)\x00[^\]]*\]")


def referenced_files(path: str, text: str) -> tuple[str, ...]:
    """Repository-relative files that a Rust source names by a string literal, sorted.

    `include!`, `include_str!`, `include_bytes!` and `#[path = "…"] mod` (of a module that is not
    inside an inline one), all relative to the source file (the Rust Reference, "The path
    attribute"; the standard library on the macros). What is put together by other macros is not
    found; for `CARGO_MANIFEST_DIR` see `manifest_relative_files`. Paths outside the repository are
    left out.

    Args:
        path: the source's repository-relative path.
        text: its text.
    """
    code, strings = _without_literals(text)
    numbers = [match[1] for pattern in (_INCLUDE, _PATH) for match in pattern.finditer(code)]
    return _inside(resolve(parent(path), strings[int(number)]) for number in numbers)


def manifest_relative_files(directory: str, text: str) -> tuple[str, ...]:
    """Files named by `include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/…"))` and its siblings.

    Args:
        directory: the directory of the package the source belongs to.
        text: the source's text.

    Returns:
        Repository-relative paths, sorted.
    """
    code, strings = _without_literals(text)
    found = []
    for match in _FROM_MANIFEST.finditer(code):
        if strings[int(match[1])] != "CARGO_MANIFEST_DIR":
            continue
        tail = "".join(strings[int(number)] for number in re.findall(r"\x00(\d+)\x00", match[2]))
        found.append(resolve(directory, tail.lstrip("/\\")))
    return _inside(found)


def string_literals(text: str) -> tuple[str, ...]:
    """The string literals of a Rust source, as the compiler reads them, in order."""
    return tuple(_without_literals(text)[1])


def identifiers(text: str) -> frozenset[str]:
    """The words of a Rust source outside comments and literals."""
    return frozenset(re.findall(r"[A-Za-z_]\w*", _without_literals(text)[0]))


def _inside(paths: Iterator[str] | list[str]) -> tuple[str, ...]:
    return tuple(sorted({path for path in paths if path and not path.startswith(("..", "/"))}))


def _without_literals(text: str) -> tuple[str, list[str]]:
    """The code with comments gone and each string literal replaced by its number, and the strings."""
    code: list[str] = []
    strings: list[str] = []
    position = 0
    while True:
        match = _LEXEME.search(text, position)
        if match is None:
            return "".join((*code, text[position:].replace(_STRING, " "))), strings
        code.append(text[position : match.start()].replace(_STRING, " "))
        position = match.end()
        if match["block"] is not None:
            position = _end_of_block_comment(text, position)
            code.append(" ")
        elif match["line"] is not None or match["character"] is not None:
            code.append(" ")
        else:
            code.append(f"{_STRING}{len(strings)}{_STRING}")
            raw = match["raw_text"]
            strings.append(raw if raw is not None else _unescaped(match["text"]))


def _end_of_block_comment(text: str, position: int) -> int:
    """Where a block comment ends that is open at `position`; they nest."""
    depth = 1
    while depth:
        match = re.compile(r"/\*|\*/").search(text, position)
        if match is None:
            return len(text)
        depth += 1 if match[0] == "/*" else -1
        position = match.end()
    return position


def _unescaped(literal: str) -> str:
    def plain(match: re.Match[str]) -> str:
        escape = match[1]
        if escape[0] == "\n":
            return ""
        if escape[0] == "u":
            return chr(int(escape[2:-1].replace("_", ""), 16) % 0x110000)
        if escape[0] == "x":
            return chr(int(escape[1:], 16))
        return {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}.get(escape, escape)

    return re.sub(
        r"\\(\n\s*|u\{[0-9a-fA-F_]*[0-9a-fA-F]\}|x[0-9a-fA-F]{2}|.)",
        plain,
        literal,
        flags=re.DOTALL,
    )
