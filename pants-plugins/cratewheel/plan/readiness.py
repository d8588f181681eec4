"""Whether a plan may be carried out for real, where nothing can be taken back."""

from __future__ import annotations

from cratewheel.errors import Finding
from cratewheel.plan.model import Plan
from cratewheel.plan.unfinished import state_of, ways_on
from cratewheel.plan.verdicts import CONFLICT


def findings_for_real_release(plan: Plan) -> tuple[Finding, ...]:
    """Why a plan must not reach the registries; all at once. A rehearsal does not ask."""
    findings = []
    if plan.commit is None:
        findings.append(
            Finding(
                "CW-GIT-NO-COMMIT",
                "",
                "a release for real is made from a commit, and this tree has none",
            )
        )
    if plan.dirty:
        findings.append(
            Finding("CW-TREE-DIRTY", "", "the checkout has changes that are not committed")
        )
    ids = {package.id for package in plan.packages}
    findings += [
        Finding("CW-RELEASE-UNFINISHED", ", ".join(each.packages), state_of(each), ways_on(each))
        for each in plan.unfinished
        if ids & set(each.packages)
    ]
    for package in plan.packages:
        if package.verdict == CONFLICT:
            findings.append(
                Finding(
                    "CW-VERSION-CONFLICT",
                    package.id,
                    f"{package.registry} has {package.version} from another commit",
                )
            )
        if package.drops:
            findings.append(
                Finding(
                    "CW-FILES-DROPPED",
                    f"{package.address}: drops",
                    f"this release drops {', '.join(package.drops)}",
                )
            )
    return tuple(findings)
