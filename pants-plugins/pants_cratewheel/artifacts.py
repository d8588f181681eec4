"""What a package rule tells the release goals about the files it made."""

from __future__ import annotations

from dataclasses import dataclass, field

from pants.core.goals.package import BuiltPackageArtifact

from pants_cratewheel.products.builds import Step


@dataclass(frozen=True)
class ReleaseArtifact(BuiltPackageArtifact):
    """A file of a release.

    Args:
        package_id: the id of the package it belongs to.
        kind: `crate`, `sdist` or `wheel`.
        target: the triple of its row, None for rows without one.
        compatibility: the floor of its row, where it has one.
        steps: the processes that made it; none made one that was built elsewhere.
    """

    package_id: str = ""
    kind: str = ""
    target: str | None = None
    compatibility: str | None = None
    steps: tuple[Step, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class MissingRow(BuiltPackageArtifact):
    """A row of the matrix that this machine cannot build, or that another builds.

    Args:
        compatibility: its floor, where it has one.
        reason: why, a clause.
    """

    package_id: str = ""
    kind: str = "wheel"
    target: str | None = None
    compatibility: str | None = None
    reason: str = ""
