"""From inputs to the plan: which packages ship, at which version, why and in which order."""

from __future__ import annotations

from collections.abc import Sequence

from cratewheel.plan.inputs import PlanInputs
from cratewheel.plan.model import Plan
from cratewheel.plan.package import ReleasePackage


def compute_plan(inputs: PlanInputs) -> Plan:
    """Decides the release.

    Raises:
        CratewheelError: all at once: trailers that are malformed, name no package or contradict one
            another; versions that are not above their base; bad `--release` entries; cycles.
    """
    raise NotImplementedError


def manifest_plan(packages: Sequence[ReleasePackage]) -> Plan:
    """The plan of a tree without git: every package at the version of its manifest, no tags.

    For packaging and rehearsals only: nothing says what changed, so everything is taken.
    """
    raise NotImplementedError
