"""What a project decides about its generated workflows, and what they need to know of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Optional

#: The workflow whose file name trusted publishers are registered with.
RELEASE_WORKFLOW = "release.yml"
CHECK_WORKFLOW = "release-check.yml"
CI_CONFIGURATION = "pants.ci.toml"
#: The names of the file that makes a directory an action.
ACTION_FILES = ("action.yml", "action.yaml")
#: The project's own build of the rows that cratewheel leaves to it, called by the build job.
OWN_ROWS_ACTION = ".github/actions/build-row/action.yml"


#: The tags that start a release with `Cadence.TAG`. No version tags: those are made when all is live.
RELEASE_TAGS = "release/**"


class Cadence(Enum):
    """What starts a release; each can be started by hand, too."""

    MERGE = "merge"
    MANUAL = "manual"
    SCHEDULE = "schedule"
    TAG = "tag"


@dataclass(frozen=True)
class Toolchains:
    """The compilers that the workspaces of a repository are built with.

    Args:
        pinned: the directories, "" for the root, whose `rust-toolchain` file pins one.
        unpinned: whether a workspace is built with whatever is there, so that the stable one is taken.
    """

    pinned: tuple[str, ...] = ()
    unpinned: bool = True


@dataclass(frozen=True)
class WorkflowSettings:
    """What generated workflows depend on.

    Args:
        cadence: what starts a release.
        branch: the branch that releases are made from.
        environment: the GitHub environment of the job that publishes.
        toolchains: the compilers that rows are built with.
        windows: whether rows are built on Windows, where Pants does not run.
        own_rows: whether the project builds rows in its own way.
        submodules: whether the repository has submodules.
        library: the directory of the repository that holds `cratewheel`, None when it is installed
            as a package.
        distribution: where it is, the requirement with its hashes that pip installs the same by; None
            where no index has it.
    """

    cadence: Cadence = Cadence.MERGE
    branch: str = "main"
    environment: str = "release"
    toolchains: Toolchains = Toolchains()
    windows: bool = False
    own_rows: bool = False
    submodules: bool = False
    library: Optional[str] = None
    distribution: Optional[str] = None

    @property
    def builds_on_windows(self) -> bool:
        """Whether the build job can build the rows for Windows, if there are any."""
        return self.windows and (self.library or self.distribution) is not None

    @property
    def command(self) -> str:
        """The command that generates the workflows with what a person decided about them."""
        return (
            f"pants release-init --cadence={self.cadence.value} --branch={self.branch} "
            f"--environment={self.environment}"
        )


@dataclass(frozen=True)
class Decisions:
    """What a person decided about the workflows; None for what nobody has said yet."""

    cadence: Optional[Cadence] = None
    branch: Optional[str] = None
    environment: Optional[str] = None


_OPTION = re.compile(r"--(cadence|branch|environment)=([^\s`]+)")


def decisions_in(workflow: str) -> Decisions:
    """What the first lines of a generated workflow say that it was generated with."""
    found = dict(_OPTION.findall("\n".join(workflow.splitlines()[:3])))
    cadence = found.get("cadence")
    known = {each.value for each in Cadence}
    return Decisions(
        Cadence(cadence) if cadence in known else None,
        found.get("branch"),
        found.get("environment"),
    )
