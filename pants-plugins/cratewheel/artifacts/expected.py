"""What the files of a row are called, and what they are for."""

from __future__ import annotations

from packaging.utils import canonicalize_name
from packaging.version import Version

from cratewheel.abis import AbiFamily, check_abi
from cratewheel.errors import CratewheelError, Finding
from cratewheel.plan.model import Row


def crate_filename(name: str, version: str) -> str:
    """The name cargo gives a packaged crate."""
    return f"{name}-{version}.crate"


def sdist_filename(name: str, version: str) -> str:
    """The name that PEP 625 asks of a source distribution, the only one PyPI takes."""
    return f"{_escaped(name)}-{Version(version)}.tar.gz"


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
