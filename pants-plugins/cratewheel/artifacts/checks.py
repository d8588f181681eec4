"""Checks of built files against the plan: every fault of every file at once.

Runs in a tool process; what the Pants process may import are the readers beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from email.parser import HeaderParser
from pathlib import Path
from typing import Optional

from packaging.utils import canonicalize_name
from packaging.version import Version

from cratewheel.artifacts import limits
from cratewheel.artifacts.archives import refuse_size
from cratewheel.artifacts.crate import read_crate
from cratewheel.artifacts.expected import crate_filename, row_families, sdist_filename
from cratewheel.artifacts.metadata import metadata_faults, pypi_faults
from cratewheel.artifacts.sdist import read_sdist
from cratewheel.artifacts.wheel import WheelFacts, read_wheel
from cratewheel.artifacts.wheel_rows import family_of, row_of, tag_findings
from cratewheel.cargo.stand_in import is_stand_in
from cratewheel.errors import CratewheelError, Finding
from cratewheel.floors import accepted_by_pypi
from cratewheel.plan.model import Plan, PlannedPackage, Row
from cratewheel.project import PYPI
from cratewheel.wheel_rows import row_title


def check_files(
    plan: Plan, package_id: str, paths: Sequence[Path], target: Optional[str] = None
) -> tuple[Finding, ...]:
    """What is wrong with files that are to be published as one package of a plan.

    Args:
        package_id: `crate:NAME` or `wheel:NAME`.
        target: the triple of the rows that the files are of, all of which must be there; None for any
            rows of the package. Of a row that has a file, every ABI family must have one.

    Raises:
        CratewheelError: `CW-PLAN-INVALID` when the plan has no such package or row.
    """
    package = _package(plan, package_id)
    rows = tuple(row for row in plan.matrix if row.id == package_id)
    if target is not None:
        rows = tuple(row for row in rows if row.target == target)
        if not rows:
            raise CratewheelError(
                Finding("CW-PLAN-INVALID", package_id, f"the plan has no row for {target}")
            )
    return _check_all(plan, package, rows, paths, rows if target is not None else ())


def check_row(plan: Plan, row: Row, paths: Sequence[Path]) -> tuple[Finding, ...]:
    """Like `check_files`, of files that must be those of one row, of a wheel every ABI family."""
    return _check_all(plan, _package(plan, row.id), (row,), paths, (row,))


def check_whole(plan: Plan, package_id: str, paths: Sequence[Path]) -> tuple[Finding, ...]:
    """Like `check_files`, of a package whose wheel rows must all be there, every ABI family of them."""
    rows = tuple(row for row in plan.matrix if row.id == package_id)
    return _check_all(plan, _package(plan, package_id), rows, paths, rows)


def _check_all(
    plan: Plan,
    package: PlannedPackage,
    rows: tuple[Row, ...],
    paths: Sequence[Path],
    due: Collection[Row],
) -> tuple[Finding, ...]:
    findings = list(_duplicates(paths))
    wheels: list[WheelFacts] = []
    for path in paths:
        try:
            findings += _check(path, plan, package, rows, wheels)
        except CratewheelError as error:
            findings += error.findings
    findings += _missing_families(rows, wheels, due)
    return tuple(dict.fromkeys(findings))


def _package(plan: Plan, package_id: str) -> PlannedPackage:
    try:
        return plan.package(package_id)
    except KeyError:
        known = ", ".join(f"`{package.id}`" for package in plan.packages) or "nothing"
        raise CratewheelError(
            Finding("CW-PLAN-INVALID", package_id, f"the plan does not release it, but {known}")
        ) from None


def _duplicates(paths: Sequence[Path]) -> Iterator[Finding]:
    seen: dict[str, Path] = {}
    for path in paths:
        first = seen.setdefault(path.name, path)
        if first is not path:
            yield Finding(
                "CW-ARTIFACT-DUPLICATE", str(path), f"there is another of its name, {first}"
            )


def _check(
    path: Path,
    plan: Plan,
    package: PlannedPackage,
    rows: tuple[Row, ...],
    wheels: list[WheelFacts],
) -> Iterator[Finding]:
    if package.kind == "crate" and path.name.endswith(".crate"):
        yield from _check_crate(path, plan, package)
    elif package.kind == "wheel" and path.name.endswith(".tar.gz"):
        yield from _check_sdist(path, package)
    elif package.kind == "wheel" and path.name.endswith(".whl"):
        refuse_size(path, limits.DISTRIBUTION)
        wheel = read_wheel(path)
        wheels.append(wheel)
        yield from check_wheel(wheel, package, rows)
    else:
        yield Finding("CW-ARTIFACT-UNKNOWN", str(path), f"it is no file of a {package.kind}")


def _check_crate(path: Path, plan: Plan, package: PlannedPackage) -> Iterator[Finding]:
    refuse_size(path, limits.CRATE)
    crate = read_crate(path)
    found, planned = (crate.name, crate.version), (package.name, package.version)
    if found != planned:
        message = f"it is {' '.join(found)}, the plan says {' '.join(planned)}"
        yield Finding("CW-CRATE-CONTENT", str(path), message)
    elif path.name != crate_filename(*planned):
        message = f"its name should be {crate_filename(*planned)}"
        yield Finding("CW-CRATE-CONTENT", str(path), message)
    if None not in (crate.commit, plan.commit) and crate.commit != plan.commit:
        message = f"it was packaged from {crate.commit}, the plan is of {plan.commit}"
        yield Finding("CW-CRATE-CONTENT", str(path), message)


def _check_sdist(path: Path, package: PlannedPackage) -> Iterator[Finding]:
    refuse_size(path, limits.DISTRIBUTION)
    sdist = read_sdist(path)
    wanted = sdist_filename(package.name, package.version)
    if path.name != wanted:
        yield Finding("CW-SDIST-CONTENT", str(path), f"its name should be {wanted}")
    yield from _metadata(str(path), "PKG-INFO", sdist.metadata, package)
    for licence in _license_files(sdist.metadata):
        if licence not in sdist.files:
            message = f"License-File {licence} is not in it"
            yield Finding("CW-SDIST-CONTENT", str(path), message)
    for name, file in sdist.files.items():
        if name.endswith("Cargo.toml") and is_stand_in(file.content):
            message = f"{name} is a stand-in for a crate that was not there when it was built"
            yield Finding("CW-SDIST-CONTENT", str(path), message)


def check_wheel(
    wheel: WheelFacts, package: PlannedPackage, rows: tuple[Row, ...]
) -> Iterator[Finding]:
    """What is wrong with one wheel.

    Args:
        rows: those of the package that it may be of.
    """
    place = str(wheel.path)
    name = canonicalize_name(package.name)
    escaped = name.replace("-", "_")
    if wheel.name != name:
        yield Finding("CW-WHEEL-NAME", place, f"it is {wheel.name}, the plan says {name}")
    elif wheel.filename.split("-", 1)[0] != escaped:
        yield Finding("CW-WHEEL-NAME", place, f"its name should begin with {escaped}-")
    if Version(wheel.version) != Version(package.version):
        message = f"it is version {wheel.version}, the plan says {package.version}"
        yield Finding("CW-WHEEL-VERSION", place, message)
    yield from tag_findings(wheel, rows)
    if package.registry == PYPI:
        for tag in sorted(wheel.platforms):
            if not accepted_by_pypi(tag):
                message = f"PyPI does not take wheels with the platform tag {tag}"
                yield Finding("CW-WHEEL-TAG", place, message)
    yield from (Finding("CW-WHEEL-RECORD", place, fault) for fault in wheel.record_faults)
    if wheel.metadata is None:
        message = f"there is no {wheel.info_directory}/METADATA"
        yield Finding("CW-WHEEL-METADATA", place, message)
        return
    yield from _metadata(place, "METADATA", wheel.metadata, package)
    for licence in _license_files(wheel.metadata):
        if f"{wheel.info_directory}/licenses/{licence}" not in wheel.files:
            message = f"License-File {licence} is not in its licenses folder"
            yield Finding("CW-WHEEL-METADATA", place, message)


def _metadata(place: str, file: str, text: str, package: PlannedPackage) -> Iterator[Finding]:
    faults = metadata_faults(text)
    if not faults and package.registry == PYPI:
        faults = pypi_faults(text)
    for fault in faults:
        yield Finding("CW-WHEEL-METADATA", f"{place}: {file}: {fault.field}", fault.message)
    name, version = (_header(text, field) for field in ("Name", "Version"))
    if name is not None and canonicalize_name(name) != canonicalize_name(package.name):
        message = f"it says {name}, the plan {package.name}"
        yield Finding("CW-WHEEL-METADATA", f"{place}: {file}: name", message)
    parseable = not any(fault.field == "version" for fault in faults)
    if version is not None and parseable and Version(version) != Version(package.version):
        message = f"it says {version}, the plan {package.version}"
        yield Finding("CW-WHEEL-VERSION", f"{place}: {file}: version", message)


def _missing_families(
    rows: tuple[Row, ...], wheels: Iterable[WheelFacts], due: Collection[Row]
) -> Iterator[Finding]:
    found = tuple(wheels)
    for row in rows:
        if row.kind != "wheel":
            continue
        own = [wheel for wheel in found if row_of(wheel, rows) is row]
        if not own and row not in due:
            continue
        for family in row_families(row):
            if not any(family_of(wheel, [family]) for wheel in own):
                yield Finding(
                    "CW-WHEEL-MISSING",
                    row_title(row.id, row.target, row.compatibility),
                    f"there is no wheel for the ABI family {family}",
                )


def _header(text: str, field: str) -> Optional[str]:
    return HeaderParser().parsestr(text)[field]


def _license_files(text: str) -> Sequence[str]:
    return HeaderParser().parsestr(text).get_all("License-File", [])
