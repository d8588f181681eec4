"""GitHub's expressions, as far as the generated workflows use them.

The grammar and the coercions are those of "Evaluate expressions in workflows and actions" in
GitHub's documentation. Whatever is not understood is an error, so that a workflow cannot come to
depend on what the play does not do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Callable

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w-]*)"
    r"|(?P<operator>==|!=|&&|\|\||[!().,\[\]]))"
)
_EMBEDDED = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_CONSTANTS = {"true": True, "false": False, "null": None}

Functions = Mapping[str, Callable[..., Any]]


def evaluate(expression: str, contexts: Mapping[str, Any], functions: Functions) -> Any:
    """The value of an expression, given without its `${{ }}`."""
    tokens = []
    position = 0
    text = expression.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        assert match is not None, f"not an expression: {text[position:]!r} in {expression!r}"
        tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
        position = match.end()
    parser = _Parser(tokens, contexts, functions)
    value = parser.either()
    assert not parser.tokens[parser.position :], f"left over in {expression!r}"
    return value


def substitute(text: str, contexts: Mapping[str, Any], functions: Functions) -> Any:
    """A workflow's value with its expressions evaluated; one that is a single expression as it is."""
    whole = _EMBEDDED.fullmatch(text.strip())
    if whole is not None:
        return evaluate(whole[1], contexts, functions)
    return _EMBEDDED.sub(lambda each: as_text(evaluate(each[1], contexts, functions)), text)


def condition(text: object, contexts: Mapping[str, Any], functions: Functions) -> bool:
    """Whether an `if` holds; one that asks for no status means `success() &&` besides."""
    expression = str(text).strip()
    whole = _EMBEDDED.fullmatch(expression)
    expression = whole[1] if whole is not None else expression
    if not re.search(r"\b(success|failure|cancelled|always)\(\)", expression):
        expression = f"success() && ({expression})"
    return truth(evaluate(expression, contexts, functions))


def truth(value: Any) -> bool:
    return value not in (None, False, 0, "")


def as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value)


@dataclass
class _Parser:
    tokens: list[tuple[str, str]]
    contexts: Mapping[str, Any]
    functions: Functions
    position: int = field(default=0)

    def next(self) -> str:
        return self.tokens[self.position][1] if self.position < len(self.tokens) else ""

    def take(self, expected: str = "") -> tuple[str, str]:
        token = self.tokens[self.position]
        assert not expected or token[1] == expected, f"expected {expected}, found {token[1]}"
        self.position += 1
        return token

    def either(self) -> Any:
        value = self.both()
        while self.next() == "||":
            self.take()
            other = self.both()
            value = value if truth(value) else other
        return value

    def both(self) -> Any:
        value = self.comparison()
        while self.next() == "&&":
            self.take()
            other = self.comparison()
            value = other if truth(value) else value
        return value

    def comparison(self) -> Any:
        value = self.negation()
        while self.next() in ("==", "!="):
            operator = self.take()[1]
            same = _comparable(value) == _comparable(self.negation())
            value = same if operator == "==" else not same
        return value

    def negation(self) -> Any:
        if self.next() == "!":
            self.take()
            return not truth(self.negation())
        return self.operand()

    def operand(self) -> Any:
        kind, text = self.take()
        if kind == "string":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text)
        if text == "(":
            value = self.either()
            self.take(")")
            return value
        assert kind == "name", f"unexpected {text}"
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if self.next() == "(":
            return self.call(text)
        assert text in self.contexts, f"there is no context {text} here"
        value = self.contexts[text]
        while self.next() == ".":
            self.take()
            # What is not there is null, as GitHub has it.
            value = value.get(self.take()[1]) if isinstance(value, Mapping) else None
        return value

    def call(self, name: str) -> Any:
        self.take("(")
        arguments = []
        while self.next() != ")":
            arguments.append(self.either())
            if self.next() == ",":
                self.take()
        self.take(")")
        return self.functions[name](*arguments)


def _comparable(value: Any) -> Any:
    # Comparing strings ignores case; null, false and "" are all 0 beside another type.
    return value.lower() if isinstance(value, str) else ("" if value in (None, False) else value)
