"""The plan as values and as JSON: one document that every later step obeys.

The keys of the JSON form are a contract (`docs/reference/plan.md`); readers ignore keys they do not
know, so that more can be added without a new schema number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Optional, Union

from cratewheel import shapes
from cratewheel.errors import CratewheelError, Finding
from cratewheel.plan import recipes
from cratewheel.plan.recipes import Recipe, RecipeDocument

SCHEMA = 1


@dataclass(frozen=True)
class PlannedFile:
    """A file the release will contain; `filename` is exact wherever it is known before the build."""

    filename: str


@dataclass(frozen=True)
class PlannedPackage:
    """One package of the release.

    Args:
        id: `crate:NAME` or `wheel:NAME`, NAME being the released name.
        kind: `crate` or `wheel`.
        registry: `crates.io` or `PyPI`, or the address of another registry.
        previous: the version of the base, None for a first release.
        bump: `patch`, `minor`, `major`, `rc`, `final`, `first` or `explicit`; None when the version
            is the manifest's own and nothing was decided.
        tag: the tag to be made after read-back; None when the package is not tagged.
        depends_on: ids of the packages of this plan that must be live first.
        reasons: why it ships, most telling first.
        crate_directory: repository-relative directory of the crate, or of the crate a wheel binds;
            None for a wheel without one.
        pyproject: path of a wheel's pyproject.toml.
        version_files: further places that carry the version, `PATH` or `PATH:KEY`.
        version_group: the name of the group that shares this version.
        verdict: `PUBLISH`, `DONE`, `CONFLICT` or `UNKNOWN`; None when no registry was asked.
        drops: what the previous release had and this one would not, such as
            `cp310 for win32`, as far as the target does not acknowledge it.
    """

    id: str
    name: str
    address: str
    kind: str
    registry: str
    version: str
    previous: Optional[str] = None
    bump: Optional[str] = None
    tag: Optional[str] = None
    depends_on: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    files: tuple[PlannedFile, ...] = ()
    crate_directory: Optional[str] = None
    pyproject: Optional[str] = None
    version_files: tuple[str, ...] = ()
    version_group: Optional[str] = None
    verdict: Optional[str] = None
    drops: tuple[str, ...] = ()


@dataclass(frozen=True)
class HeldPackage:
    """A package that this release leaves as it is; stamping needs its version all the same.

    Args:
        version: what was released last, or what the manifest says when nothing was.
        reasons: why it does not ship although something of it changed; usually empty.
        The others are those of `PlannedPackage`.
    """

    id: str
    name: str
    address: str
    kind: str
    version: str
    reasons: tuple[str, ...] = ()
    crate_directory: Optional[str] = None
    pyproject: Optional[str] = None
    version_files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resolution:
    """A Cargo.lock that is not committed, resolved once for the whole release."""

    path: str
    content: str


@dataclass(frozen=True)
class Row:
    """One job of the build matrix: everything that one machine builds for one package and target.

    Args:
        kind: `crate`, `sdist` or `wheel`.
        target: the target triple of a wheel row, else None.
        runs_on: the runner image the row asks for.
        libc: `gnu`, `musl` or None where the platform has no such choice.
        compatibility: the promised platform floor, such as `manylinux_2_28`.
        artifact_name: unique across the plan.
        artifact_path: where the row's files are found, relative to the repository.
        built_by: `pants`, or `workflow` for rows that the project builds in its own way.
        rust_targets: the triples that rustc must know, separated by spaces.
        python_versions: the Pythons that must be there, as actions/setup-python takes them: a line
            each. A stable ABI is built with whatever Python there is.
    """

    id: str
    kind: str
    name: str
    address: str
    version: str
    target: Optional[str] = None
    runs_on: Optional[str] = None
    libc: Optional[str] = None
    compatibility: Optional[str] = None
    artifact_name: str = ""
    artifact_path: str = ""
    built_by: str = "pants"
    abis: tuple[str, ...] = ()
    interpreters: tuple[str, ...] = ()
    command: str = ""
    rust_targets: str = ""
    python_versions: str = ""


@dataclass(frozen=True)
class UnfinishedRelease:
    """An earlier release that has uploaded something and not tagged it.

    Args:
        commit: what it was made from.
        record: the git ref of its record, which has its plan.
        tags: those that it would have made.
        packages: ids of the packages that have something live.
        live: the names of the files that the registries have.
        missing: those of the files that they have not; empty when only the tags are missing.
        run: the address of the CI run that began it, "" where it was none.
    """

    commit: str
    record: str
    tags: tuple[str, ...]
    packages: tuple[str, ...]
    live: tuple[str, ...]
    missing: tuple[str, ...] = ()
    run: str = ""


@dataclass(frozen=True)
class Plan:
    """What a release ships.

    Args:
        packages: in publish order.
        matrix: a row for every artifact.
        commit: HEAD when the plan was made; None without git.
        schema: the version of the JSON form.
        held: the packages looked at that do not ship.
        resolutions: the locks of workspaces that commit none.
        notes: what a reader should know and no package's reasons say.
        dirty: whether the checkout had uncommitted changes.
        builds: how each row of the matrix is built.
        unfinished: earlier releases that are half done.
    """

    packages: tuple[PlannedPackage, ...] = ()
    matrix: tuple[Row, ...] = ()
    commit: Optional[str] = None
    schema: int = SCHEMA
    held: tuple[HeldPackage, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    notes: tuple[str, ...] = ()
    dirty: bool = False
    builds: tuple[Recipe, ...] = ()
    unfinished: tuple[UnfinishedRelease, ...] = ()

    def package(self, package_id: str) -> PlannedPackage:
        """The package with this id.

        Raises:
            KeyError: the plan has no such package.
        """
        for package in self.packages:
            if package.id == package_id:
                return package
        raise KeyError(package_id)

    @property
    def all_packages(self) -> tuple[Union[PlannedPackage, HeldPackage], ...]:
        """Those that ship, in publish order, and then the held ones."""
        return (*self.packages, *self.held)


@dataclass(frozen=True)
class Matrix:
    """The rows, in the form that GitHub Actions takes for a `strategy.matrix`."""

    include: tuple[Row, ...]


@dataclass(frozen=True)
class PlanDocument:
    """The JSON form of a plan, by which it is read and from which its schema is rendered.

    Args:
        digest: of everything else in the document; a plan written by hand may leave it out.
        The others are those of `Plan`.
    """

    schema: int
    commit: Optional[str]
    packages: tuple[PlannedPackage, ...]
    matrix: Matrix
    dirty: bool = False
    held: tuple[HeldPackage, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    notes: tuple[str, ...] = ()
    builds: tuple[RecipeDocument, ...] = ()
    unfinished: tuple[UnfinishedRelease, ...] = ()
    digest: Optional[str] = None


def to_json(plan: Plan) -> dict[str, Any]:
    """The plan as the JSON document of the contract, with a digest of all of it."""
    values = asdict(plan)
    document = {
        "schema": plan.schema,
        "commit": plan.commit,
        "dirty": plan.dirty,
        "packages": values["packages"],
        "held": values["held"],
        "matrix": {"include": values["matrix"]},
        "resolutions": values["resolutions"],
        "notes": values["notes"],
        "builds": [recipes.to_json(recipe) for recipe in plan.builds],
        "unfinished": values["unfinished"],
    }
    return {**document, "digest": _digest(document)}


def digest(plan: Plan) -> str:
    """SHA-256, in hex, of everything a plan says: equal for equal plans alone."""
    return str(to_json(plan)["digest"])


def dumps(plan: Plan) -> str:
    """The plan as text: stable, two-space indented, with a final newline."""
    return json.dumps(to_json(plan), indent=2, ensure_ascii=False) + "\n"


def from_json(document: Any, *, place: str) -> Plan:
    """Reads a plan back.

    Args:
        document: a decoded JSON value.
        place: what to call the document in an error, usually its path.

    Raises:
        CratewheelError: `CW-PLAN-INVALID` when the document is not a plan of this schema,
            `CW-PLAN-EDITED` when it was changed after it was written.
    """
    if not isinstance(document, dict):
        raise _invalid(place, "it is no JSON object")
    if document.get("schema") != SCHEMA:
        raise _invalid(
            f"{place}: schema", f"expected schema {SCHEMA}, found {document.get('schema')!r}"
        )
    if document.get("digest", _digest(document)) != _digest(document):
        raise CratewheelError(Finding("CW-PLAN-EDITED", place, "it is not what cratewheel wrote"))
    try:
        read = shapes.read(PlanDocument, document)
    except shapes.ShapeError as error:
        raise _invalid(place, f"not a release plan: {error}") from error
    ids = {package.id for package in read.packages}
    for package in read.packages:
        strangers = sorted({*package.depends_on} - ids)
        if strangers:
            message = f"{package.id} depends on {', '.join(strangers)}, which it does not release"
            raise _invalid(f"{place}: packages", message)
    return Plan(
        packages=read.packages,
        matrix=read.matrix.include,
        commit=read.commit,
        held=read.held,
        resolutions=read.resolutions,
        notes=read.notes,
        dirty=read.dirty,
        builds=tuple(build.recipe() for build in read.builds),
        unfinished=read.unfinished,
    )


def loads(text: str, *, place: str) -> Plan:
    """Like `from_json`, from text."""
    try:
        document = shapes.decode(text)
    except shapes.ShapeError as error:
        raise _invalid(place, str(error)) from error
    return from_json(document, place=place)


def _digest(document: Mapping[str, Any]) -> str:
    """SHA-256, in hex, of everything in a plan but the digest itself; the layout does not count."""
    content = {key: value for key, value in document.items() if key != "digest"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _invalid(place: str, message: str) -> CratewheelError:
    return CratewheelError(Finding("CW-PLAN-INVALID", place, message))
