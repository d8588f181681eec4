"""What the publisher is asked to do: one JSON document, written by the caller, read by its process.

This module and `report` are shared with the process that starts the publisher, so they use the
standard library only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Optional, TypeVar

from cratewheel.destination import REGISTRIES, REHEARSAL
from cratewheel.errors import CratewheelError, Finding
from cratewheel.plan import model
from cratewheel.plan.model import Plan
from cratewheel.wheel_rows import row_title

CRATES_FIRST = "crates-first"
WHEELS_FIRST = "wheels-first"
DEPENDENTS = "dependents"
EVERYTHING = "everything"

_CHOICES = {
    "destination": (REHEARSAL, REGISTRIES),
    "order": (CRATES_FIRST, WHEELS_FIRST),
    "on_failure": (DEPENDENTS, EVERYTHING),
}

T = TypeVar("T")


@dataclass(frozen=True)
class Artifact:
    """A built file that is to be published.

    Args:
        id: the id of its package in the plan.
        kind: `crate`, `sdist` or `wheel`.
        path: where the file is; in the JSON form relative paths are relative to the document.
        filename: the name under which it is published.
        sha256: of its bytes, in hex, as recorded when it was built.
        row: the target triple of a wheel row, else None.
    """

    id: str
    kind: str
    path: str
    filename: str
    sha256: str
    row: Optional[str] = None


@dataclass(frozen=True)
class MissingRow:
    """A row of the plan for which there is no file, and why.

    Args:
        target: the triple of a wheel row, else None.
        reason: a clause.
        compatibility: the floor of the row, where it has one.
    """

    id: str
    target: Optional[str]
    reason: str
    compatibility: Optional[str] = None

    @property
    def title(self) -> str:
        """What people are told it by."""
        return row_title(self.id, self.target, self.compatibility)


@dataclass(frozen=True)
class TrustPolicy:
    """What a target says about the job that may publish it; None leaves that open.

    Args:
        workflow: the file name of the workflow, such as `release.yml`.
    """

    owner: Optional[str] = None
    repository: Optional[str] = None
    workflow: Optional[str] = None
    github_environment: Optional[str] = None


@dataclass(frozen=True)
class ReleaseRequest:
    """A release to be carried out.

    Args:
        artifacts: the files; every one belongs to a package of the plan.
        destination: `rehearsal` or `registries`.
        rehearsal_dir: absolute path of the rehearsal folder.
        order: `crates-first` or `wheels-first`.
        on_failure: what a failed package stops: `dependents` or `everything`.
        crates_registry: root of the web API of the crates registry, or `sparse+URL` of its index.
        python_repository: upload address of the Python index, PyPI's when empty.
        registries: package id to an address that overrides the two above.
        trust_policies: package id to what its target's `trust_policy` says.
        attestations: whether files for PyPI are attested (PEP 740) where that is possible.
        checkout: absolute path of the git checkout to tag in; None for a release without tags.
        remote: the git remote that tags are pushed to.
        github_releases: whether every tag gets a GitHub Release with its files.
        output: where the report goes, None for nowhere.
        made: how the caller came by the files, a line each way; said when all is done.
        awaited: packages that are due with these, share a tag with one of them and are published by
            another run: the tag is made by the run that finds all of them live.
    """

    plan: Plan
    artifacts: tuple[Artifact, ...]
    destination: str
    rehearsal_dir: str
    crates_registry: str
    python_repository: str
    missing_rows: tuple[MissingRow, ...] = ()
    order: str = CRATES_FIRST
    on_failure: str = DEPENDENTS
    registries: Mapping[str, str] = field(default_factory=dict)
    trust_policies: Mapping[str, TrustPolicy] = field(default_factory=dict)
    attestations: bool = True
    checkout: Optional[str] = None
    remote: str = "origin"
    github_releases: bool = False
    output: Optional[str] = None
    made: tuple[str, ...] = ()
    awaited: Plan = Plan()

    @property
    def rehearsed(self) -> bool:
        return self.destination == REHEARSAL

    def artifacts_of(self, package_id: str) -> tuple[Artifact, ...]:
        """The files of one package, in the order of the request."""
        return tuple(artifact for artifact in self.artifacts if artifact.id == package_id)


def to_json(request: ReleaseRequest) -> dict[str, Any]:
    """The request as a JSON document."""
    document = {
        entry.name: getattr(request, entry.name)
        for entry in fields(request)
        if entry.name not in ("plan", "artifacts", "missing_rows", "trust_policies", "awaited")
    }
    document["registries"] = dict(request.registries)
    return {
        "plan": model.to_json(request.plan),
        "awaited": model.to_json(request.awaited),
        "artifacts": [asdict(artifact) for artifact in request.artifacts],
        "missing_rows": [asdict(row) for row in request.missing_rows],
        "trust_policies": {
            package_id: asdict(policy) for package_id, policy in request.trust_policies.items()
        },
        **document,
    }


def dumps(request: ReleaseRequest) -> str:
    """The request as text."""
    return json.dumps(to_json(request), indent=2, ensure_ascii=False) + "\n"


def from_json(document: Any, *, place: str) -> ReleaseRequest:
    """Reads a request back.

    Args:
        place: what to call the document in an error.

    Raises:
        CratewheelError: `CW-REQUEST-INVALID`, or `CW-PLAN-INVALID` for the plan in it.
    """
    try:
        plan = model.from_json(document["plan"], place=f"{place}: plan")
        for key, choices in _CHOICES.items():
            if document.get(key, choices[0]) not in choices:
                raise _invalid(f"{place}: {key}", f"expected one of {', '.join(choices)}")
        known = {entry.name for entry in fields(ReleaseRequest)}
        rest = {key: value for key, value in document.items() if key in known}
        rest.update(
            plan=plan,
            artifacts=tuple(_read(Artifact, entry) for entry in document["artifacts"]),
            missing_rows=tuple(
                _read(MissingRow, entry) for entry in document.get("missing_rows", ())
            ),
            registries=dict(document.get("registries") or {}),
            trust_policies={
                package_id: _read(TrustPolicy, policy)
                for package_id, policy in (document.get("trust_policies") or {}).items()
            },
            made=tuple(map(str, document.get("made") or ())),
            awaited=(
                model.from_json(document["awaited"], place=f"{place}: awaited")
                if "awaited" in document
                else Plan()
            ),
        )
        request = ReleaseRequest(**rest)
    except (KeyError, TypeError, AttributeError) as error:
        raise _invalid(place, f"not a release request: {error!r}") from error
    ids = {package.id for package in plan.packages}
    strangers = sorted({artifact.id for artifact in request.artifacts} - ids)
    if strangers:
        raise _invalid(f"{place}: artifacts", f"not in the plan: {', '.join(strangers)}")
    return request


def read(path: Path) -> ReleaseRequest:
    """Reads the request file `path`; relative artifact paths are made absolute from its folder.

    Raises:
        CratewheelError: `CW-REQUEST-INVALID` or `CW-PLAN-INVALID`.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _invalid(str(path), str(error)) from error
    request = from_json(document, place=str(path))
    folder = path.resolve().parent
    artifacts = tuple(
        replace(artifact, path=str(folder / artifact.path)) for artifact in request.artifacts
    )
    return replace(request, artifacts=artifacts)


def _read(kind: type[T], entry: Mapping[str, Any]) -> T:
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{key: value for key, value in entry.items() if key in known})


def _invalid(place: str, message: str) -> CratewheelError:
    return CratewheelError(Finding("CW-REQUEST-INVALID", place, message))
