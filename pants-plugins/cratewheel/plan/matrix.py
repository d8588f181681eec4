"""The build matrix: a row for every artifact of the plan."""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Sequence

from cratewheel.errors import CratewheelError, Finding
from cratewheel.plan.model import Row
from cratewheel.plan.package import ReleasePackage, RowSpec
from cratewheel.plan.recipes import Recipe
from cratewheel.platforms import platform_for

#: GitHub's limit: jobs of one matrix in one workflow run.
MAXIMUM_ROWS = 256

# What actions/setup-python knows by these names: CPython, free threaded too, and PyPy.
_SETUP_PYTHON = re.compile(r"3\.\d+t?|pypy3\.\d+")


def rows_of(package: ReleasePackage, version: str) -> tuple[Row, ...]:
    """The rows of one package, in the order its target declares them."""
    names = _artifact_names(package)
    return tuple(
        Row(
            id=package.id,
            kind=spec.kind,
            name=package.name,
            address=package.address,
            version=version,
            target=spec.target,
            runs_on=spec.runs_on,
            libc=spec.libc,
            compatibility=spec.compatibility,
            artifact_name=name,
            artifact_path=spec.artifact_path.replace("{version}", version) or f"dist/{name}",
            built_by=spec.built_by,
            abis=spec.abis,
            interpreters=spec.interpreters,
            command=_command(package, spec, name),
            rust_targets=" ".join(_rust_targets(spec)),
            python_versions="\n".join(_python_versions(spec)),
        )
        for spec, name in zip(package.rows, names)
    )


def recipes_of(package: ReleasePackage) -> tuple[Recipe, ...]:
    """How the rows of one package are built, in the same order."""
    return tuple(
        Recipe(name, spec.settings, spec.families)
        for spec, name in zip(package.rows, _artifact_names(package))
    )


def check_matrix_size(rows: Sequence[Row]) -> None:
    """Refuses a matrix that GitHub would not start.

    Raises:
        CratewheelError: `CW-MATRIX-TOO-LARGE`.
    """
    if len(rows) > MAXIMUM_ROWS:
        raise CratewheelError(
            Finding(
                "CW-MATRIX-TOO-LARGE",
                "",
                f"the plan has {len(rows)} rows, and a job matrix takes {MAXIMUM_ROWS}",
            )
        )


def _command(package: ReleasePackage, spec: RowSpec, name: str) -> str:
    """What builds one row and no other, or prepares a checkout for what does."""
    if spec.built_by != "pants":
        return f"cratewheel stamp --plan plan.json --id {shlex.quote(package.id)}"
    if spec.target is not None and _is_on_windows(spec.target):
        return f"cratewheel build --plan plan.json --row {shlex.quote(name)}"
    row, address = shlex.quote(name), shlex.quote(package.address)
    return f"pants --cratewheel-plan=plan.json --cratewheel-rows={row} package {address}"


def _is_on_windows(target: str) -> bool:
    try:
        return platform_for(target).os == "windows"
    except CratewheelError:
        return False


def _rust_targets(spec: RowSpec) -> Iterable[str]:
    if spec.target is None:
        return ()
    try:
        return platform_for(spec.target).rust_targets
    except CratewheelError:
        return (spec.target,)


def _python_versions(spec: RowSpec) -> Iterable[str]:
    wanted = (*spec.interpreters, *spec.abis) if spec.built_by == "pants" else ()
    return (each for each in dict.fromkeys(wanted) if _SETUP_PYTHON.fullmatch(each))


def _artifact_names(package: ReleasePackage) -> tuple[str, ...]:
    """A name for each row that no other row of any package has.

    The name ends in the kind or in a triple, which has no place in a package's name before it, so
    that names of different packages stay apart; further rows of one target end in their floor.
    """
    used: dict[str, int] = defaultdict(int)
    names = []
    for spec in package.rows:
        stem = _stem(package, spec)
        used[stem] += 1
        further = spec.compatibility or used[stem]
        names.append(stem if used[stem] == 1 else f"{stem}.{further}")
    return tuple(names)


def _stem(package: ReleasePackage, spec: RowSpec) -> str:
    if spec.kind == "wheel" and spec.target:
        return f"{package.name}-wheel-{spec.target}"
    return f"{package.name}-{spec.kind}"
