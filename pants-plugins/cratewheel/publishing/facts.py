"""`python -m cratewheel.publishing.facts PACKAGES.json`: which versions the registries have, for a plan.

A plan is a question, not a release: a registry that does not answer at once is reported as unknown,
never waited for and never taken for empty.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Callable, Optional, Union
from urllib.parse import quote, urljoin

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

from cratewheel.errors import CratewheelError
from cratewheel.handed_variables import take_over
from cratewheel.plan.inputs import PublishedVersion, RegistryFacts
from cratewheel.project import CRATE
from cratewheel.publishing import crates_client, version_questions
from cratewheel.publishing.addresses import SPARSE, simple_candidates
from cratewheel.publishing.answers import Present
from cratewheel.publishing.credentials import Endpoint, given_credential, opener
from cratewheel.publishing.provenance import (
    ATTESTATION,
    IN_CRATE,
    TRUSTED_PUBLISHING,
    attested_commit,
    commit_in_crate,
)
from cratewheel.publishing.transport import (
    NoAnswerError,
    Transport,
    decoded,
    status_line,
    understood,
)
from cratewheel.publishing.version_questions import Asked
from cratewheel.registries.clock import SystemClock
from cratewheel.versions import parse_version

_SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
_PATIENCE_SECONDS = 10.0
_PARALLEL = 8
#: Of how many of its newest versions a package's provenance is looked up where no tag has them.
_LOOKED_INTO = 3


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


def registry_facts(
    transport: Transport, asked: Asked, environment: Mapping[str, str] = {}
) -> RegistryFacts:
    """The versions that a registry has of a package, or why it gives no usable answer.

    Args:
        transport: one that does not wait for an answer.
        environment: may have what opens the registry for reading.
    """
    try:
        opening = _opening(asked.endpoint, environment)
        opened = replace(transport, opening=opening) if opening else transport
        if asked.endpoint.kind == CRATE:
            return RegistryFacts(_crate_versions(opened, asked))
        return RegistryFacts(_python_versions(opened, asked))
    except CratewheelError as error:
        return RegistryFacts(None, error.findings[0].message)
    except NoAnswerError as error:
        return RegistryFacts(None, str(error))


def _opening(endpoint: Endpoint, environment: Mapping[str, str]) -> Optional[tuple[str, str]]:
    try:
        credential = given_credential(endpoint, environment)
    except CratewheelError:
        # What is wrong with it is said before something is uploaded with it.
        return None
    if credential is None or not endpoint.address:
        return None
    return opener(endpoint, credential)


def _crate_versions(transport: Transport, asked: Asked) -> tuple[PublishedVersion, ...]:
    address = asked.endpoint.address
    client = crates_client.connect(transport, address) if address.startswith(SPARSE) else None
    api = address.rstrip("/") if client is None else client.api
    url = f"{api}/api/v1/crates/{quote(asked.name)}"
    response = transport.send("GET", url, headers={"Accept": "application/json"})
    if response.status_code == 404 and _in_its_own_words(response):
        return ()
    if response.status_code == 200:
        page = understood(_CratePage, response)
        found = tuple(_crate_version(page.crate.name, version) for version in page.versions)
    elif client is not None and response.status_code in (404, 405):
        # A registry need not have that part of the API; then its index knows.
        found = tuple(
            _indexed(asked.name, version, present)
            for version, present in (client.listed(asked.name) or {}).items()
        )
    else:
        raise NoAnswerError(_unusable(response))
    return _with_provenance(
        found,
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


def _indexed(name: str, version: str, present: Present) -> PublishedVersion:
    return PublishedVersion(
        version=version,
        files=(f"{name}-{version}.crate",),
        yanked=present.yanked,
        hashes=(present.sha256,),
    )


def _python_versions(transport: Transport, asked: Asked) -> tuple[PublishedVersion, ...]:
    missing = False
    seen = ""
    for root in simple_candidates(asked.endpoint.address or DEFAULT_REPOSITORY):
        url = f"{root}{canonicalize_name(asked.name)}/"
        response = transport.send("GET", url, headers={"Accept": _SIMPLE_JSON})
        if response.status_code == 200 and _is_json(response):
            files = understood(_ProjectPage, response).files
            addresses = {
                file.filename: urljoin(response.url, file.provenance)
                for file in files
                if file.provenance
            }
            look = partial(_attested, transport, addresses)
            return _with_provenance(_releases(files), asked, look, ATTESTATION)
        missing = missing or response.status_code == 404
        seen = seen if response.status_code == 404 else _unusable(response)
    if not missing:
        raise NoAnswerError(seen)
    return ()


def _in_its_own_words(response: requests.Response) -> bool:
    """Whether a registry says so itself: a proxy's 404 page says nothing about crates."""
    try:
        refusal = decoded(response)
    except NoAnswerError:
        return False
    return isinstance(refusal, dict) and "errors" in refusal


def _is_json(response: requests.Response) -> bool:
    return "json" in response.headers.get("Content-Type", "")


def _unusable(response: requests.Response) -> str:
    if response.status_code in (401, 403):
        return f"it wants to know who asks: {status_line(response)}"
    if response.status_code == 200:
        return "the answer is not JSON"
    return status_line(response)


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
    """Prints, as JSON, what the registries have, by package id."""
    (path,) = arguments
    take_over(os.environ)
    packages = version_questions.loads(Path(path).read_text(encoding="utf-8"))
    transport = Transport(SystemClock(), _PATIENCE_SECONDS, pauses=())
    with ThreadPoolExecutor(_PARALLEL) as pool:
        found = list(pool.map(lambda asked: registry_facts(transport, asked, os.environ), packages))
    answers = {asked.id: facts for asked, facts in zip(packages, found)}
    print(version_questions.dumps_answers(answers))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
