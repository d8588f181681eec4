"""What waits for what, and that everything has its turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing.frontier import Frontier
from cratewheel.publishing.ordering import edges
from cratewheel.publishing.schedule import carry_out


@st.composite
def plans(draw: st.DrawFn) -> list[PlannedPackage]:
    """Packages of both kinds, each depending on any of those before it, in any order."""
    kinds = draw(st.lists(st.sampled_from(["crate", "wheel"]), max_size=12))
    packages: list[PlannedPackage] = []
    for number, kind in enumerate(kinds):
        earlier = [package.id for package in packages]
        needs = draw(st.lists(st.sampled_from(earlier), unique=True)) if earlier else []
        name = f"p{number}"
        packages.append(
            PlannedPackage(f"{kind}:{name}", name, "", kind, "", "1.0", depends_on=tuple(needs))
        )
    return draw(st.permutations(packages))


def finish(packages: list[PlannedPackage], order: str) -> list[str]:
    """The order in which packages are done when every one succeeds."""
    frontier = Frontier(*edges(packages, order))
    done: list[str] = []
    while True:
        ready = frontier.take_ready()
        if not ready:
            return done
        for package_id in ready:
            frontier.finish(package_id)
            done.append(package_id)


@given(plans())
def test_crates_first_does_everything_after_what_it_needs(packages: list[PlannedPackage]) -> None:
    done = finish(packages, "crates-first")
    assert sorted(done) == sorted(package.id for package in packages)
    for package in packages:
        for need in package.depends_on:
            assert done.index(need) < done.index(package.id)


@given(plans())
def test_a_crate_that_needs_no_wheel_goes_before_all_wheels(packages: list[PlannedPackage]) -> None:
    done = finish(packages, "crates-first")
    needs = {package.id: set(package.depends_on) for package in packages}
    changed = True
    while changed:
        before = {key: set(value) for key, value in needs.items()}
        for found in needs.values():
            found.update(*(needs[need] for need in tuple(found)))
        changed = before != needs
    wheels = {package.id for package in packages if package.kind == "wheel"}
    for crate in (package.id for package in packages if package.kind == "crate"):
        if not needs[crate] & wheels:
            assert all(done.index(crate) < done.index(wheel) for wheel in wheels)


def test_wheels_first_turns_the_relation_round() -> None:
    packages = [
        PlannedPackage("crate:core", "core", "", "crate", "", "1.0"),
        PlannedPackage("wheel:demo", "demo", "", "wheel", "", "1.0", depends_on=("crate:core",)),
        PlannedPackage("wheel:pure", "pure", "", "wheel", "", "1.0"),
    ]
    assert finish(packages, "wheels-first") == ["wheel:demo", "wheel:pure", "crate:core"]


@given(plans(), st.data())
def test_a_failure_blocks_exactly_what_needs_it(
    packages: list[PlannedPackage], data: st.DataObject
) -> None:
    ids = [package.id for package in packages]
    failing = set(data.draw(st.lists(st.sampled_from(ids), unique=True))) if ids else set()
    frontier = Frontier(*edges(packages, "crates-first"))
    done: set[str] = set()
    failed: set[str] = set()
    while ready := frontier.take_ready():
        for package_id in ready:
            (frontier.fail if package_id in failing else frontier.finish)(package_id)
            (failed if package_id in failing else done).add(package_id)
    needs = {package.id: package.depends_on for package in packages}
    for package_id in ids:
        expected = all(need in done for need in needs[package_id])
        assert (package_id in done | failed) == expected
        assert (package_id in frontier.blocked) == (not expected)
    assert not frontier.in_flight


def test_stopping_everything_leaves_what_is_in_flight() -> None:
    frontier = Frontier({"a": (), "b": (), "c": ("a",)}, {})
    assert frontier.take_ready() == ("a", "b")
    frontier.fail("a")
    frontier.stop("a")
    assert frontier.in_flight == {"b"}
    assert frontier.blocked == {"c": "a"}
    with pytest.raises(KeyError):
        frontier.finish("c")


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_fault_of_ours_or_an_interruption_begins_nothing_new(error: type[BaseException]) -> None:
    frontier = Frontier({"first": [], "second": ["first"]}, {})
    begun: list[str] = []

    def fails() -> None:
        begun.append("first")
        raise error

    work = {"first": fails, "second": lambda: begun.append("second")}
    with pytest.raises(error):
        carry_out(frontier, work, stop_everything=False)
    assert begun == ["first"]
