"""What is released, and what the publisher and the registries say to it."""

from __future__ import annotations

from dataclasses import dataclass

from pants.engine.addresses import Address
from pants.engine.fs import Digest
from pants.engine.process import InteractiveProcess
from pants.util.frozendict import FrozenDict

from cratewheel.errors import Finding
from cratewheel.publishing import github_settings
from cratewheel.publishing.credentials import forwarded
from cratewheel.publishing.endpoints import endpoints
from cratewheel.publishing.request import ReleaseRequest


@dataclass(frozen=True)
class ReleaseScopeRequest:
    """Asks what a release of some targets consists of."""

    roots: tuple[Address, ...]


@dataclass(frozen=True)
class ReleaseScope:
    """The packages of a release, by the addresses of their targets.

    Args:
        packages: sorted.
        needs: for each package those that must be live before it.
    """

    packages: tuple[str, ...]
    needs: FrozenDict[str, tuple[str, ...]]


@dataclass(frozen=True)
class ReleaseBundleRequest:
    """Asks for everything the publisher needs to carry a release out.

    Args:
        roots: the targets to release, with what they need live.
        output: absolute path of the report, None for none.
    """

    roots: tuple[Address, ...]
    output: str | None = None


@dataclass(frozen=True)
class PublisherRunRequest:
    """Asks for a run of the publisher over a release.

    Args:
        digest: `request.json` and the artifacts it names.
        variables: the environment variables that its credentials may be in.
        destination: `rehearsal` or `registries`.
    """

    digest: Digest
    variables: tuple[str, ...]
    destination: str


@dataclass(frozen=True)
class RegistrationRunRequest:
    """Asks for the process that registers trusted publishers.

    Args:
        document: its request, as JSON.
    """

    document: str


@dataclass(frozen=True)
class GitHubRunRequest:
    """Asks for a process that looks for GitHub Releases, or makes them.

    Args:
        document: those that there should be, as JSON.
        answer: the absolute path of the file that says which are missing; None to make them.
    """

    document: str
    answer: str | None = None


@dataclass(frozen=True)
class PublisherRun:
    """A run of the publisher, to be started in the foreground.

    The process is wrapped because Pants does not let a rule's answer be one itself.
    """

    process: InteractiveProcess


@dataclass(frozen=True)
class RegistryAnswer:
    """What the registries have of a release.

    Args:
        entries: one a file, in upload order, as the record of a release has them.
        all_live: whether nothing is left to upload.
    """

    entries: tuple[FrozenDict[str, str], ...]
    all_live: bool


@dataclass(frozen=True)
class ReleaseBundle:
    """A release, ready for the publisher.

    Args:
        digest: `request.json` and the artifacts it names.
        request: the same as a value.
        findings: why it cannot be released.
    """

    digest: Digest
    request: ReleaseRequest | None
    findings: tuple[Finding, ...] = ()

    @property
    def run(self) -> PublisherRunRequest:
        """What asks for its publisher."""
        assert self.request is not None
        variables = forwarded(endpoints(self.request))
        if self.request.github_releases:
            variables += github_settings.VARIABLES
        return PublisherRunRequest(self.digest, variables, self.request.destination)

    @property
    def destination(self) -> str:
        """Where it goes: `rehearsal` or `registries`."""
        assert self.request is not None
        return self.request.destination
