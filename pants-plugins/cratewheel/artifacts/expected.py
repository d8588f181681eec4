"""The names of the files that a row makes, as far as they are known before the build."""

from __future__ import annotations

from typing import Optional

from packaging.utils import canonicalize_name
from packaging.version import Version

from cratewheel.abis import AbiFamily, abi_tag, check_abi
from cratewheel.errors import CratewheelError, Finding
from cratewheel.floors import Floor, promised_tags
from cratewheel.plan.model import Row
from cratewheel.plan.promises import row_promise
from cratewheel.platforms import Platform
from cratewheel.pythons import Python


def crate_filename(name: str, version: str) -> str:
    """The name cargo gives a packaged crate."""
    return f"{name}-{version}.crate"


def sdist_filename(name: str, version: str) -> str:
    """The name that PEP 625 asks of a source distribution, the only one PyPI takes."""
    return f"{_escaped(name)}-{Version(version)}.tar.gz"


def wheel_filename(
    name: str,
    version: str,
    family: AbiFamily,
    platform: Platform,
    floor: Optional[Floor],
    lowest: Optional[Python] = None,
) -> Optional[str]:
    """The name maturin gives a wheel.

    Args:
        floor: what `cratewheel.floors.check_compatibility` gave.
        lowest: the oldest Python of a stable-ABI wheel.

    Returns:
        None where a part of it is only known after the build.
    """
    platforms = promised_tags(platform, floor)
    if not platforms or (family.kind in {"abi3", "abi3t"} and lowest is None):
        return None
    tag = abi_tag(family, lowest)
    return f"{_escaped(name)}-{Version(version)}-{tag}-{'.'.join(platforms)}.whl"


def expected_filenames(row: Row, lowest: Optional[Python] = None) -> tuple[str, ...]:
    """The files of one row of the matrix, without those whose name is not known yet.

    Args:
        lowest: the oldest Python of a stable-ABI wheel (`cratewheel.stable_abi.abi3_floor`).

    Raises:
        CratewheelError: the row's target, floor or a family is none.
    """
    if row.kind == "crate":
        return (crate_filename(row.name, row.version),)
    if row.kind == "sdist":
        return (sdist_filename(row.name, row.version),)
    platform, floor = row_promise(row)
    names = (
        wheel_filename(row.name, row.version, family, platform, floor, lowest)
        for family in row_families(row)
    )
    return tuple(name for name in names if name is not None)


def row_families(row: Row) -> tuple[AbiFamily, ...]:
    """The ABI families that a row builds.

    Raises:
        CratewheelError: with every name that is none.
    """
    found = [check_abi(abi, row.artifact_name) for abi in row.abis]
    wrong = [each for each in found if isinstance(each, Finding)]
    if wrong:
        raise CratewheelError(*wrong)
    return tuple(each for each in found if isinstance(each, AbiFamily))


def _escaped(name: str) -> str:
    return canonicalize_name(name).replace("-", "_")
