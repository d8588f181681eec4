"""Properties of every plan, over histories that nobody thought of."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from cratewheel.cargo.model import CargoModel
from cratewheel.history import Base, Commit, History
from cratewheel.plan.compute import compute_plan
from cratewheel.plan.inputs import PlanInputs
from cratewheel.plan.model import Plan, dumps, loads
from cratewheel.plan.package import ReleasePackage
from cratewheel.versions import LEVELS, Version, parse_version

NAMES = "abcde"


@dataclass(frozen=True)
class Story:
    """A line of commits, oldest first.

    Args:
        needs: what each package is built from; only packages before it.
        changes: for each commit, the packages it changes.
        trailers: for each commit, its trailer's level or "".
        released: for each package, after how many commits it was released last.
    """

    needs: tuple[frozenset[str], ...]
    changes: tuple[frozenset[str], ...]
    trailers: tuple[str, ...]
    released: tuple[int, ...]

    def behind(self, name: str) -> set[str]:
        """A package and everything that it is built from."""
        found = {name}
        for need in self.needs[NAMES.index(name)]:
            found |= self.behind(need)
        return found

    def changed_since(self, name: str, after: int) -> bool:
        """Whether any commit after the first `after` ones changes a package."""
        return any(name in changed for changed in self.changes[after:])


@st.composite
def stories(draw: st.DrawFn) -> Story:
    needs = tuple(
        frozenset(draw(st.sets(st.sampled_from(NAMES[:at]), max_size=2))) if at else frozenset()
        for at in range(len(NAMES))
    )
    count = draw(st.integers(1, 6))
    changes = draw(
        st.lists(st.frozensets(st.sampled_from(NAMES), max_size=2), min_size=count, max_size=count)
    )
    trailers = draw(
        st.lists(
            st.sampled_from(["", "", "patch", "minor", "major"]), min_size=count, max_size=count
        )
    )
    released = draw(st.lists(st.integers(0, count), min_size=len(NAMES), max_size=len(NAMES)))
    return Story(needs, tuple(changes), tuple(trailers), tuple(released))


def plan_of(story: Story) -> Plan:
    """The plan, from a history that is made of values only."""
    ids = [f"{at:040x}" for at in range(len(story.changes) + 1)]
    commits = [Commit(ids[0], (), "Begin", tuple(f"{name}/0" for name in NAMES))]
    for at, changed in enumerate(story.changes, 1):
        message = (
            f"Change\n\nrelease: {story.trailers[at - 1]}" if story.trailers[at - 1] else "Change"
        )
        paths = tuple(sorted(f"{name}/{at}" for name in changed))
        commits.append(Commit(ids[at], (ids[at - 1],), message, paths))
    bases = {
        f"crate:{name}": Base(Version(0, 1, 0), f"{name}-v0.1.0", ids[after])
        for name, after in zip(NAMES, story.released)
    }
    history = History(
        head=ids[-1],
        commits=tuple(reversed(commits)),
        bases=bases,
        tagged={package_id: (base.version,) for package_id, base in bases.items()},
        net_changes={
            commit: frozenset(path for later in commits[at + 1 :] for path in later.paths)
            for at, commit in enumerate(ids)
        },
    )
    packages = tuple(
        ReleasePackage(
            id=f"crate:{name}",
            name=name,
            kind="crate",
            address=f"{name}:{name}",
            registry="crates.io",
            version="0.1.0",
            depends_on=tuple(f"crate:{need}" for need in sorted(story.needs[at])),
        )
        for at, name in enumerate(NAMES)
    )
    owners = {path: frozenset([f"crate:{path[0]}"]) for path in history.paths}
    return compute_plan(PlanInputs(packages, history, owners, {}, CargoModel()))


@given(stories())
def test_what_ships_is_what_changed_since_its_own_base_and_what_follows_it(story: Story) -> None:
    expected = {
        f"crate:{name}"
        for name, after in zip(NAMES, story.released)
        if any(story.changed_since(each, after) for each in story.behind(name))
    }
    plan = plan_of(story)
    assert {package.id for package in plan.packages} == expected
    assert {package.id for package in plan.held} == {f"crate:{name}" for name in NAMES} - expected


@given(stories())
def test_every_package_is_explained_and_comes_after_what_it_needs(story: Story) -> None:
    seen: set[str] = set()
    for package in plan_of(story).packages:
        assert package.reasons
        assert set(package.depends_on) <= seen
        seen.add(package.id)


@given(stories())
def test_the_level_is_the_largest_that_speaks_for_the_package(story: Story) -> None:
    for package in plan_of(story).packages:
        name = package.name
        after = story.released[NAMES.index(name)]
        own = story.changed_since(name, after)
        levels = [
            level
            for level, changed in list(zip(story.trailers, story.changes))[after:]
            if level and (name in changed or (not changed and own))
        ]
        assert package.bump == max(levels, key=LEVELS.index, default="patch")
        version = parse_version(package.version)
        assert version is not None and version > Version(0, 1, 0)


@given(stories())
def test_a_plan_is_its_own_copy_and_the_same_again(story: Story) -> None:
    plan = plan_of(story)
    assert loads(dumps(plan), place="plan.json") == plan
    assert dumps(plan_of(story)) == dumps(plan)
