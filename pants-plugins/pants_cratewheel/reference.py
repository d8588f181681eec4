"""The reference pages of what this backend adds to Pants, as Markdown.

Run as a program it writes every reference page into the checkout it is started in:
`./pants run docs:reference`.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any, Iterable, Iterator, Mapping, Type

from pants.engine.target import (
    BoolField,
    DictStringToStringField,
    Field,
    MultipleSourcesField,
    SequenceField,
    StringField,
    StringSequenceField,
    Target,
)
from pants.engine.unions import UnionMembership
from pants.option.option_types import OptionsInfo, collect_options_info
from pants.option.subsystem import Subsystem
from pants.util.strutil import strval

from cratewheel.codes import CODES
from cratewheel.plan.schema import SCHEMA_PAGE, render_schema
from cratewheel.reference import ERRORS_PAGE, render_errors, table
from pants_cratewheel.build_objects import ABI_PARAMETERS, PLATFORM_PARAMETERS
from pants_cratewheel.goals.release import ReleaseSubsystem
from pants_cratewheel.goals.release_doctor import ReleaseDoctorSubsystem
from pants_cratewheel.goals.release_init import ReleaseInitSubsystem
from pants_cratewheel.goals.release_plan import ReleasePlanSubsystem
from pants_cratewheel.goals.release_repair import ReleaseRepairSubsystem
from pants_cratewheel.goals.release_status import ReleaseStatusSubsystem
from pants_cratewheel.options import (
    BuildRootsSubsystem,
    CargoSubsystem,
    CratewheelSubsystem,
    MaturinSubsystem,
    MaturinZigSubsystem,
    PublisherSubsystem,
)
from pants_cratewheel.target_types import (
    CargoWorkspaceTarget,
    CratePackageTarget,
    MaturinWheelTarget,
)

TARGETS_PAGE = "docs/reference/targets.md"
OPTIONS_PAGE = "docs/reference/options.md"

_TARGETS = (CargoWorkspaceTarget, CratePackageTarget, MaturinWheelTarget)
_OPTIONS = (CratewheelSubsystem, CargoSubsystem)
_GOALS = (
    ReleasePlanSubsystem,
    ReleaseSubsystem,
    ReleaseStatusSubsystem,
    ReleaseRepairSubsystem,
    ReleaseInitSubsystem,
    ReleaseDoctorSubsystem,
    BuildRootsSubsystem,
)
_TOOLS = (MaturinSubsystem, MaturinZigSubsystem, PublisherSubsystem)

# Pants' own help for these is about Pants in general.
_OF_PANTS: Mapping[str, str] = {
    "dependencies": "Further targets that this one needs, by address; the rest is inferred from the "
    "manifests. What is named here also ships this package when it changes, and is published before "
    "it. `!address` takes an inferred one away.",
    "description": "A description for people.",
    "environment": "The Pants environment that `pants package` builds in.",
    "tags": "Words to select targets by, with `pants --tag=…`.",
}

# The keywords of `wheel_platform` that are no field of the target.
_OF_A_PLATFORM: Mapping[str, str] = {
    "runner": "The CI machine of the row, as `runs-on` names it. Default: a pinned image for the platform, "
    "which the plan names.",
    "built_by": '`"workflow"` for a row that the project builds in its own way; it stays in the plan, and '
    "Pants does not build it.",
    "job": "The name of the job that builds a workflow row.",
    "linker": '`"native"` for the C compiler of the machine, `"cross"` for a cross compiler on PATH, `"zig"` '
    "for zig, and no other: a machine that does not link the row so does not build it. Default: the first of "
    "them, in this order, that is there and keeps the row's floor.",
}

_TARGETS_HEAD = """\
# Targets

What a BUILD file can say. `pants tailor ::` writes the targets of a repository that has none, and
`pants help crate_package` prints the same as this page. Every field can be left out.
"""

_OBJECTS_HEAD = """\
## `wheel_platform` and `wheel_abi`

`wheel_platform(triple, …)` stands for a triple in `platforms`, `wheel_abi(family, …)` for a family in
`abis`. A plain string is the same without overrides. Every keyword replaces the field of the same name
for that platform or family alone.
"""

_OPTIONS_HEAD = """\
# Options

Set in `pants.toml`, under the scope that heads the section, or on the command line as
`--SCOPE-OPTION=VALUE`. The options of a goal follow its name: `pants release-plan --offline ::`.
"""

_TOOLS_HEAD = """\
## Tools

Pinned by locks that come with the backend. Each scope has the options of every Python tool of Pants
(`pants help-advanced maturin`), with which another version is chosen.
"""


def pages() -> Mapping[str, str]:
    """Every reference page by its path in the repository."""
    return {
        ERRORS_PAGE: render_errors(CODES),
        OPTIONS_PAGE: render_options(),
        SCHEMA_PAGE: render_schema(),
        TARGETS_PAGE: render_targets(),
    }


def render_targets() -> str:
    """The page of the targets, their fields and the objects that go into them."""
    return "\n".join((_TARGETS_HEAD, *(_target_section(each) for each in _TARGETS), _objects()))


def render_options() -> str:
    """The page of the options of this backend and of its goals."""
    tools = table(
        ("Scope", "Default", "What it is"),
        (
            (f"`[{each.options_scope}]`", f"`{each.default_version}`", strval(each.help))
            for each in _TOOLS
        ),
    )
    return "\n".join(
        (
            _OPTIONS_HEAD,
            *(_options_section(f"`[{each.options_scope}]`", each) for each in _OPTIONS),
            *(_options_section(f"`pants {each.name}`", each) for each in _GOALS),
            f"{_TOOLS_HEAD}\n{tools}",
        )
    )


def _target_section(target_type: Type[Target]) -> str:
    fields = sorted(
        target_type.class_field_types(UnionMembership({})), key=lambda field: field.alias
    )
    rows = (
        (f"`{field.alias}`", _field_kind(field), _value(field.default), _field_help(field))
        for field in fields
    )
    head = ("Field", "Kind", "Default", "Meaning")
    return f"## `{target_type.alias}`\n\n{strval(target_type.help)}\n\n{table(head, rows)}"


def _field_help(field: Type[Field]) -> str:
    if field.__module__.startswith("pants."):
        return _OF_PANTS[field.alias]
    return strval(field.help)


def _field_kind(field: Type[Field]) -> str:
    if issubclass(field, BoolField):
        return "bool"
    if issubclass(field, DictStringToStringField):
        return "dict of strings"
    if issubclass(field, (MultipleSourcesField, StringSequenceField)):
        return "list of strings"
    if issubclass(field, SequenceField):
        return field.expected_type_description
    assert issubclass(field, StringField), field
    return "string"


def _objects() -> str:
    fields = {
        field.alias: field for field in MaturinWheelTarget.class_field_types(UnionMembership({}))
    }
    rows = (
        (
            f"`{name}`",
            "yes",
            "yes" if name in ABI_PARAMETERS else "no",
            f"as the field `{name}`" if name in fields else _OF_A_PLATFORM[name],
        )
        for name in sorted({**PLATFORM_PARAMETERS, **ABI_PARAMETERS})
    )
    head = ("Keyword", "`wheel_platform`", "`wheel_abi`", "Meaning")
    return f"{_OBJECTS_HEAD}\n{table(head, rows)}"


def _options_section(title: str, subsystem: Type[Subsystem]) -> str:
    rows = (_option_row(option) for option in _own_options(subsystem))
    head = ("Option", "Values", "Default", "Meaning")
    return f"## {title}\n\n{strval(subsystem.help)}\n\n{table(head, rows)}"


def _own_options(subsystem: Type[Subsystem]) -> Iterator[OptionsInfo]:
    yield from sorted(collect_options_info(subsystem), key=lambda option: option.flag_names)


def _option_row(option: OptionsInfo) -> tuple[str, ...]:
    kind: Any = option.flag_options["type"]
    name = option.flag_names[0].lstrip("-").replace("-", "_")
    values = {bool: "bool", str: "string", list: "list of strings"}.get(kind, "")
    if issubclass(kind, Enum):
        values = ", ".join(f"`{each.value}`" for each in kind)
    return (
        f"`{name}`",
        values,
        _value(option.flag_options["default"]),
        strval(option.flag_options["help"]),
    )


def _value(value: Any) -> str:
    """A default as one writes it; nothing where there is none or the text has to say more."""
    if isinstance(value, Enum):
        return f"`{value.value}`"
    if isinstance(value, str) and value.startswith("https://"):
        # The page is read by people: the name of the registry says more than its address.
        return value[len("https://") :]
    if isinstance(value, str):
        return f'`"{value}"`' if value else ""
    if isinstance(value, (list, tuple)):
        return f"`[{', '.join(_quoted(value))}]`" if value else ""
    return "" if value is None else f"`{value}`"


def _quoted(values: Iterable[str]) -> Iterator[str]:
    return (f'"{each}"' for each in values)


if __name__ == "__main__":
    for page, content in pages().items():
        Path(page).parent.mkdir(parents=True, exist_ok=True)
        Path(page).write_text(content, encoding="utf-8")
