"""What an existing project's BUILD files and pants.toml should say, with the reason for each line.

What a person has written is never replaced; the platforms that `pants tailor` gives every wheel are.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Optional

import tomlkit

from cratewheel.adoption.build_files import find_field, with_fields
from cratewheel.adoption.sources import text_field, wheel_fields
from cratewheel.adoption.tag_schemes import (
    TaggedPackage,
    TagScheme,
    shared_schemes,
    tag_schemes,
)
from cratewheel.adoption.wheel_sets import AdoptedPlatform, adopt_wheels
from cratewheel.plan.inputs import PublishedVersion
from cratewheel.project import CRATE
from cratewheel.tags import default_format
from cratewheel.tailor import DEFAULT_PLATFORMS
from cratewheel.versions import parse_version
from cratewheel.wheel_rows import PANTS, WORKFLOW

_ALIASES = {"crate": "crate_package", "wheel": "maturin_wheel"}


@dataclass(frozen=True)
class ExistingPackage:
    """A package as it is declared and as it was released.

    Args:
        address: of its target.
        manifest: the version in its manifest.
        tag_format, version_group: what its target says already.
        released: the versions that its registry has; None where it was not reached.
    """

    id: str
    kind: str
    name: str
    address: str
    manifest: Optional[str]
    tag_format: Optional[str]
    version_group: Optional[str]
    released: Optional[Sequence[PublishedVersion]]


@dataclass(frozen=True)
class AdoptedRow:
    """A platform as it has been written.

    Args:
        built_by: `pants` or `workflow`.
        job: the job that builds it in the project's own way, empty where nobody said.
    """

    triple: str
    built_by: str
    job: str = ""


@dataclass(frozen=True)
class Proposal:
    """Files as they should be, and sentences on why and on what could not be said.

    Args:
        files: the text of every file that changes, by path.
        rows: by package id, the rows of the wheels whose `platforms` change.
    """

    files: Mapping[str, str]
    notes: tuple[str, ...]
    rows: Mapping[str, tuple[AdoptedRow, ...]] = field(default_factory=dict, hash=False)


def propose(
    packages: Sequence[ExistingPackage],
    tags: Collection[str],
    build_files: Mapping[str, str],
    pants_toml: str,
    *,
    is_reachable: Callable[[str], bool],
    jobs: Mapping[str, str] = MappingProxyType({}),
) -> Proposal:
    """What adopting a project writes.

    Args:
        tags: every tag of the repository, on whatever branch.
        build_files: the text of the BUILD file of each package, by path.
        is_reachable: whether a tag is on the history of HEAD.
        jobs: by triple, the job that has built what cratewheel cannot, as people name it.
    """
    tagged = [
        TaggedPackage(
            each.id,
            each.kind,
            each.name,
            each.manifest,
            tuple(version.version for version in each.released or ()),
        )
        for each in packages
        # What its registry has never seen has not been tagged either, whatever tags are called.
        if each.released is None or each.released
    ]
    schemes = tag_schemes(tagged, tags)
    notes: list[str] = []
    fields: dict[str, dict[str, str]] = {each.id: {} for each in packages}
    _add_tags(packages, schemes, fields, notes)
    platforms = {
        package.id: _add_wheels(package, fields[package.id], notes, jobs)
        for package in packages
        if package.kind != CRATE
    }
    texts = dict(build_files)
    rows: dict[str, tuple[AdoptedRow, ...]] = {}
    for package in packages:
        path = _build_file(package.address, texts)
        if path is None:
            continue
        before = texts[path]
        wanted = _wanted(before, package, fields[package.id], notes)
        texts[path] = with_fields(before, _ALIASES[package.kind], _name(package), wanted)
        if "platforms" in wanted and texts[path] != before:
            rows[package.id] = _rows(platforms[package.id], jobs)
    options = _options(schemes, is_reachable, notes)
    files = {path: text for path, text in texts.items() if text != build_files[path]}
    changed = _with_options(pants_toml, options)
    if changed != pants_toml:
        files["pants.toml"] = changed
    return Proposal(files, tuple(notes), rows)


def _add_tags(
    packages: Sequence[ExistingPackage],
    schemes: Mapping[str, TagScheme],
    fields: Mapping[str, dict[str, str]],
    notes: list[str],
) -> None:
    by_id = {each.id: each for each in packages}
    crates = {each.name for each in packages if each.kind == CRATE}
    groups: dict[str, str] = {}
    for tag_format, ids in shared_schemes(schemes).items():
        # One tag for several packages can only mean that they have one version.
        group = next((by_id[each].version_group for each in ids if by_id[each].version_group), None)
        for each in ids:
            groups[each] = group or by_id[ids[0]].name
        notes.append(f"{' and '.join(ids)} share their tags, {tag_format}: one version group")
    for package in packages:
        scheme = schemes.get(package.id)
        if scheme is None:
            continue
        group = package.version_group or groups.get(package.id)
        if package.id in groups and package.version_group is None:
            fields[package.id]["version_group"] = text_field(groups[package.id])
        default = default_format(package.kind, package.name, group, crates)
        if package.tag_format is None and scheme.tag_format != default:
            fields[package.id]["tag_format"] = text_field(scheme.tag_format)
            notes.append(
                f"{package.id}: tagged {scheme.tag_format} so far, "
                f"last {scheme.tags[scheme.versions[-1]]}"
            )


def _add_wheels(
    package: ExistingPackage, fields: dict[str, str], notes: list[str], jobs: Mapping[str, str]
) -> tuple[AdoptedPlatform, ...]:
    """The platforms of its newest release, which the fields are made to say."""
    found = [
        (version, each)
        for each in package.released or ()
        if (version := parse_version(each.version)) is not None and each.files
    ]
    if not found:
        return ()
    # A candidate or a withdrawn release may well have had other wheels than what people install.
    newest, release = max(
        found, key=lambda each: (not each[1].yanked, not each[0].is_prerelease, each[0])
    )
    wheels = adopt_wheels(release.files)
    if not wheels.platforms:
        return ()
    fields.update(wheel_fields(wheels, jobs))
    notes.append(f"{package.id}: the wheels of its release {newest}, {len(release.files)} files")
    notes += (f"{package.id}: {note}" for note in wheels.notes)
    notes += (
        f"{package.id}: {platform.triple} stays with the job {jobs[platform.triple]}"
        for platform in wheels.platforms
        if platform.triple in jobs
    )
    return wheels.platforms


def _rows(platforms: Iterable[AdoptedPlatform], jobs: Mapping[str, str]) -> tuple[AdoptedRow, ...]:
    return tuple(
        AdoptedRow(
            each.triple,
            WORKFLOW if each.workflow_only or each.triple in jobs else PANTS,
            jobs.get(each.triple, ""),
        )
        for each in platforms
    )


def _wanted(
    text: str, package: ExistingPackage, fields: Mapping[str, str], notes: list[str]
) -> Mapping[str, str]:
    """The fields that are to be written: those that nobody has written already."""
    wanted = {}
    for name, source in fields.items():
        there = find_field(text, _ALIASES[package.kind], _name(package), name)
        if there is None or (name == "platforms" and _is_tailored(there)):
            wanted[name] = source
        elif "".join(there.split()) != "".join(source.split()):
            notes.append(f"{package.id}: `{name}` is written already and stays as it is")
    return wanted


def _name(package: ExistingPackage) -> str:
    return package.address.rpartition(":")[2]


def _is_tailored(source: str) -> bool:
    plain = "".join(source.split()).replace(",]", "]").replace(",)", ")").strip("[]()")
    return plain == ",".join(f'"{each}"' for each in DEFAULT_PLATFORMS)


def _options(
    schemes: Mapping[str, TagScheme], is_reachable: Callable[[str], bool], notes: list[str]
) -> Mapping[str, str]:
    options = {}
    bumped = sorted(each for each, scheme in schemes.items() if scheme.bumped)
    lagging = sorted(each for each, scheme in schemes.items() if scheme.bumped is False)
    if bumped and lagging:
        # A raised manifest is obeyed either way; a lagging one would never ship again.
        notes.append(
            f"somebody raises the manifests of {', '.join(bumped)}, nobody those of "
            f"{', '.join(lagging)}: versions come from trailers, and a raised manifest is obeyed"
        )
    elif bumped:
        options["versioning"] = "manifest"
        notes.append(f"the manifests have kept up with the tags of {', '.join(bumped)}")
    elsewhere = {
        scheme.tags[scheme.versions[-1]]
        for scheme in schemes.values()
        if not is_reachable(scheme.tags[scheme.versions[-1]])
    }
    if elsewhere:
        options["tags"] = "all"
        notes.append(f"released from another branch: {', '.join(sorted(elsewhere))}")
    return options


def _with_options(pants_toml: str, options: Mapping[str, str]) -> str:
    document = tomlkit.parse(pants_toml)
    section = document.get("cratewheel")
    lacking = {key: value for key, value in options.items() if key not in (section or {})}
    if not lacking:
        return pants_toml
    if section is None:
        section = tomlkit.table()
        document["cratewheel"] = section
    for key, value in lacking.items():
        section[key] = value
    return tomlkit.dumps(document)


def _build_file(address: str, texts: Mapping[str, str]) -> Optional[str]:
    directory = address.partition(":")[0].lstrip("/")
    for name in ("BUILD", "BUILD.pants"):
        path = posixpath.join(directory, name)
        if path in texts:
            return path
    return None
