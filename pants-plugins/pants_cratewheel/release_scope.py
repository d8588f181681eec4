"""The packages that a release consists of: what was selected, and what that needs live first."""

from __future__ import annotations

from pants.engine.rules import collect_rules, rule
from pants.engine.target import Dependencies, DependenciesRequest, Targets, TransitiveTargets
from pants.util.frozendict import FrozenDict

from cratewheel.project import Project
from cratewheel.release_graph import closure, prerequisites
from pants_cratewheel import engine
from pants_cratewheel.products.releases import ReleaseScope, ReleaseScopeRequest


@rule(desc="Find what a release consists of")
async def release_scope(request: ReleaseScopeRequest, project: Project) -> ReleaseScope:
    transitive: TransitiveTargets = await engine.transitive_targets(request.roots)
    targets = tuple(transitive.closure)
    direct: tuple[Targets, ...] = await engine.concurrently(
        engine.dependencies(DependenciesRequest(target.get(Dependencies))) for target in targets
    )
    graph = {
        target.address.spec: tuple(each.address.spec for each in dependencies)
        for target, dependencies in zip(targets, direct)
    }
    publishable = {package.address for package in project.packages if package.publish}
    reached = closure([root.spec for root in request.roots], graph)
    published = sorted(publishable & reached)
    return ReleaseScope(
        packages=tuple(published), needs=FrozenDict(prerequisites(graph, published))
    )


def rules() -> list[object]:
    return [*collect_rules()]
