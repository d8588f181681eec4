"""The rows of a wheel's matrix: every platform with the build settings that hold for it.

Settings come from the target; a platform overrides them for its row, an ABI family for its pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Optional

from cratewheel.abis import AbiFamily, check_abi
from cratewheel.errors import CratewheelError, Finding
from cratewheel.floors import Floor, check_compatibility
from cratewheel.machines import LINKERS
from cratewheel.platforms import Platform, check_triple
from cratewheel.spelling import suggestion

PANTS = "pants"
WORKFLOW = "workflow"

Overrides = tuple[tuple[str, Any], ...]

#: What tells the wheel rows of one target apart: the triple and, where there is one, the floor.
RowKey = tuple[str, Optional[str]]


def promise_title(triple: str, floor: Optional[str]) -> str:
    """What people are told the promise of a wheel row by: the triple and the floor."""
    return f"{triple} ({floor})" if floor else triple


def row_title(package_id: str, triple: Optional[str], floor: Optional[str] = None) -> str:
    """What people are told a row by: its package and, of a wheel row, the triple and the floor.

    A triple can have several rows, which only their floors tell apart.
    """
    if triple is None:
        return package_id
    return f"{package_id} for {promise_title(triple, floor)}"


@dataclass(frozen=True)
class BuildSettings:
    """What a build field of the target says, for all rows or, after overriding, for one.

    `env` is a tuple of (name, value) pairs; the others are as in the BUILD file.
    """

    features: tuple[str, ...] = ()
    no_default_features: bool = False
    profile: str = "release"
    env: tuple[tuple[str, str], ...] = ()
    rustflags: tuple[str, ...] = ()
    cargo_args: tuple[str, ...] = ()
    maturin_args: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    interpreters: tuple[str, ...] = ()
    binaries: tuple[str, ...] = ()
    test_requires: tuple[str, ...] = ()
    test_command: Optional[str] = None
    compatibility: Optional[str] = None
    linker: Optional[str] = None


@dataclass(frozen=True)
class FamilySettings:
    """One ABI family of a row with its own settings."""

    family: AbiFamily
    settings: BuildSettings


@dataclass(frozen=True)
class WheelRow:
    """One platform of a wheel.

    Args:
        floor: what is promised of the system, None where there is no such promise (Windows).
        runner: the CI machine.
        built_by: `pants` or `workflow`.
        job: of a workflow row, the name of the job that builds it.
        environment: the Pants environment the row names, None for this machine.
        families: in the order they were declared.
    """

    platform: Platform
    floor: Optional[Floor]
    runner: str
    built_by: str
    settings: BuildSettings
    families: tuple[FamilySettings, ...]
    job: Optional[str] = None
    environment: Optional[str] = None

    @property
    def triple(self) -> str:
        """The row's target triple."""
        return self.platform.triple

    @property
    def key(self) -> RowKey:
        """What tells the row apart from the others of its target."""
        return self.triple, None if self.floor is None else str(self.floor)

    @property
    def tools(self) -> tuple[str, ...]:
        """The programs that the build scripts of the row and of its families need."""
        settings = (self.settings, *(each.settings for each in self.families))
        return tuple(dict.fromkeys(name for each in settings for name in each.tools))


_SETTINGS = tuple(field.name for field in fields(BuildSettings))
_PLATFORM_ONLY = ("runner", "built_by", "job", "abis", "environment")
_NOT_OF_AN_ABI = ("binaries", "test_requires", "test_command", "compatibility", "linker")
PLATFORM_KEYS = (*_SETTINGS, *_PLATFORM_ONLY)
ABI_KEYS = tuple(name for name in _SETTINGS if name not in _NOT_OF_AN_ABI)

_KINDS: Mapping[str, type] = {
    "no_default_features": bool,
    **dict.fromkeys(
        (
            *("profile", "test_command", "compatibility", "linker"),
            *("runner", "built_by", "job", "environment"),
        ),
        str,
    ),
}


def check_platforms(platforms: Iterable[tuple[Any, Overrides]], place: str) -> tuple[Finding, ...]:
    """What is wrong with the platforms of a target: triples, keys, values, duplicates; all at once.

    A triple may be there several times with different floors.

    Args:
        platforms: (triple, overrides) as in the BUILD file.
        place: the target and field, for the findings.
    """
    findings: list[Finding] = []
    seen: set[tuple[str, Optional[Floor]]] = set()
    for triple, overrides in platforms:
        here = f"{place}[{triple}]"
        if not isinstance(triple, str):
            findings.append(_wrong_value(place, f"a triple is a string, not {triple!r}"))
            continue
        platform = check_triple(triple, place)
        if isinstance(platform, Finding):
            findings.append(platform)
            continue
        findings += _check_overrides(overrides, PLATFORM_KEYS, here)
        values = dict(overrides)
        promised = values.get("compatibility")
        floor = check_compatibility(platform, promised if isinstance(promised, str) else None, here)
        if isinstance(floor, Finding):
            findings.append(floor)
        elif (triple, floor) in seen:
            findings.append(_twice(triple, floor, place))
        else:
            seen.add((triple, floor))
        if values.get("built_by", PANTS) not in (PANTS, WORKFLOW):
            findings.append(
                _wrong_value(here, f"built_by is {values['built_by']!r}", 'write "workflow"')
            )
        linker = values.get("linker")
        if isinstance(linker, str) and linker not in LINKERS:
            findings.append(
                _wrong_value(f"{here}.linker", f"linker is {linker!r}", suggestion(linker, LINKERS))
            )
        if "abis" in values:
            findings += check_abis(values["abis"], f"{here}.abis")
    return tuple(findings)


def check_interpreters(interpreters: Iterable[str], place: str) -> tuple[Finding, ...]:
    """What is wrong with the CPython versions of an `interpreters` field; all at once."""
    findings = []
    for version in interpreters:
        family = check_abi(version, place)
        if isinstance(family, Finding):
            findings.append(
                _wrong_value(place, f"`{version}` is not a version of CPython", family.mend)
            )
        elif family.kind != "cpython":
            findings.append(
                _wrong_value(place, f"`{version}` belongs into `abis`", "write one such as `3.12`")
            )
    return tuple(findings)


def check_abis(abis: Iterable[tuple[Any, Overrides]], place: str) -> tuple[Finding, ...]:
    """What is wrong with the ABI families of a target; all at once.

    Args:
        abis: (family, overrides) as in the BUILD file.
    """
    findings: list[Finding] = []
    seen: set[str] = set()
    for abi, overrides in abis:
        if not isinstance(abi, str):
            findings.append(_wrong_value(place, f"an ABI family is a string, not {abi!r}"))
            continue
        family = check_abi(abi, place)
        if isinstance(family, Finding):
            findings.append(family)
        elif family.name in seen:
            findings.append(
                Finding("CW-ABI-DUPLICATE", place, f"the ABI family {abi} is there twice")
            )
        else:
            seen.add(family.name)
        findings += _check_overrides(overrides, ABI_KEYS, f"{place}[{abi}]")
        exact = isinstance(family, AbiFamily) and family.python and not family.is_stable
        if exact and "interpreters" in dict(overrides):
            findings.append(
                _wrong_value(
                    f"{place}[{abi}].interpreters",
                    f"{abi} is built with the interpreter that it names",
                    "take `interpreters` out",
                )
            )
    return tuple(findings)


def resolve_rows(
    settings: BuildSettings,
    platforms: Iterable[tuple[str, Overrides]],
    abis: Optional[Iterable[tuple[str, Overrides]]],
    *,
    default_families: Callable[[BuildSettings], Iterable[str]] = lambda settings: (),
    environment: Optional[str] = None,
) -> tuple[WheelRow, ...]:
    """The rows of a target whose platforms and families were checked before.

    Args:
        settings: the target's own.
        abis: the families for platforms that name none; None where the target names none either.
        default_families: the families of a row when none are named, from the row's settings.

    Raises:
        CratewheelError: `CW-PLATFORM-DUPLICATE` when the target's floor makes two rows the same.
    """
    declared = None if abis is None else tuple(abis)
    rows = []
    for triple, overrides in platforms:
        platform = check_triple(triple)
        assert isinstance(platform, Platform)
        values = dict(overrides)
        own = _overridden(settings, values)
        wanted = own.compatibility
        if "compatibility" not in values and wanted is not None:
            # One floor on the target is for the platforms of its C library; others keep theirs.
            checked = check_compatibility(platform, wanted)
            wanted = None if isinstance(checked, Finding) else wanted
        floor = check_compatibility(platform, wanted)
        assert not isinstance(floor, Finding)
        families = values.get("abis", declared)
        if families is None:
            families = tuple((name, ()) for name in default_families(own))
        rows.append(
            WheelRow(
                platform=platform,
                floor=floor,
                runner=values.get("runner", platform.runner),
                built_by=values.get("built_by", WORKFLOW if platform.workflow_only else PANTS),
                settings=own,
                families=tuple(_family(own, *each) for each in families),
                job=values.get("job"),
                environment=values.get("environment", environment),
            )
        )
    # The target's own floor may be that of another entry.
    twice = [
        row for number, row in enumerate(rows) if row.key in [each.key for each in rows[:number]]
    ]
    if twice:
        raise CratewheelError(*(_twice(row.triple, row.floor, "platforms") for row in twice))
    return tuple(rows)


def _twice(triple: str, floor: Optional[Floor], place: str) -> Finding:
    promised = "" if floor is None else f" with the floor {floor}"
    message = f"the platform {triple} is there twice{promised}"
    return Finding("CW-PLATFORM-DUPLICATE", place, message)


def _family(settings: BuildSettings, abi: str, overrides: Overrides) -> FamilySettings:
    family = check_abi(abi)
    assert not isinstance(family, Finding)
    return FamilySettings(family, _overridden(settings, dict(overrides)))


def _overridden(settings: BuildSettings, values: Mapping[str, Any]) -> BuildSettings:
    known = {key: value for key, value in values.items() if key in _SETTINGS and value is not None}
    return replace(settings, **known)


def _check_overrides(overrides: Overrides, keys: tuple[str, ...], place: str) -> Iterable[Finding]:
    for key, value in overrides:
        if key not in keys:
            yield Finding(
                "CW-FIELD-UNKNOWN", place, f"there is no `{key}` here", suggestion(key, keys)
            )
        elif value is not None and not _fits(key, value):
            expected = "a list of strings"
            if key in _KINDS:
                expected = "True or False" if _KINDS[key] is bool else "a string"
            elif key == "env":
                expected = "a dictionary of strings"
            yield _wrong_value(f"{place}.{key}", f"expected {expected}, found {value!r}")
        elif value and key == "interpreters":
            yield from check_interpreters(value, f"{place}.{key}")


def _fits(key: str, value: Any) -> bool:
    if key in _KINDS:
        return isinstance(value, _KINDS[key])
    if not isinstance(value, tuple):
        return False
    if key == "env":
        return all(
            isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(s, str) for s in pair)
            for pair in value
        )
    return key == "abis" or all(isinstance(item, str) for item in value)


def _wrong_value(place: str, message: str, mend: str = "") -> Finding:
    return Finding("CW-FIELD-VALUE", place, message, mend)
