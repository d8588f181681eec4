"""How a package's release tags are spelled, and how a version is read back from one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Optional

from cratewheel.errors import Finding, raise_all
from cratewheel.plan.package import ReleasePackage
from cratewheel.versions import Version, parse_version

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# Versions of every spelling: two formats collide when one reads a tag that the other writes.
_PROBES = ("0.1.0", "10.20.30", "1.2.0-rc.1", "1.2.0rc1")
# `git check-ref-format`, as far as a tag of ours can break it.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[-/.]|/\.|\.lock(/|$)|[/.]$")


@dataclass(frozen=True)
class TagFormat:
    """A package's own tag spelling: a fixed text before and after the version.

    Args:
        kind: `crate` or `wheel`: whether versions in it are spelled in SemVer or PEP 440. Both
            spellings are read.
    """

    prefix: str
    suffix: str
    kind: str

    def tag(self, version: Version) -> Optional[str]:
        """The tag of a version; None when the version has no spelling here."""
        spelling = version.spelled_for(self.kind)
        return None if spelling is None else f"{self.prefix}{spelling}{self.suffix}"

    def version(self, tag: str) -> Optional[Version]:
        """The version that a tag names; None when the tag is not of this format."""
        if len(tag) <= len(self.prefix) + len(self.suffix):
            return None
        if not (tag.startswith(self.prefix) and tag.endswith(self.suffix)):
            return None
        return parse_version(tag[len(self.prefix) : len(tag) - len(self.suffix)])


def resolve_formats(packages: Sequence[ReleasePackage]) -> Mapping[str, TagFormat]:
    """The tag format of every package, by id.

    The placeholders are `{version}`, `{name}` and `{group}`. A package that sets none has
    `{name}-v{version}`; a wheel that shares its name with a crate has `{name}-py-v{version}`; the
    members of a version group have what one of them sets, else `{group}-v{version}`. A tag that a
    crate shares with a wheel spells the version in SemVer.

    Raises:
        CratewheelError: `CW-TAG-FORMAT` for formats that cannot be read back or that git does not
            take, `CW-TAG-COLLISION` for packages whose tags could not be told apart. All at once.
    """
    crates = {package.name for package in packages if package.kind == "crate"}
    shared: dict[str, str] = {}
    for package in packages:
        if package.version_group and package.tag_format:
            shared.setdefault(package.version_group, package.tag_format)
    findings: list[Finding] = []
    templates: dict[str, str] = {}
    for package in packages:
        template = package.tag_format
        if template is None and package.version_group:
            template = shared.get(package.version_group, "{group}-v{version}")
        elif template is None:
            template = _own_default(package.kind, package.name, crates)
        fault = format_fault(template, package.name, package.version_group, package.kind)
        if fault:
            findings.append(
                Finding("CW-TAG-FORMAT", f"{package.address}: tag_format", f"{template!r} {fault}")
            )
        else:
            templates[package.id] = _filled(template, package.name, package.version_group)
    semver = {templates[p.id] for p in packages if p.kind == "crate" and p.id in templates}
    formats: dict[str, TagFormat] = {}
    for package_id, template in templates.items():
        prefix, suffix = template.split("{version}")
        formats[package_id] = TagFormat(prefix, suffix, "crate" if template in semver else "wheel")
    findings += _collisions([package for package in packages if package.id in formats], formats)
    raise_all(findings)
    return formats


def default_format(kind: str, name: str, group: Optional[str], crates: Collection[str]) -> str:
    """How a package is tagged that says nothing of it, with `{version}` for the version.

    Args:
        kind: `crate` or `wheel`.
        name: the released name.
        group: the `version_group`, none of whose members says anything of it either.
        crates: the released names of all crates.
    """
    template = "{group}-v{version}" if group else _own_default(kind, name, crates)
    return _filled(template, name, group)


def _own_default(kind: str, name: str, crates: Collection[str]) -> str:
    twin = kind == "wheel" and name in crates
    return "{name}-py-v{version}" if twin else "{name}-v{version}"


def format_fault(template: str, name: str, group: Optional[str], kind: str) -> str:
    """Why a `tag_format` cannot work, one clause; "" when it can.

    Args:
        name: the released name.
        group: the `version_group`.
        kind: `crate` or `wheel`.
    """
    placeholders = _PLACEHOLDER.findall(template)
    unknown = sorted({name for name in placeholders if name not in ("version", "name", "group")})
    if unknown:
        return f"has the placeholder {{{unknown[0]}}}; known are {{version}}, {{name}}, {{group}}"
    if placeholders.count("version") != 1:
        return "must have {version} exactly once, or no version could be read from a tag"
    if "group" in placeholders and not group:
        return "has {group}, and the target has no version_group"
    filled = _filled(template, name, group)
    if "{" in filled.replace("{version}", "") or "}" in filled.replace("{version}", ""):
        return "has a brace that is no placeholder"
    prefix, suffix = filled.split("{version}")
    if prefix[-1:].isdigit() or suffix[:1].isalnum():
        return "runs into the version, so that none could be read from a tag"
    fmt = TagFormat(prefix, suffix, kind)
    for probe in _PROBES:
        version = parse_version(probe)
        assert version is not None
        tag = fmt.tag(version)
        if tag is None or fmt.version(tag) != version:
            return "runs into the version, so that none could be read from a tag"
        if _FORBIDDEN.search(tag):
            return f"gives {tag!r}, which git does not take for a tag"
    return ""


def _filled(template: str, name: str, group: Optional[str]) -> str:
    return template.replace("{name}", name).replace("{group}", group or "")


def _collisions(
    packages: Sequence[ReleasePackage], formats: Mapping[str, TagFormat]
) -> list[Finding]:
    # Packages of one group may share a format; so only one package of each (group, format) counts.
    distinct: dict[tuple[object, TagFormat], ReleasePackage] = {}
    for package in packages:
        group = ("group", package.version_group) if package.version_group else package.id
        distinct.setdefault((group, formats[package.id]), package)
    written: dict[str, ReleasePackage] = {}
    findings = []
    suspects: list[tuple[ReleasePackage, ReleasePackage]] = []
    for package in distinct.values():
        version = parse_version(_PROBES[0])
        assert version is not None
        tag = formats[package.id].tag(version)
        assert tag is not None
        if tag in written:
            suspects.append((written[tag], package))
        written.setdefault(tag, package)
    # Formats of different prefixes collide only where one prefix continues the other.
    by_prefix = sorted(written.values(), key=lambda package: formats[package.id].prefix)
    open_prefixes: list[ReleasePackage] = []
    for package in by_prefix:
        prefix = formats[package.id].prefix
        while open_prefixes and not prefix.startswith(formats[open_prefixes[-1].id].prefix):
            open_prefixes.pop()
        suspects += [
            (other, package)
            for other in open_prefixes
            if _read_each_other(formats[other.id], formats[package.id])
        ]
        open_prefixes.append(package)
    for first, second in suspects:
        if first.version_group and first.version_group == second.version_group:
            continue
        findings.append(
            Finding(
                "CW-TAG-COLLISION",
                f"{second.address}: tag_format",
                f"tags of {second.id} could not be told from those of {first.id} "
                f"({first.address}), such as {_example(formats[second.id])}",
            )
        )
    return findings


def _example(fmt: TagFormat) -> str:
    return f"{fmt.prefix}{_PROBES[0]}{fmt.suffix}"


def _read_each_other(first: TagFormat, second: TagFormat) -> bool:
    for writer, reader in ((first, second), (second, first)):
        for probe in _PROBES:
            version = parse_version(probe)
            assert version is not None
            tag = writer.tag(version)
            if tag is not None and reader.version(tag) is not None:
                return True
    return False
