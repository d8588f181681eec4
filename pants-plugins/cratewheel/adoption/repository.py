"""Adopting the repository of a checkout: what is read for it, and the rows there are afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Optional

from cratewheel.adoption.proposal import AdoptedRow, ExistingPackage, Proposal, propose
from cratewheel.git import Git
from cratewheel.plan.inputs import RegistryFacts
from cratewheel.plan.package import ReleasePackage
from cratewheel.platforms import platform_for
from cratewheel.wheel_rows import PANTS
from cratewheel.workflows.own_rows import OwnRow


def adopt(
    root: Path,
    git: Git,
    packages: Sequence[ReleasePackage],
    facts: Mapping[str, RegistryFacts],
    jobs: Mapping[str, str],
) -> Proposal:
    """What adopting the project in `root` writes.

    Args:
        facts: what the registry of each package says, by id.
        jobs: by triple, the job that has built what cratewheel cannot.
    """
    existing = tuple(
        ExistingPackage(
            each.id,
            each.kind,
            each.name,
            each.address,
            each.version,
            each.tag_format,
            each.version_group,
            facts[each.id].versions,
        )
        for each in packages
    )
    directories = {each.address.partition(":")[0].lstrip("/") for each in packages}
    paths = [os.path.join(each, name) for each in directories for name in ("BUILD", "BUILD.pants")]
    build_files = {path: text for path in paths if (text := text_of(root / path)) is not None}
    code, output, _ = git.attempt(["tag", "--list"])
    return propose(
        existing,
        output.decode().split() if code == 0 else (),
        build_files,
        text_of(root / "pants.toml") or "",
        is_reachable=lambda tag: git.attempt(["merge-base", "--is-ancestor", tag, "HEAD"])[0] == 0,
        jobs=jobs,
    )


def rows_after(
    packages: Iterable[ReleasePackage], proposal: Proposal
) -> Iterator[tuple[str, AdoptedRow]]:
    """(package id, row) of every wheel, as the BUILD files say once the proposal is written."""
    for package in packages:
        written = proposal.rows.get(package.id)
        declared = (
            AdoptedRow(row.target, row.built_by, row.job)
            for row in package.rows
            if row.target is not None
        )
        for row in declared if written is None else written:
            yield package.id, row


def own_rows(rows: Iterable[tuple[str, AdoptedRow]]) -> tuple[OwnRow, ...]:
    """Those of `rows_after` that the project builds itself: each once, whatever floors it has."""
    return tuple(
        dict.fromkeys(
            OwnRow(package_id, row.triple, row.job)
            for package_id, row in rows
            if row.built_by != PANTS
        )
    )


def any_on_windows(rows: Iterable[tuple[str, AdoptedRow]]) -> bool:
    """Whether cratewheel builds one of `rows_after` on Windows."""
    return any(
        row.built_by == PANTS and platform_for(row.triple).os == "windows" for _, row in rows
    )


def text_of(path: Path) -> Optional[str]:
    """The text of a file, None where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
