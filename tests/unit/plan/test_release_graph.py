"""The order of a release, in graphs of every shape and of great depth."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from cratewheel.plan.order import check_acyclic
from cratewheel.plan.package import ReleasePackage
from cratewheel.release_graph import closure, in_order, prerequisites

GRAPHS = st.dictionaries(
    st.integers(0, 12).map(str), st.sets(st.integers(0, 12).map(str)), min_size=1
)


def whole(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The graph with a key for everything that is needed."""
    return {**{need: set() for needs in graph.values() for need in needs}, **graph}


@given(GRAPHS, st.randoms())
def test_everything_is_there_once_whatever_the_graph(
    graph: dict[str, set[str]], chance: random.Random
) -> None:
    needs = whole(graph)
    preferred = sorted(needs)
    chance.shuffle(preferred)
    assert sorted(in_order(needs, preferred)) == sorted(needs)


@given(GRAPHS)
def test_what_is_needed_comes_first(graph: dict[str, set[str]]) -> None:
    needs = {key: {need for need in of if int(need) < int(key)} for key, of in whole(graph).items()}
    ordered = in_order(needs, sorted(needs))
    assert all(ordered.index(need) < ordered.index(key) for key, of in needs.items() for need in of)


@given(GRAPHS, st.sets(st.integers(0, 12).map(str)))
def test_prerequisites_reach_all_that_is_published(
    graph: dict[str, set[str]], chosen: set[str]
) -> None:
    needs = whole(graph)
    published = chosen & set(needs)
    found = prerequisites(needs, published)
    for address in published:
        behind = closure(needs[address], needs) & published - {address}
        assert closure(found[address], found) - {address} == behind


def test_a_chain_longer_than_calls_may_be_deep_is_ordered_quickly() -> None:
    names = [f"crate:c{at:05}" for at in range(20_000)]
    needs = {name: {before} for before, name in zip(names, names[1:])}
    needs[names[0]] = set()
    started = time.perf_counter()
    assert in_order(needs, list(reversed(names))) == tuple(names)
    check_acyclic(
        ReleasePackage(
            id=name,
            name=name,
            address=name,
            kind="crate",
            registry="crates.io",
            depends_on=tuple(of),
        )
        for name, of in needs.items()
    )
    # A quadratic way takes minutes.
    assert time.perf_counter() - started < 20
