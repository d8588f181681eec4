"""The files that `release-init` writes, and what it may change of those that are there already.

A generated file begins with a comment that says what it was generated with and the hash of the rest. As
long as that hash is right nobody else has changed the file, and it may be written anew.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional

from cratewheel.workflows.own_rows import OwnRow, render_own_rows
from cratewheel.workflows.rendering import (
    render_check,
    render_ci_configuration,
    render_release,
)
from cratewheel.workflows.settings import (
    CHECK_WORKFLOW,
    CI_CONFIGURATION,
    OWN_ROWS_ACTION,
    RELEASE_WORKFLOW,
    WorkflowSettings,
)

WORKFLOWS = ".github/workflows"

_HEADER = re.compile(
    r"\A# Written by `[^`\n]*`\..*\n# .*sha256 of the rest: ([0-9a-f]{64})\.?\n\n", re.MULTILINE
)


@dataclass(frozen=True)
class Scaffolded:
    """One file as it is and as it would be generated.

    Args:
        path: relative to the repository.
        before: its text now, None where there is none.
        after: the generated text.
        ours: whether nobody but `release-init` has written what is there.
        once: whether it is the project's own from the first day on.
    """

    path: str
    before: Optional[str]
    after: str
    ours: bool
    once: bool = False

    @property
    def is_foreign(self) -> bool:
        """Whether a file is in its place that was never generated."""
        return self.before is not None and not self.once and not was_generated(self.before)

    @property
    def changes(self) -> bool:
        """Whether writing it would change anything."""
        return self.before != self.after

    def diff(self) -> str:
        """What writing it would change, as a unified diff."""
        return "".join(
            difflib.unified_diff(
                (self.before or "").splitlines(keepends=True),
                self.after.splitlines(keepends=True),
                f"a/{self.path}" if self.before is not None else "/dev/null",
                f"b/{self.path}",
            )
        )


def generated_files(
    settings: WorkflowSettings, own_rows: tuple[OwnRow, ...] = ()
) -> Mapping[str, str]:
    """Every file that a project needs for its releases in CI, by path."""
    files = {
        f"{WORKFLOWS}/{RELEASE_WORKFLOW}": headed(settings, render_release(settings)),
        f"{WORKFLOWS}/{CHECK_WORKFLOW}": headed(settings, render_check(settings)),
        CI_CONFIGURATION: headed(settings, render_ci_configuration()),
    }
    if settings.own_rows:
        # Without the header: from the first day on it is the project's.
        files[OWN_ROWS_ACTION] = render_own_rows(own_rows)
    return files


def scaffold(existing: Mapping[str, str], generated: Mapping[str, str]) -> tuple[Scaffolded, ...]:
    """What writing the generated files would change.

    Args:
        existing: the text of those of the files that are there, by path.
    """
    return tuple(
        Scaffolded(
            path,
            existing.get(path),
            text,
            ours=path not in existing or is_generated(existing[path]),
            once=not was_generated(text),
        )
        for path, text in generated.items()
    )


def headed(settings: WorkflowSettings, text: str) -> str:
    """A generated text with the comment that lets it be recognised."""
    return (
        f"# Written by `{settings.command}`. Once you\n"
        "# have changed it, release-init leaves it alone (--force overwrites); sha256 of the rest: "
        f"{_sha256(text)}\n\n{text}"
    )


def was_generated(text: str) -> bool:
    """Whether a file is one that `release-init` wrote, whoever has changed it since."""
    return _HEADER.match(text) is not None


def is_generated(text: str) -> bool:
    """Whether a file is as `release-init` wrote it."""
    header = _HEADER.match(text)
    return header is not None and header[1] == _sha256(text[header.end() :])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
