"""`docs/reference/errors.md`, the table of codes and the code that raises them are one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from markdown_pages import WRITE_AGAIN, read

from cratewheel.codes import CODES
from cratewheel.reference import ERRORS_PAGE, render_errors, table

CODE = re.compile(r"CW-[A-Z0-9]+(?:-[A-Z0-9]+)*")
SOURCES = sorted(Path("pants-plugins").rglob("*.py"))


def codes_in(source: str) -> set[str]:
    """The codes that are string literals of their own; docstrings that mention one are none."""
    return {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CODE.fullmatch(node.value)
    }


@pytest.fixture(scope="module")
def raised() -> set[str]:
    found: set[str] = set()
    for path in SOURCES:
        if path.name != "codes.py":
            found |= codes_in(path.read_text(encoding="utf-8"))
    return found


def test_page_is_what_the_table_says() -> None:
    assert read(ERRORS_PAGE) == render_errors(CODES), WRITE_AGAIN


def test_every_code_that_can_be_raised_is_in_the_table(raised: set[str]) -> None:
    assert raised - set(CODES) == set()


def test_every_code_of_the_table_can_be_raised(raised: set[str]) -> None:
    assert set(CODES) - raised == set()


def test_codes_are_sorted_and_of_one_form() -> None:
    assert list(CODES) == sorted(CODES)
    assert [code for code in CODES if not CODE.fullmatch(code)] == []


def test_meanings_are_sentences_and_mends_are_none() -> None:
    assert [name for name, code in CODES.items() if not code.meaning.endswith(".")] == []
    assert [name for name, code in CODES.items() if code.mend.endswith(".")] == []


def test_codes_in_documents_exist() -> None:
    pages = [Path("README.md"), Path("CONTRIBUTING.md"), *Path("docs").rglob("*.md")]
    unknown = {
        (str(page), code) for page in pages for code in CODE.findall(read(str(page))) if "-" in code
    }
    assert {(page, code) for page, code in unknown if code not in CODES} == set()


def test_a_cell_cannot_break_its_table() -> None:
    assert table(("a", "b"), [("x | y", "two\n  lines")]) == (
        "| a | b |\n|---|---|\n| x \\| y | two lines |\n"
    )
