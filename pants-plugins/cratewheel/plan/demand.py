"""What all trailers together ask of one package over a range of commits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Optional

from cratewheel.changes.direct import Changes
from cratewheel.errors import Finding
from cratewheel.plan.inputs import PlanInputs
from cratewheel.plan.package import ReleasePackage
from cratewheel.plan.requests import Request, Requests, way_out
from cratewheel.trailers import ReleaseTrailer
from cratewheel.versions import LEVELS, Version, parse_version


@dataclass(frozen=True)
class Explicit:
    """A version that was asked for, where, and how a plan's reasons say so.

    Args:
        way_out: what to do where it cannot be had; empty for what the error itself says.
    """

    version: Version
    place: str
    reason: str
    way_out: str = ""


@dataclass(frozen=True)
class Demand:
    """What is asked of one package.

    Args:
        level: the largest level asked for, None when nothing is.
        stage: `rc` or `final`, the newest one asked for.
        level_from, stage_from: the newest trailer that asks for it, as a plan's reasons say it;
            None where there is none.
        explicit: the versions asked for.
        forced: what releases the package even where nothing of it changed, newest first.
        held_back: whether the command line says `skip`.
    """

    level: Optional[str] = None
    stage: Optional[str] = None
    level_from: Optional[str] = None
    stage_from: Optional[str] = None
    explicit: tuple[Explicit, ...] = ()
    forced: tuple[str, ...] = ()
    held_back: bool = False

    @property
    def asks(self) -> bool:
        """Whether anything is asked at all."""
        return bool(self.level or self.stage or self.explicit or self.forced)


def merge(demands: Iterable[Demand]) -> Demand:
    """What is asked of packages that move together."""
    all_demands = tuple(demands)
    level = largest(demand.level for demand in all_demands)
    staged = next((demand for demand in all_demands if demand.stage), Demand())
    return Demand(
        level=level,
        stage=staged.stage,
        level_from=next(
            (d.level_from for d in all_demands if d.level == level and d.level_from), None
        ),
        stage_from=staged.stage_from,
        explicit=tuple(
            dict.fromkeys(explicit for demand in all_demands for explicit in demand.explicit)
        ),
        forced=tuple(dict.fromkeys(reason for demand in all_demands for reason in demand.forced)),
        held_back=any(demand.held_back for demand in all_demands),
    )


def largest(levels: Iterable[Optional[str]]) -> Optional[str]:
    """The largest of some levels, None when there is none."""
    return max((level for level in levels if level), key=LEVELS.index, default=None)


def demand_of(
    package: ReleasePackage, requests: Requests, changes: Changes, inputs: PlanInputs
) -> Demand:
    """What is asked of a package since its own base, by trailers, command line and manifest."""
    decided = requests.decided.get(package.id)
    if decided is not None:
        return _decided(package, decided, inputs)
    base = inputs.history.bases.get(package.id)
    own = _Own(package, changes, inputs)
    speaking = [request for request in requests.trailers if own.is_spoken_for(request)]
    explicit = _manifest_request(package, inputs)
    forced = [item.reason for item in explicit]
    forced += [str(request) for request in speaking if package.id in request.listed]
    if base is not None and base.version.is_prerelease:
        # Ending a release candidate needs no further change.
        forced += [str(request) for request in speaking if request.trailer.action == "final"]
    level = largest(
        request.trailer.action if request.trailer.action in LEVELS else None for request in speaking
    )
    staged = next((r for r in speaking if r.trailer.action in ("rc", "final")), None)
    return Demand(
        level=level,
        stage=staged.trailer.action if staged else None,
        level_from=next((str(r) for r in speaking if r.trailer.action == level), None),
        stage_from=str(staged) if staged else None,
        explicit=(
            *explicit,
            *(
                Explicit(
                    request.trailer.version, request.place, str(request), way_out(request.commit)
                )
                for request in speaking
                if request.trailer.version is not None
            ),
        ),
        forced=tuple(dict.fromkeys(forced)),
    )


def _decided(package: ReleasePackage, decided: ReleaseTrailer, inputs: PlanInputs) -> Demand:
    if decided.action == "skip":
        return Demand(held_back=True)
    option = f"--release={package.id}@{decided.version or decided.action}"
    explicit = _manifest_request(package, inputs)
    if decided.version is not None:
        explicit = (*explicit, Explicit(decided.version, option, option))
    return Demand(
        level=decided.action if decided.action in LEVELS else None,
        stage=decided.action if decided.action in ("rc", "final") else None,
        explicit=explicit,
        forced=(option,),
    )


def package_manifest(package: ReleasePackage) -> str:
    """The manifest that a package's version is read from, as far as a message needs it."""
    if package.pyproject:
        return package.pyproject
    return f"{package.crate_directory}/Cargo.toml" if package.crate_directory else "Cargo.toml"


def manifest_version(package: ReleasePackage) -> Optional[Version]:
    """The version of the manifest; None when there is none or it is not one."""
    return parse_version(package.version) if package.version else None


def manifest_findings(packages: Iterable[ReleasePackage]) -> list[Finding]:
    """Versions of targets and manifests that are none, or that the registry has no spelling for."""
    findings = []
    for package in packages:
        for text, place in (
            (package.version, package_manifest(package)),
            (package.first_version, f"{package.address}: first_version"),
        ):
            version = parse_version(text) if text else None
            if text and (version is None or version.spelled_for(package.kind) is None):
                wanted = "SemVer" if package.kind == "crate" else "PEP 440"
                findings.append(
                    Finding(
                        "CW-VERSION-INVALID",
                        place,
                        f"{text!r} of {package.id} is no version of three numbers that {wanted} "
                        "has a spelling for",
                    )
                )
    return findings


def _manifest_request(package: ReleasePackage, inputs: PlanInputs) -> tuple[Explicit, ...]:
    """A manifest above the base asks for its version, unless that is tagged already elsewhere."""
    version = manifest_version(package)
    base = inputs.history.bases.get(package.id)
    if version is None or base is None or version.is_development:
        return ()
    if version <= base.version or version in inputs.history.tagged.get(package.id, ()):
        return ()
    place = package_manifest(package)
    return (Explicit(version, place, f"{place} asks for {version}"),)


class _Own:
    """Which trailers speak for one package."""

    def __init__(self, package: ReleasePackage, changes: Changes, inputs: PlanInputs) -> None:
        self._id = package.id
        self._inputs = inputs
        self._judged = changes.judged
        self._base = inputs.history.base_commit(package.id)
        base = inputs.history.bases.get(package.id)
        self._in_candidate = base is not None and base.version.is_prerelease
        own = (
            *changes.since.get(self._base, {}).get(package.id, ()),
            *changes.locked.get(package.id, ()),
        )
        self._has_changed = bool(own) or base is None
        self._paths = {path for change in own for path in change.paths}

    def is_spoken_for(self, request: Request) -> bool:
        if not self._inputs.history.is_since(self._base, request.commit):
            return False
        if request.trailer.names:
            return self._id in request.listed
        if request.has_own_changes:
            return any(self._owns(path) for path in request.commit.paths)
        if request.trailer.action == "final" and self._in_candidate:
            return True
        return self._has_changed

    def _owns(self, path: str) -> bool:
        if path in self._judged:
            return path in self._paths
        return self._id in self._inputs.owners.get(path, ())
