"""What crates.io can be told by a program: to trust the workflow that was written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Optional

from cratewheel.errors import CratewheelError, Finding
from cratewheel.plan.package import ReleasePackage
from cratewheel.project import CRATES_IO
from cratewheel.publishing.trusted_publisher import RegistrationRequest, TrustedPublisher
from cratewheel.workflows.remaining import GitHubRepository
from cratewheel.workflows.settings import RELEASE_WORKFLOW


def registration_request(
    packages: Iterable[ReleasePackage],
    api: str,
    remote: str,
    repository: Optional[GitHubRepository],
    environment: str,
) -> Optional[RegistrationRequest]:
    """The request to register the release workflow for every crate of crates.io; None without any.

    Args:
        api: the root of crates.io's web API.
        remote: the name of the git remote.
        repository: that the remote is on.
        environment: the GitHub environment of the job that publishes.

    Raises:
        CratewheelError: `CW-PUBLISHER-NOT-REGISTERED` where the remote is no repository on GitHub.
    """
    crates = tuple(each.name for each in packages if each.registry == CRATES_IO)
    if not crates:
        return None
    if repository is None:
        message = "this remote is no repository on GitHub, so there is no workflow to register"
        raise CratewheelError(Finding("CW-PUBLISHER-NOT-REGISTERED", remote, message))
    return RegistrationRequest(
        api.rstrip("/"),
        crates,
        TrustedPublisher(
            "github", repository.owner, repository.name, RELEASE_WORKFLOW, environment
        ),
    )
