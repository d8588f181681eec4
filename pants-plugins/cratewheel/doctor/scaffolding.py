"""Whether the workflows that `release-init` once wrote still build what there is to build."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from cratewheel import __version__
from cratewheel.errors import Finding
from cratewheel.plan.package import ReleasePackage, RowSpec
from cratewheel.platforms import platform_for
from cratewheel.wheel_rows import PANTS, row_title
from cratewheel.workflows.distribution import DISTRIBUTION
from cratewheel.workflows.own_rows import is_draft
from cratewheel.workflows.scaffold import WORKFLOWS, was_generated
from cratewheel.workflows.settings import CHECK_WORKFLOW, OWN_ROWS_ACTION, RELEASE_WORKFLOW

_PINNED = re.compile(rf"{DISTRIBUTION}==([^\s\"']+)")


def scaffolding_findings(
    packages: Iterable[ReleasePackage], files: Mapping[str, str]
) -> Iterator[Finding]:
    """Rows that the generated workflows do not build.

    Args:
        packages: every package that is published.
        files: texts of the repository's workflows and actions, by path.
    """
    rows = [(package.id, row) for package in packages for row in package.rows if row.target]
    own = [(package_id, row) for package_id, row in rows if row.built_by != PANTS]
    windows = [(package_id, row) for package_id, row in rows if _is_for_windows(row)]
    action = files.get(OWN_ROWS_ACTION)
    if own and action is not None and is_draft(action):
        message = f"nobody has written yet how to build {_named(own)}: the job fails"
        yield Finding("CW-ROW-ACTION-DRAFT", OWN_ROWS_ACTION, message)
    for name in (RELEASE_WORKFLOW, CHECK_WORKFLOW):
        path = f"{WORKFLOWS}/{name}"
        text = files.get(path, "")
        if not was_generated(text):
            continue
        if own and (action is None or OWN_ROWS_ACTION.rpartition("/")[0] not in text):
            yield Finding("CW-WORKFLOW-STALE", path, f"no job of it builds {_named(own)}")
        if windows and "cratewheel build" not in text:
            yield Finding("CW-WORKFLOW-STALE", path, f"no job of it builds {_named(windows)}")
        pinned = _PINNED.search(text)
        if pinned is not None and pinned[1] != __version__:
            message = f"it builds with {DISTRIBUTION} {pinned[1]} what {__version__} has planned"
            yield Finding("CW-WORKFLOW-STALE", path, message)


def _is_for_windows(row: RowSpec) -> bool:
    return row.built_by == PANTS and platform_for(row.target or "").os == "windows"


def _named(rows: Iterable[tuple[str, RowSpec]]) -> str:
    return ", ".join(
        row_title(package_id, row.target, row.compatibility) for package_id, row in rows
    )
