"""`python -m cratewheel.publishing.facts PACKAGES.json`: which versions the registries have, for a plan.

A plan is a question, not a release: a registry that does not answer at once is reported as unknown,
never waited for and never taken for empty.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Optional, Union

import requests
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion
from twine.utils import DEFAULT_REPOSITORY

from cratewheel.plan.inputs import PublishedVersion
from cratewheel.publishing.addresses import simple_candidates
from cratewheel.publishing.transport import NoAnswerError, Transport, decoded, understood
from cratewheel.registries.clock import SystemClock

_SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
_PATIENCE_SECONDS = 10.0
_PARALLEL = 8


@dataclass(frozen=True)
class Asked:
    """A package that is asked for.

    Args:
        kind: `crate` or `wheel`.
        address: the root of a crates registry's web API, or the upload address of a Python index, PyPI's
            when empty.
    """

    id: str
    name: str
    kind: str
    address: str


@dataclass(frozen=True)
class _TrustedPublication:
    sha: Optional[str] = None


@dataclass(frozen=True)
class _CrateVersion:
    num: str
    yanked: Optional[bool] = None
    trustpub_data: Optional[_TrustedPublication] = None


@dataclass(frozen=True)
class _CrateName:
    name: str


@dataclass(frozen=True)
class _CratePage:
    crate: _CrateName
    versions: tuple[_CrateVersion, ...]


@dataclass(frozen=True)
class _PythonFile:
    filename: str
    yanked: Optional[Union[bool, str]] = None


@dataclass(frozen=True)
class _ProjectPage:
    files: tuple[_PythonFile, ...]


def published_versions(
    transport: Transport, asked: Asked
) -> Optional[tuple[PublishedVersion, ...]]:
    """The versions that a registry has of a package, None when it gives no usable answer."""
    try:
        if asked.kind == "crate":
            return _crate_versions(transport, asked)
        return _python_versions(transport, asked)
    except NoAnswerError:
        return None


def _crate_versions(transport: Transport, asked: Asked) -> Optional[tuple[PublishedVersion, ...]]:
    url = f"{asked.address.rstrip('/')}/api/v1/crates/{asked.name}"
    response = transport.send("GET", url, headers={"Accept": "application/json"})
    if response.status_code == 404:
        # Only a registry's own words count; a proxy's 404 page says nothing about crates.
        refusal = decoded(response)
        return () if isinstance(refusal, dict) and "errors" in refusal else None
    if response.status_code != 200:
        return None
    page = understood(_CratePage, response)
    return tuple(
        PublishedVersion(
            version=found.num,
            commit=found.trustpub_data.sha if found.trustpub_data else None,
            files=(f"{page.crate.name}-{found.num}.crate",),
            yanked=bool(found.yanked),
        )
        for found in page.versions
    )


def _python_versions(transport: Transport, asked: Asked) -> Optional[tuple[PublishedVersion, ...]]:
    answered = False
    for root in simple_candidates(asked.address or DEFAULT_REPOSITORY):
        url = f"{root}{canonicalize_name(asked.name)}/"
        response = transport.send("GET", url, headers={"Accept": _SIMPLE_JSON})
        if response.status_code == 200 and "json" in response.headers.get("Content-Type", ""):
            return _releases(response)
        answered = answered or response.status_code == 404
    return () if answered else None


def _releases(response: requests.Response) -> tuple[PublishedVersion, ...]:
    files: dict[str, list[_PythonFile]] = defaultdict(list)
    for file in understood(_ProjectPage, response).files:
        version = _version(file.filename)
        if version is not None:
            files[version].append(file)
    return tuple(
        PublishedVersion(
            version=version,
            files=tuple(file.filename for file in of_version),
            yanked=all(file.yanked not in (False, None) for file in of_version),
        )
        for version, of_version in files.items()
    )


def _version(filename: str) -> Optional[str]:
    try:
        if filename.endswith(".whl"):
            return str(parse_wheel_filename(filename)[1])
        return str(parse_sdist_filename(filename)[1])
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None


def main(arguments: list[str]) -> int:
    """Prints, as JSON, the versions by package id; null for a registry that gave no usable answer."""
    (path,) = arguments
    packages = [Asked(**entry) for entry in json.loads(Path(path).read_text(encoding="utf-8"))]
    transport = Transport(SystemClock(), _PATIENCE_SECONDS)
    with ThreadPoolExecutor(_PARALLEL) as pool:
        answers = list(pool.map(lambda asked: published_versions(transport, asked), packages))
    print(
        json.dumps(
            {
                asked.id: None if found is None else [asdict(version) for version in found]
                for asked, found in zip(packages, answers)
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
