"""Fields added to the targets of a BUILD file, with everything else left as it is written."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Optional


def find_field(text: str, alias: str, name: Optional[str], field: str) -> Optional[str]:
    """How a target's field is written, None where it is not.

    Args:
        name: the target's name; a target without `name=` has its directory's, so is found by None.
    """
    call = _call(ast.parse(text), alias, name)
    if call is None:
        return None
    for keyword in call.keywords:
        if keyword.arg == field:
            return ast.get_source_segment(text, keyword.value)
    return None


def with_fields(text: str, alias: str, name: Optional[str], fields: Mapping[str, str]) -> str:
    """The BUILD file with fields of one target set.

    Args:
        fields: the source of each value, by field; one that is there is replaced, others come last.

    Returns:
        The same text where there is no such target.
    """
    for field, source in fields.items():
        call = _call(ast.parse(text), alias, name)
        if call is None:
            return text
        there = next((each for each in call.keywords if each.arg == field), None)
        if there is not None:
            start, end = _span(text, there.value)
            text = text[:start] + source + text[end:]
        else:
            text = _added(text, call, f"{field}={source}")
    return text


def _added(text: str, call: ast.Call, argument: str) -> str:
    _, end = _span(text, call)
    arguments = [*call.args, *(each.value for each in call.keywords)]
    if not arguments:
        return f"{text[: end - 1].rstrip()}\n    {argument},\n{text[end - 1 :]}"
    last = max(_span(text, each)[1] for each in arguments)
    # A comment may stand between the last argument and the parenthesis, with a comma in it.
    after = text[last : end - 1]
    comma = "" if after.lstrip().startswith(",") else ","
    return f"{text[:last]}{comma}{after.rstrip()}\n    {argument},\n{text[end - 1 :]}"


def _call(module: ast.Module, alias: str, name: Optional[str]) -> Optional[ast.Call]:
    for statement in module.body:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        named = next((each.value for each in call.keywords if each.arg == "name"), None)
        value = named.value if isinstance(named, ast.Constant) else None
        if call.func.id == alias and value in (name, None):
            return call
    return None


def _span(text: str, node: ast.expr) -> tuple[int, int]:
    """Where a node is in the text; `ast` counts columns in bytes of UTF-8."""
    lines = text.encode().splitlines(keepends=True)
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
    encoded = text.encode()
    return len(encoded[:start].decode()), len(encoded[:end].decode())
