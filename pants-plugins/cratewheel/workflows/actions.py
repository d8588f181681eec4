"""The actions that generated workflows use, each pinned to the commit of a release."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """An action of the `actions` organisation.

    Args:
        commit: the full id of the commit that the release's tag is on.
        version: the release, for the reader.
    """

    name: str
    commit: str
    version: str

    @property
    def uses(self) -> str:
        """The value of `uses`, with the version as a comment."""
        return f"actions/{self.name}@{self.commit} # {self.version}"


CHECKOUT = Action("checkout", "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1")
UPLOAD = Action("upload-artifact", "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0")
DOWNLOAD = Action("download-artifact", "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1")
SETUP_PYTHON = Action("setup-python", "5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0")
