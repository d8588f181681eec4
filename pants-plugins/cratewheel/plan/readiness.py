"""Whether a plan may be carried out for real, where nothing can be taken back."""

from __future__ import annotations

from collections.abc import Sequence

from cratewheel.errors import Finding
from cratewheel.plan.model import Plan
from cratewheel.plan.unfinished import state_of, ways_on
from cratewheel.plan.verdicts import CONFLICT

_SHOWN = 4


def findings_for_real_release(plan: Plan, uncommitted: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Why a plan must not reach the registries; all at once. A rehearsal does not ask.

    Args:
        uncommitted: what the checkout has beside the plan's commit
            (`cratewheel.changes.uncommitted`): a plan that was frozen earlier does not know.
    """
    findings = []
    if plan.commit is None:
        findings.append(
            Finding(
                "CW-GIT-NO-COMMIT",
                "",
                "a release for real is made from a commit, and this tree has none",
            )
        )
    if uncommitted:
        more = f" and {len(uncommitted) - _SHOWN} more" if len(uncommitted) > _SHOWN else ""
        findings.append(
            Finding(
                "CW-TREE-DIRTY",
                ", ".join(uncommitted[:_SHOWN]) + more,
                "changed, and not committed",
            )
        )
    elif plan.dirty:
        findings.append(
            Finding(
                "CW-TREE-DIRTY",
                "",
                "the plan was made from a checkout with changes that were not committed",
            )
        )
    findings += unfinished_findings(plan)
    for package in plan.packages:
        if package.verdict == CONFLICT:
            findings.append(
                Finding(
                    "CW-VERSION-CONFLICT",
                    package.id,
                    f"{package.registry} has {package.version} already, and not as a release of this "
                    "commit: it is from another one, nothing says from which, or its bytes differ",
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


def unfinished_findings(plan: Plan) -> tuple[Finding, ...]:
    """The half-done releases of packages that the plan ships: they come first, or are given up."""
    ids = {package.id for package in plan.packages}
    return tuple(
        Finding("CW-RELEASE-UNFINISHED", ", ".join(each.packages), state_of(each), ways_on(each))
        for each in plan.unfinished
        if ids & set(each.packages)
    )
