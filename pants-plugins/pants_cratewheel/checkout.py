"""The git checkout that Pants runs in, with what the user's git needs to reach its remote."""

from __future__ import annotations

import os
from collections.abc import Mapping

from pants.base.build_environment import get_buildroot

from cratewheel.git import Git

_MOST_SETTINGS = 16
"""Settings of git's that may be given by number in the environment, as CI systems hand over a login."""

USING_THE_REMOTE = (
    "GIT_ASKPASS",
    "GIT_COMMITTER_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_GLOBAL",
    *(
        f"GIT_CONFIG_{part}_{number}"
        for number in range(_MOST_SETTINGS)
        for part in ("KEY", "VALUE")
    ),
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GNUPGHOME",
    "HOME",
    "PATH",
    "SSH_AUTH_SOCK",
    "XDG_CONFIG_HOME",
)
"""The variables that git is given to talk to a remote and to make tags."""


def checkout(variables: Mapping[str, str]) -> Git:
    """Git in the build root.

    Args:
        variables: those of `USING_THE_REMOTE`, as the user has them: the daemon's own are of the
            terminal that it was started from.
    """
    return Git(get_buildroot(), env={**os.environ, **variables})
