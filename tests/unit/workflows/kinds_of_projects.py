"""The kinds of projects that workflows are generated for."""

from __future__ import annotations

from cratewheel.workflows.settings import Cadence, Toolchains, WorkflowSettings

PROJECTS = {
    **{cadence.value: WorkflowSettings(cadence=cadence) for cadence in Cadence},
    "everything": WorkflowSettings(
        branch="release/2.x",
        environment="PyPI & crates.io: live",
        toolchains=Toolchains(("rust",), unpinned=False),
        windows=True,
        own_rows=True,
        submodules=True,
        library="pants-plugins",
    ),
    "installed": WorkflowSettings(
        windows=True,
        distribution=f"pants-cratewheel==0.1.0 --hash=sha256:{'0' * 64}",
    ),
    "pinned toolchain": WorkflowSettings(toolchains=Toolchains(("",), unpinned=False)),
    "pinned toolchains": WorkflowSettings(toolchains=Toolchains(("", "tools/a b"))),
}
