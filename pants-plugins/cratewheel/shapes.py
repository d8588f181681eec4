"""Reading JSON that somebody else wrote as dataclasses, so that a wrong type is said and never met later.

Standard library only, because Pants' own process reads plans with it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_NAMES: Mapping[type, str] = {
    str: "a string",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    type(None): "null",
}


class ShapeError(ValueError):
    """A JSON value is not what its reader expects; says where in it, and what was expected."""


def decode(text: str | bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ShapeError: it is not JSON (which has no NaN), or nested so deeply that nobody means it.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ShapeError("it is nested too deeply") from None
    except ValueError as error:
        raise ShapeError(f"it is not JSON: {error}") from None


def read(kind: type[T], value: Any, place: str = "") -> T:
    """A JSON object as a dataclass.

    Keys are the fields' names, or what a field's metadata says under `key`; those that the dataclass
    does not have are left out. The types of fields may be strings, numbers, booleans, None,
    dataclasses, `tuple[X, ...]`, `Mapping[str, X]`, `tuple[tuple[str, X], ...]` (an object too, as
    pairs) and unions of them.

    Args:
        place: where in its document the value is, dotted, for messages.

    Raises:
        ShapeError: it is no object, lacks a key that has no default, or has a value of another type.
    """
    if not isinstance(value, dict):
        raise _mismatch(place, "an object", value)
    given = {}
    for field, hint in _hints(kind):  # type: ignore[arg-type]
        key = json_key(field)
        if key in value:
            given[field.name] = _typed(hint, value[key], _dotted(place, key))
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ShapeError(f"{place or 'it'} has no `{key}`")
    return kind(**given)


def json_key(field: Field[Any]) -> str:
    """The key under which a field of a dataclass is in JSON."""
    return str(field.metadata.get("key", field.name))


@cache
def _hints(kind: Any) -> tuple[tuple[Field[Any], Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field, hints[field.name]) for field in fields(kind))


def _typed(hint: Any, value: Any, place: str) -> Any:
    if is_dataclass(hint):
        return read(hint, value, place)  # type: ignore[arg-type]
    if get_origin(hint) is Union:
        return _one_of(get_args(hint), value, place)
    if get_origin(hint) is tuple and get_origin(get_args(hint)[0]) is tuple:
        (_, item) = get_args(get_args(hint)[0])
        return tuple(_object(item, value, place).items())
    if get_origin(hint) is tuple:
        if not isinstance(value, (list, tuple)):
            raise _mismatch(place, "an array", value)
        (item, _) = get_args(hint)
        return tuple(_typed(item, each, f"{place}[{at}]") for at, each in enumerate(value))
    if get_origin(hint) is not None:
        return _object(get_args(hint)[1], value, place)
    if type(value) is not hint and not (hint is float and type(value) is int):
        raise _mismatch(place, _NAMES[hint], value)
    if hint is float and not math.isfinite(value):
        raise _mismatch(place, _NAMES[hint], value)
    if hint is str and any("\ud800" <= character <= "\udfff" for character in value):
        raise ShapeError(f"{place} is no text: it holds half of a character")
    return value


def _object(item: Any, value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _mismatch(place, "an object", value)
    return {
        _typed(str, key, place): _typed(item, each, _dotted(place, key))
        for key, each in value.items()
    }


def _one_of(hints: tuple[Any, ...], value: Any, place: str) -> Any:
    for hint in hints[:-1]:
        try:
            return _typed(hint, value, place)
        except ShapeError:
            # The last one says what was expected, unless it is only that nothing may be there.
            if hints[-1] is type(None) and value is not None and hint is hints[-2]:
                raise
    return _typed(hints[-1], value, place)


def _mismatch(place: str, expected: str, value: Any) -> ShapeError:
    found = _NAMES.get(type(value), "an array" if isinstance(value, list) else "an object")
    return ShapeError(f"{place or 'it'} is {found}, expected {expected}")


def _dotted(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no value of JSON")
