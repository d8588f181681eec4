"""`python -m cratewheel.publishing.facts PACKAGES.json`: which versions the registries have, for a plan.

A plan is a question, not a release: a registry that does not answer at once is reported as unknown,
never waited for and never taken for empty.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Callable, Optional, Union
from urllib.parse import urljoin

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion
from twine.utils import DEFAULT_REPOSITORY

from cratewheel.handed_variables import take_over
from cratewheel.plan.inputs import PublishedVersion
from cratewheel.publishing.addresses import simple_candidates
from cratewheel.publishing.provenance import (
    ATTESTATION,
    IN_CRATE,
    TRUSTED_PUBLISHING,
    attested_commit,
    commit_in_crate,
)
from cratewheel.publishing.transport import NoAnswerError, Transport, decoded, understood
from cratewheel.registries.clock import SystemClock
from cratewheel.versions import parse_version

_SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
_PATIENCE_SECONDS = 10.0
_PARALLEL = 8
#: Of how many of its newest versions a package's provenance is looked up where no tag has them.
_LOOKED_INTO = 3


@dataclass(frozen=True)
class Asked:
    """A package that is asked for.

    Args:
        kind: `crate` or `wheel`.
        address: the root of a crates registry's web API, or the upload address of a Python index, PyPI's
            when empty.
        tagged: the highest version that is tagged, None when none is. Where versions above it came
            from is looked into more closely than the registry's list of versions says.
    """

    id: str
    name: str
    kind: str
    address: str
    tagged: Optional[str] = None


@dataclass(frozen=True)
class _TrustedPublication:
    sha: Optional[str] = None


@dataclass(frozen=True)
class _CrateVersion:
    num: str
    checksum: Optional[str] = None
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
class _Hashes:
    sha256: Optional[str] = None


@dataclass(frozen=True)
class _PythonFile:
    filename: str
    hashes: _Hashes = _Hashes()
    yanked: Optional[Union[bool, str]] = None
    provenance: Optional[str] = None


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
    return _with_provenance(
        (_crate_version(page.crate.name, found) for found in page.versions),
        asked,
        lambda version: commit_in_crate(transport, f"{url}/{version.version}/download"),
        IN_CRATE,
    )


def _crate_version(name: str, found: _CrateVersion) -> PublishedVersion:
    commit = found.trustpub_data.sha if found.trustpub_data else None
    return PublishedVersion(
        version=found.num,
        commit=commit,
        files=(f"{name}-{found.num}.crate",),
        yanked=bool(found.yanked),
        hashes=(found.checksum,) if found.checksum else (),
        evidence=TRUSTED_PUBLISHING if commit else "",
    )


def _python_versions(transport: Transport, asked: Asked) -> Optional[tuple[PublishedVersion, ...]]:
    answered = False
    for root in simple_candidates(asked.address or DEFAULT_REPOSITORY):
        url = f"{root}{canonicalize_name(asked.name)}/"
        response = transport.send("GET", url, headers={"Accept": _SIMPLE_JSON})
        if response.status_code == 200 and "json" in response.headers.get("Content-Type", ""):
            files = understood(_ProjectPage, response).files
            addresses = {
                file.filename: urljoin(response.url, file.provenance)
                for file in files
                if file.provenance
            }
            look = partial(_attested, transport, addresses)
            return _with_provenance(_releases(files), asked, look, ATTESTATION)
        answered = answered or response.status_code == 404
    return () if answered else None


def _attested(
    transport: Transport, addresses: Mapping[str, str], version: PublishedVersion
) -> Optional[str]:
    """The commit that the attestations of every file of a version name."""
    found = {
        attested_commit(transport, addresses[name]) if name in addresses else None
        for name in version.files
    }
    return found.pop() if len(found) == 1 else None


def _with_provenance(
    versions: Iterable[PublishedVersion],
    asked: Asked,
    look: Callable[[PublishedVersion], Optional[str]],
    evidence: str,
) -> tuple[PublishedVersion, ...]:
    """The versions, with the commits of the newest of those that have neither a tag nor one yet."""
    known = tuple(versions)
    tagged = parse_version(asked.tagged) if asked.tagged else None
    parsed = [(parse_version(each.version), each) for each in known if each.commit is None]
    ahead = sorted(
        ((found, each) for found, each in parsed if found and (not tagged or found > tagged)),
        key=lambda item: item[0],
        reverse=True,
    )
    commits = {each.version: look(each) for _, each in ahead[: _LOOKED_INTO if tagged else 1]}
    return tuple(
        replace(each, commit=commit, evidence=evidence) if commit else each
        for each in known
        for commit in [commits.get(each.version)]
    )


def _releases(found: Iterable[_PythonFile]) -> tuple[PublishedVersion, ...]:
    files: dict[str, list[_PythonFile]] = defaultdict(list)
    for file in found:
        version = _version(file.filename)
        if version is not None:
            files[version].append(file)
    return tuple(
        PublishedVersion(
            version=version,
            files=tuple(file.filename for file in those),
            yanked=all(file.yanked not in (False, None) for file in those),
            hashes=tuple(file.hashes.sha256 for file in those if file.hashes.sha256),
        )
        for version, those in files.items()
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
    take_over(os.environ)
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
