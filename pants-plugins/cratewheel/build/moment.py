"""The moment that stands for "now" in what is built, so that two builds of a commit are the same."""

from __future__ import annotations

from dataclasses import replace

from cratewheel.build.request import (
    BuildRequest,
    CompileBuild,
    LockBuild,
    ProgramsBuild,
    Settings,
    WheelBuild,
)
from cratewheel.errors import CratewheelError
from cratewheel.git import Git

#: Where there is no commit, and in code that is compiled for no release: the first day a zip file knows.
NO_COMMIT = 315532800


def moment_of_head(git: Git) -> int:
    """The commit time of HEAD in seconds since 1970, or `NO_COMMIT` where there is none.

    SOURCE_DATE_EPOCH, https://reproducible-builds.org/specs/source-date-epoch/.
    """
    try:
        status, output, _ = git.attempt(["log", "-1", "--format=%ct", "HEAD"])
    except CratewheelError:
        return NO_COMMIT
    # Zip files begin in 1980.
    return max(int(output), NO_COMMIT) if status == 0 and output.strip() else NO_COMMIT


def at_moment(build: BuildRequest, commit: int, *, releasing: bool) -> BuildRequest:
    """The build with its moment.

    Code that is compiled for no release does without the commit's: it would be compiled again for
    every commit, whatever that changed.

    Args:
        commit: what `moment_of_head` gave.
        releasing: whether this is a release.
    """
    if isinstance(build, LockBuild):
        return build
    if isinstance(build, (CompileBuild, ProgramsBuild)):
        moment = commit if releasing else NO_COMMIT
        return replace(build, wheel=wheel_at(build.wheel, moment))
    if isinstance(build, WheelBuild):
        return wheel_at(build, commit)
    return replace(build, settings=_settings(build.settings, commit))


def wheel_at(wheel: WheelBuild, moment: int) -> WheelBuild:
    """A wheel with its moment, in seconds since 1970."""
    return replace(wheel, settings=_settings(wheel.settings, moment))


def _settings(settings: Settings, moment: int) -> Settings:
    return replace(settings, source_date_epoch=moment)
