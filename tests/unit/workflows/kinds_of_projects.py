"""The kinds of projects that workflows are generated for."""

from __future__ import annotations

from cratewheel.workflows.settings import Cadence, WorkflowSettings

PROJECTS = {
    **{cadence.value: WorkflowSettings(cadence=cadence) for cadence in Cadence},
    "everything": WorkflowSettings(
        branch="release/2.x",
        environment="PyPI & crates.io: live",
        toolchain_directory="rust",
        windows=True,
        own_rows=True,
        submodules=True,
        library="pants-plugins",
    ),
    "pinned toolchain": WorkflowSettings(toolchain_directory=""),
}
