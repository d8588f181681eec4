"""Reading a plan that was written down, and whether it may still be carried out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Optional

from cratewheel.errors import CratewheelError, Finding, raise_all
from cratewheel.plan.model import Plan, loads


def read_plan(path: Path) -> Plan:
    """The plan in a file.

    Raises:
        CratewheelError: `CW-PLAN-INVALID`, `CW-PLAN-EDITED`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CratewheelError(Finding("CW-PLAN-INVALID", str(path), str(error))) from error
    return loads(text, place=str(path))


def check_frozen(plan: Plan, *, head: Optional[str], addresses: Iterable[str], place: str) -> None:
    """Refuses a plan that was made for another commit or for other targets.

    Args:
        head: HEAD; None without git, where the plan must have been made without it too.
        addresses: of the publishable targets that are to be dealt with by this plan.
        place: what to call the plan in an error, usually its path.

    Raises:
        CratewheelError: `CW-PLAN-STALE`, `CW-PLAN-OTHER-TARGETS`; all at once.
    """
    findings = []
    if plan.commit != head:
        made_for = plan.commit[:12] if plan.commit else "a tree without git"
        current = head[:12] if head else "none"
        findings.append(
            Finding("CW-PLAN-STALE", place, f"it was made for {made_for}, and HEAD is {current}")
        )
    known = {package.address for package in plan.all_packages}
    unknown = sorted(set(addresses) - known)
    if unknown:
        findings.append(
            Finding("CW-PLAN-OTHER-TARGETS", place, f"it does not know {', '.join(unknown)}")
        )
    raise_all(findings)


def refuse_decisions(entries: Iterable[str], place: str) -> None:
    """Refuses decisions of the command line, which a frozen plan has no room for.

    Args:
        entries: of `--release`.
        place: what to call the plan.

    Raises:
        CratewheelError: `CW-RELEASE-OPTION`, all at once.
    """
    raise_all(
        [
            Finding(
                "CW-RELEASE-OPTION",
                f"--release={entry}",
                f"{place} is frozen, and decides every version already",
                "freeze another plan with it: `pants release-plan --release=… --output=FILE ::`",
            )
            for entry in entries
        ]
    )
