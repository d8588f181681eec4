"""The steps that no program can take for a person, with the exact values to type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Optional

from cratewheel.project import CRATE, CRATES_IO, PYPI
from cratewheel.workflows.neighbours import OtherPublisher
from cratewheel.workflows.scaffold import WORKFLOWS, Scaffolded
from cratewheel.workflows.settings import (
    RELEASE_TAGS,
    RELEASE_WORKFLOW,
    Cadence,
    WorkflowSettings,
)

_REMOTE = re.compile(
    r"(?:https?://(?:[^@/]+@)?|ssh://(?:[^@/]+@)?|(?:[^@/]+@))github\.com(?::\d+)?[:/]"
    r"(?P<owner>[^/]+)/(?P<name>[^/]+?)(?:\.git)?/?"
)


@dataclass(frozen=True)
class GitHubRepository:
    """A repository on GitHub."""

    owner: str
    name: str


@dataclass(frozen=True)
class Registration:
    """A package that a registry has to trust this repository for.

    Args:
        kind: `crate` or `wheel`.
        registry: `crates.io` or `PyPI`, or the address of another.
    """

    name: str
    kind: str
    registry: str


def github_repository(remote: str) -> Optional[GitHubRepository]:
    """The repository that the address of a git remote names, None when it is not on GitHub."""
    found = _REMOTE.fullmatch(remote.strip())
    return GitHubRepository(found["owner"], found["name"]) if found else None


def steps_beside(
    files: Iterable[Scaffolded], publishers: Iterable[OtherPublisher], force: bool
) -> Iterator[str]:
    """The steps that workflows of the project's own ask for, a sentence each.

    Args:
        files: what was generated, and what was there.
        publishers: the workflows that publish.
        force: whether files of others were overwritten.
    """
    left = {file.path for file in files if file.is_foreign and not force}
    for path in sorted(left):
        why = (
            "; registries know a trusted publisher by this name, so the generated one cannot have another"
            if path == f"{WORKFLOWS}/{RELEASE_WORKFLOW}"
            else ""
        )
        yield (
            f"{path} is this project's own and was left as it is{why}: rename or remove it and run "
            "release-init again, or overwrite it with --force."
        )
    for each in publishers:
        if each.path != f"{WORKFLOWS}/{RELEASE_WORKFLOW}":
            jobs = " and ".join(f"`{job}`" for job in each.jobs)
            yield (
                f"{each.path} publishes to {' and '.join(each.registries)}, too (job {jobs}): take "
                "that out before the generated workflow releases, or everything is published twice."
            )


def remaining_steps(
    settings: WorkflowSettings,
    repository: Optional[GitHubRepository],
    registrations: Iterable[Registration],
    missing: Sequence[str] = (),
) -> str:
    """The one-time steps, as a numbered list.

    Args:
        missing: what the repository itself lacks, a sentence each.
    """
    owner = repository.owner if repository else "(the account that has the repository)"
    name = repository.name if repository else "(its name)"
    environment = settings.environment
    steps = [*missing]
    limits = f"the branch {settings.branch}"
    if settings.cadence is Cadence.TAG:
        limits = f"tags of the pattern `{RELEASE_TAGS}` and {limits} (for releases started by hand)"
    steps.append(
        f"GitHub, Settings → Environments: create `{environment}`, with deployments limited to "
        f"{limits}; reviewers of it approve every release."
    )
    form = (
        f"owner `{owner}`, repository `{name}`, workflow `{RELEASE_WORKFLOW}`, "
        f"environment `{environment}`"
    )
    for each in registrations:
        if each.kind == CRATE and each.registry == CRATES_IO:
            steps.append(
                f"crates.io, crate {each.name}: https://{CRATES_IO}/crates/{each.name}/settings → "
                f"Trusted Publishing → Add: {form}. A crate that {CRATES_IO} does not have yet is "
                "first published with a token."
            )
        elif each.registry == PYPI:
            steps.append(
                f"PyPI, project {each.name}: Manage → Publishing → Add a publisher (a new project: "
                f"your account → Publishing → Add a pending publisher, PyPI project name "
                f"`{each.name}`): {form}."
            )
        else:
            steps.append(
                f"{each.registry}, {each.name}: a trusted publisher, if it has them: {form}."
            )
    lines = [f"{number}. {step}" for number, step in enumerate(steps, 1)]
    return "\n".join(["Left to a person, once:", *lines])
