"""The steps of a build job that depend on where cratewheel and the compilers come from."""

from __future__ import annotations

import json
import shlex
from textwrap import indent

from cratewheel.workflows.settings import Toolchains, WorkflowSettings


def windows_step(settings: WorkflowSettings) -> str:
    """Builds a row of the plan where Pants does not run."""
    head = """\
- name: Build without Pants, which does not run on Windows
  if: matrix.built_by == 'pants' && runner.os == 'Windows'
  env:
    ROW: ${{ matrix.artifact_name }}
"""
    if settings.library is not None:
        locks = f"{settings.library}/pants_cratewheel/locks"
        return f"""\
{head}\
    PYTHONPATH: {settings.library}
  run: |
    python -m pip install --quiet --require-hashes -r {locks}/maturin.lock -r {locks}/publisher.lock
    python -m cratewheel build --plan dist/plan.json --row "$ROW"
"""
    return f"""\
{head}\
    # What [GLOBAL].plugins installs for the other rows, from the bytes that were there when this was
    # generated.
    CRATEWHEEL: {json.dumps(settings.distribution or "")}
  run: |
    echo "$CRATEWHEEL" > "$RUNNER_TEMP/cratewheel.lock"
    python -m pip install --quiet --no-deps --require-hashes -r "$RUNNER_TEMP/cratewheel.lock"
    locks=$(python -c 'import pants_cratewheel; print(pants_cratewheel.__path__[0] + "/locks")')
    python -m pip install --quiet --require-hashes -r "$locks/maturin.lock" -r "$locks/publisher.lock"
    python -m cratewheel build --plan dist/plan.json --row "$ROW"
"""


def rust_step(settings: WorkflowSettings) -> str:
    """Installs the compilers of the row, each with the targets that it needs."""
    lines = []
    if settings.toolchains.unpinned:
        lines += [
            "rustup toolchain install stable --profile minimal --no-self-update",
            'for target in $TARGETS; do rustup target add --toolchain stable "$target"; done',
        ]
    pinned = [
        "rustup toolchain install --no-self-update",
        'for target in $TARGETS; do rustup target add "$target"; done',
    ]
    where = ""
    if settings.toolchains == Toolchains(settings.toolchains.pinned[:1], unpinned=False):
        (directory,) = settings.toolchains.pinned
        where = f"  working-directory: {json.dumps(directory)}\n" if directory else ""
        lines += pinned
    elif settings.toolchains.pinned:
        directories = " ".join(shlex.quote(each or ".") for each in settings.toolchains.pinned)
        lines += [
            f"for directory in {directories}; do",
            *(f'  (cd "$directory" && {line})' for line in pinned),
            "done",
        ]
    script = indent("\n".join(lines), " " * 4)
    return f"""\
- name: Install Rust for the row
  if: matrix.built_by == 'pants'
{where}  env:
    TARGETS: ${{{{ matrix.rust_targets }}}}
  run: |
{script}
"""
