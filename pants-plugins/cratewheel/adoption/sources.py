"""How adopted values are written in a BUILD file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from cratewheel.adoption.wheel_sets import AdoptedPlatform, AdoptedWheels


def wheel_fields(
    wheels: AdoptedWheels, jobs: Mapping[str, str] = MappingProxyType({})
) -> Mapping[str, str]:
    """The source of the fields of a `maturin_wheel` that makes these wheels.

    Args:
        jobs: by triple, the job that keeps its rows, as people name it.
    """
    abis = wheels.common_abis
    platforms = [_platform(each, abis, jobs) for each in wheels.platforms]
    fields = {"platforms": _lines(platforms)}
    if abis != ("bin",):
        fields["abis"] = "[" + ", ".join(map(_text, abis)) + "]"
    if not wheels.sdist:
        fields["sdist"] = "False"
    return fields


def text_field(value: str) -> str:
    """The source of a string."""
    return _text(value)


def _platform(platform: AdoptedPlatform, abis: Sequence[str], jobs: Mapping[str, str]) -> str:
    overrides = []
    if platform.compatibility is not None:
        overrides.append(f"compatibility={_text(platform.compatibility)}")
    if tuple(platform.abis) != tuple(abis):
        overrides.append("abis=[" + ", ".join(map(_text, platform.abis)) + "]")
    job = jobs.get(platform.triple, "")
    if platform.workflow_only or job:
        overrides.append('built_by="workflow"')
        if job:
            overrides.append(f"job={_text(job)}")
    if not overrides:
        return _text(platform.triple)
    return f"wheel_platform({', '.join((_text(platform.triple), *overrides))})"


def _lines(items: Sequence[str]) -> str:
    return "[\n" + "".join(f"        {item},\n" for item in items) + "    ]"


def _text(value: str) -> str:
    return json.dumps(value)
