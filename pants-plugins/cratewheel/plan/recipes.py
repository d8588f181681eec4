"""How each row is built: what the target's build fields say, for machines that cannot read BUILD files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from cratewheel.wheel_rows import BuildSettings


@dataclass(frozen=True)
class Recipe:
    """The build settings of one row.

    Args:
        row: the row's `artifact_name`.
        settings: of the row; a crate and a source distribution use some of them only.
        families: of each ABI family of a wheel row, (name, settings) in order.
    """

    row: str
    settings: BuildSettings = BuildSettings()
    families: tuple[tuple[str, BuildSettings], ...] = ()


def to_json(recipe: Recipe) -> dict[str, Any]:
    """A recipe as JSON; a setting that has its default is left out."""
    return {
        "row": recipe.row,
        "settings": _changed(recipe.settings),
        "families": [
            {"abi": abi, "settings": _changed(settings)} for abi, settings in recipe.families
        ],
    }


def from_json(entry: Mapping[str, Any]) -> Recipe:
    """Reads what `to_json` wrote.

    Raises:
        KeyError, TypeError, AttributeError: it is no recipe.
    """
    return Recipe(
        entry["row"],
        _settings(entry["settings"]),
        tuple((each["abi"], _settings(each["settings"])) for each in entry["families"]),
    )


def _changed(settings: BuildSettings) -> dict[str, Any]:
    default = BuildSettings()
    return {
        field.name: dict(value) if field.name == "env" else value
        for field in fields(settings)
        if (value := getattr(settings, field.name)) != getattr(default, field.name)
    }


def _settings(entry: Mapping[str, Any]) -> BuildSettings:
    known = {field.name for field in fields(BuildSettings)}
    values: dict[str, Any] = {
        name: _value(name, value) for name, value in entry.items() if name in known
    }
    return BuildSettings(**values)


def _value(name: str, value: Any) -> Any:
    if name == "env":
        return tuple(value.items())
    return tuple(value) if isinstance(value, list) else value
