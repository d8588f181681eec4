"""How each row is built: what the target's build fields say, for machines that cannot read BUILD files."""

from __future__ import annotations

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


@dataclass(frozen=True)
class FamilyDocument:
    """The JSON form of the settings of one ABI family."""

    abi: str
    settings: BuildSettings


@dataclass(frozen=True)
class RecipeDocument:
    """The JSON form of a recipe, by which it is read."""

    row: str
    settings: BuildSettings
    families: tuple[FamilyDocument, ...]

    def recipe(self) -> Recipe:
        """The recipe that was read."""
        families = tuple((family.abi, family.settings) for family in self.families)
        return Recipe(self.row, self.settings, families)


def _changed(settings: BuildSettings) -> dict[str, Any]:
    default = BuildSettings()
    return {
        field.name: dict(value) if field.name == "env" else value
        for field in fields(settings)
        if (value := getattr(settings, field.name)) != getattr(default, field.name)
    }
