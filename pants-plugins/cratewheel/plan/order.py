"""What must be published before what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from cratewheel.errors import CratewheelError, Finding
from cratewheel.plan.package import ReleasePackage
from cratewheel.release_graph import in_order, prerequisites

CRATES_FIRST = "crates-first"
WHEELS_FIRST = "wheels-first"


def check_acyclic(packages: Iterable[ReleasePackage]) -> None:
    """Refuses packages that depend on one another in a circle.

    Raises:
        CratewheelError: `CW-PLAN-CYCLE` with the circle.
    """
    depends_on = {package.id: sorted(package.depends_on) for package in packages}
    done: set[str] = set()
    for start in sorted(depends_on):
        # The path from `start`, each with those of its dependencies that are still to be looked at.
        path = {} if start in done else {start: iter(depends_on[start])}
        while path:
            current = next(reversed(path))
            following = next((each for each in path[current] if each not in done), None)
            if following is None:
                done.add(current)
                del path[current]
            elif following in path:
                ids = list(path)
                circle = [*ids[ids.index(following) :], following]
                raise CratewheelError(Finding("CW-PLAN-CYCLE", following, " → ".join(circle)))
            else:
                path[following] = iter(depends_on.get(following, []))


def prerequisites_in_plan(
    packages: Sequence[ReleasePackage], shipping: Collection[str], order: str = CRATES_FIRST
) -> Mapping[str, tuple[str, ...]]:
    """For every shipping package, the shipping packages that must be live first.

    Those behind a package that does not ship count too. With `wheels-first` no wheel waits for a
    crate: a wheel carries what it is built from, and an sdist carries its path dependencies.
    """
    kinds = {package.id: package.kind for package in packages}
    depends_on = {
        package.id: [
            each
            for each in package.depends_on
            if not (
                order == WHEELS_FIRST and package.kind == "wheel" and kinds.get(each) == "crate"
            )
        ]
        for package in packages
    }
    return prerequisites(depends_on, shipping)


def publish_order(
    shipping: Iterable[ReleasePackage],
    needs: Mapping[str, tuple[str, ...]],
    order: str = CRATES_FIRST,
) -> tuple[str, ...]:
    """The ids in publish order: what others need first, then by kind as `order` says, then by id."""
    first = "wheel" if order == WHEELS_FIRST else "crate"
    preferred = sorted(shipping, key=lambda package: (package.kind != first, package.id))
    return in_order(
        {package.id: needs[package.id] for package in preferred},
        [package.id for package in preferred],
    )
