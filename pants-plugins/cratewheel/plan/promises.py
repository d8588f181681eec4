"""What a wheel row of a plan promises of the system that its wheels run on."""

from __future__ import annotations

from typing import Optional

from cratewheel.errors import CratewheelError, Finding
from cratewheel.floors import Floor, check_compatibility
from cratewheel.plan.model import Row
from cratewheel.platforms import Platform, platform_for


def row_promise(row: Row) -> tuple[Platform, Optional[Floor]]:
    """The platform and the floor that a wheel row promises.

    Raises:
        CratewheelError: its target is no platform, or its floor is none or not the platform's.
    """
    platform = platform_for(row.target or "")
    floor = check_compatibility(platform, row.compatibility, row.artifact_name)
    if isinstance(floor, Finding):
        raise CratewheelError(floor)
    return platform, floor
