"""The git checkout that Pants runs in, with what the user's git needs to reach its remote."""

from __future__ import annotations

import os
from collections.abc import Mapping

from pants.base.build_environment import get_buildroot

from cratewheel.git import Git

USING_THE_REMOTE = (
    "GIT_ASKPASS",
    "GIT_COMMITTER_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "HOME",
    "PATH",
    "SSH_AUTH_SOCK",
)
"""The variables that git is given to talk to a remote and to make tags."""


def checkout(variables: Mapping[str, str]) -> Git:
    """Git in the build root.

    Args:
        variables: those of `USING_THE_REMOTE`, as the user has them: the daemon's own are of the
            terminal that it was started from.
    """
    return Git(get_buildroot(), env={**os.environ, **variables})
