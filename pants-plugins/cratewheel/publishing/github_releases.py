"""A GitHub Release for every tag of a release that has been made and pushed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from packaging.version import InvalidVersion, Version

from cratewheel.errors import CratewheelError, Finding
from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing.github import GitHub, WantedRelease
from cratewheel.publishing.github_settings import github_settings
from cratewheel.publishing.request import Artifact, ReleaseRequest
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.transport import Transport


def make_github_releases(
    request: ReleaseRequest,
    tags: Iterable[str],
    commit: str,
    remote_url: str,
    transport: Transport,
    around: Surroundings,
) -> tuple[Finding, ...]:
    """Makes the releases of these tags, or completes them.

    Args:
        tags: those that are on the remote.
        remote_url: of the remote that they were pushed to.

    Returns:
        What could not be made; the packages are live and tagged all the same.
    """
    settings = github_settings(around.environment, remote_url)
    if settings is None:
        message = "neither GITHUB_REPOSITORY nor the remote says which repository on GitHub this is"
        return (Finding("CW-GITHUB-RELEASE", request.remote, message),)
    around.transcript.hide(settings.token)
    github = GitHub(transport, settings.api, settings.repository, settings.token)
    findings: list[Finding] = []
    for tag in tags:
        packages = [each for each in request.plan.packages if each.tag == tag]
        try:
            made = github.ensure_release(_wanted(request, tag, commit, packages))
        except CratewheelError as error:
            findings.extend(error.findings)
            continue
        files = f"{len(made.attached)} files attached" if made.attached else "complete before"
        state = "; it is a draft of yours and stays one" if made.draft else ""
        around.transcript.say(f"GitHub Release {tag}: {files}{state} {made.url}".rstrip())
    return tuple(findings)


def _wanted(
    request: ReleaseRequest, tag: str, commit: str, packages: Sequence[PlannedPackage]
) -> WantedRelease:
    artifacts = [file for each in packages for file in request.artifacts_of(each.id)]
    return WantedRelease(
        tag=tag,
        commit=commit,
        notes=_notes(packages, artifacts),
        prerelease=any(_is_prerelease(each.version) for each in packages),
        files=tuple(Path(file.path) for file in artifacts),
    )


def _notes(packages: Sequence[PlannedPackage], artifacts: Sequence[Artifact]) -> str:
    lines = [f"- {each.name} {each.version} on {each.registry}" for each in packages]
    lines += ["", "| File | sha256 |", "|---|---|"]
    lines += [f"| {file.filename} | `{file.sha256}` |" for file in artifacts]
    return "\n".join(lines)


def _is_prerelease(version: str) -> bool:
    try:
        return Version(version).is_prerelease
    except InvalidVersion:
        return "-" in version.partition("+")[0]
