"""The manifests that a build job leaves beside its files, one for each row of the plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from cratewheel.artifacts.manifest import ENDING, ArtifactManifest, ManifestEntry, dumps
from cratewheel.plan.model import Plan, digest


def manifest_parts(plan: Plan, entries: Iterable[ManifestEntry]) -> Mapping[str, str]:
    """The text of every manifest by file name, which no other row of the plan has.

    Files of a package that the plan does not ship are in none.
    """
    names = {
        (row.id, row.kind, row.target, row.compatibility): row.artifact_name for row in plan.matrix
    }
    of_row: dict[str, list[ManifestEntry]] = defaultdict(list)
    for entry in entries:
        name = names.get((entry.id, entry.kind, entry.target, entry.compatibility))
        if name is not None:
            of_row[name].append(entry)
    of_plan = digest(plan)
    return {
        f"{name}{ENDING}": dumps(ArtifactManifest(tuple(files), plan.commit, of_plan, name))
        for name, files in sorted(of_row.items())
    }
