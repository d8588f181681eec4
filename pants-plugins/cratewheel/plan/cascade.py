"""Which packages are due, and why: their own changes, requests, and what they are built from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from cratewheel.changes.direct import Changes
from cratewheel.plan.demand import Demand
from cratewheel.plan.inputs import PlanInputs
from cratewheel.plan.requests import Requests
from cratewheel.release_graph import closure

_SHOWN = 10


@dataclass(frozen=True)
class Due:
    """Why packages ship.

    Args:
        reasons: by id of each due package: the reasons that are its own; none for a package that is
            only cascaded.
        causes: by id of each due package: the ids of the packages whose changes it follows, nearest
            ones only.
        lagging: by id of each package that is not due: the ids of the packages whose changes it
            would follow, had its manifest been raised. Only where the manifest decides.
    """

    reasons: Mapping[str, tuple[str, ...]]
    causes: Mapping[str, tuple[str, ...]]
    lagging: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __contains__(self, package_id: str) -> bool:
        return package_id in self.reasons


def find_due(
    inputs: PlanInputs, requests: Requests, changes: Changes, demands: Mapping[str, Demand]
) -> Due:
    """Decides which packages ship.

    A package follows another when that one changed since the *follower's* base, or when it is
    released for a reason that has no commit (the command line, its manifest, its version group).
    """
    manifest_decides = inputs.options.versioning == "manifest"
    groups = _groups(inputs)
    depends_on = {package.id: package.depends_on for package in inputs.packages}
    held_back = {package_id for package_id, demand in demands.items() if demand.held_back}
    reasons: dict[str, tuple[str, ...]] = {}
    now: set[str] = set()
    for package in inputs.packages:
        demand = demands[package.id]
        own = own_reasons(package.id, inputs, changes, demand)
        if manifest_decides and not demand.explicit and package.id in inputs.history.bases:
            own = demand.forced
        if own and package.id not in held_back:
            reasons[package.id] = own
        if demand.explicit or package.id in requests.decided:
            now.add(package.id)
    causes: dict[str, tuple[str, ...]] = {}
    events = _Events(inputs, requests, changes, depends_on)
    if manifest_decides:
        _move_groups(groups, reasons, held_back)
        lagging = {
            package.id: events.followed_by(package.id, reasons.keys())
            for package in inputs.packages
            if package.id not in reasons
        }
        return Due(reasons, dict.fromkeys(reasons, ()), lagging)
    pending = True
    while pending:
        moved = _move_groups(groups, reasons, held_back)
        now |= moved
        pending = bool(moved)
        for package in inputs.packages:
            if package.id in causes or package.id in held_back:
                continue
            followed = events.followed_by(package.id, now & reasons.keys())
            if followed:
                causes[package.id] = followed
                pending = pending or package.id not in reasons
                reasons.setdefault(package.id, ())
    return Due(reasons, {package_id: causes.get(package_id, ()) for package_id in reasons})


def own_reasons(
    package_id: str, inputs: PlanInputs, changes: Changes, demand: Demand
) -> tuple[str, ...]:
    """Why a package ships on its own account."""
    if package_id not in inputs.history.bases:
        return ("first release", *demand.forced)
    base = inputs.history.base_commit(package_id)
    own = (
        *changes.since.get(base, {}).get(package_id, ()),
        *changes.locked.get(package_id, ()),
    )
    if inputs.options.default_bump == "none" and not demand.asks:
        own = ()
    shown = [str(change) for change in own[:_SHOWN]]
    if len(own) > _SHOWN:
        shown.append(f"and {len(own) - _SHOWN} more")
    return tuple(dict.fromkeys((*demand.forced, *shown)))


class _Events:
    """What happened to the packages that each package is built from, since its own base."""

    def __init__(
        self,
        inputs: PlanInputs,
        requests: Requests,
        changes: Changes,
        depends_on: Mapping[str, Collection[str]],
    ) -> None:
        self._inputs = inputs
        self._requests = requests
        self._changes = changes
        self._depends_on = depends_on
        self._behind = {package_id: closure([package_id], depends_on) for package_id in depends_on}
        self._by_base: dict[str, frozenset[str]] = {}

    def followed_by(self, package_id: str, now: Collection[str]) -> tuple[str, ...]:
        """The nearest packages that changed and that this one is built from, sorted."""
        base = self._inputs.history.base_commit(package_id)
        if not base:
            return ()
        happened = self._since(base) | set(now)
        return tuple(
            sorted(
                direct
                for direct in set(self._depends_on[package_id])
                if direct in self._behind and not happened.isdisjoint(self._behind[direct])
            )
        )

    def _since(self, base: str) -> frozenset[str]:
        if base not in self._by_base:
            changed = {*self._changes.since.get(base, {}), *self._locked_since(base)}
            named = {
                package_id
                for request in self._requests.trailers
                if request.listed and self._inputs.history.is_since(base, request.commit)
                for package_id in request.listed
            }
            if self._inputs.options.default_bump == "none":
                changed = {each for each in changed if self._is_asked_for(each, base)}
            self._by_base[base] = frozenset(changed | named)
        return self._by_base[base]

    def _locked_since(self, base: str) -> Iterator[str]:
        """The packages whose locked dependencies resolve to something else since a base."""
        for package_id, changes in self._changes.locked.items():
            if any(
                change.commit is None or self._inputs.history.is_since(base, change.commit)
                for change in changes
            ):
                yield package_id

    def _is_asked_for(self, package_id: str, base: str) -> bool:
        """Whether any trailer since a base speaks for a package that changed since."""
        history = self._inputs.history
        return any(
            history.is_since(base, request.commit)
            and (
                package_id in request.listed
                if request.trailer.names
                else not request.has_own_changes
                or any(
                    package_id in self._inputs.owners.get(path, ()) for path in request.commit.paths
                )
            )
            for request in self._requests.trailers
        )


def _groups(inputs: PlanInputs) -> Mapping[str, tuple[str, ...]]:
    members: dict[str, list[str]] = defaultdict(list)
    for package in inputs.packages:
        if package.version_group:
            members[package.version_group].append(package.id)
    return {group: tuple(ids) for group, ids in members.items()}


def _move_groups(
    groups: Mapping[str, tuple[str, ...]],
    reasons: dict[str, tuple[str, ...]],
    held_back: Collection[str],
) -> set[str]:
    """Adds the members of version groups that move only because another one does."""
    moved = set()
    for group, members in groups.items():
        if any(member in reasons for member in members):
            for member in members:
                if member not in reasons and member not in held_back:
                    reasons[member] = (f"moves with version group {group}",)
                    moved.add(member)
    return moved
