"""TOML files that are put together from several."""

from __future__ import annotations

from tomlkit.container import Container
from tomlkit.items import Table


def merge(into: Container, more: Container) -> None:
    """Gives a document what another has; tables that both have are merged, other values replaced."""
    for key, value in more.items():
        if isinstance(value, Table) and key in into:
            merge(into[key], value)  # type: ignore[arg-type]
        else:
            into[key] = value
