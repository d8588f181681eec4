"""`docs/reference/plan.md` says what every key of the plan file means, and of nothing else."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest
from markdown_pages import code_blocks, read, section, tables

from cratewheel.plan.model import (
    HeldPackage,
    Plan,
    PlannedFile,
    PlannedPackage,
    Resolution,
    Row,
    from_json,
    to_json,
)
from cratewheel.plan.recipes import Recipe
from cratewheel.plan.render.github import job_outputs

PAGE = "docs/reference/plan.md"


def documented(heading: str) -> list[str]:
    (rows,) = tables(section(read(PAGE), heading))
    assert all(meaning for _, meaning in rows)
    return [key.strip("`") for key, _ in rows]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("A package", PlannedPackage),
        ("A file", PlannedFile),
        ("A held package", HeldPackage),
        ("A row of the matrix", Row),
        ("A resolution", Resolution),
        ("A build", Recipe),
    ],
)
def test_every_field_is_documented(heading: str, kind: type) -> None:
    assert sorted(documented(heading)) == sorted(field.name for field in fields(kind))


def test_every_key_of_the_document_is_documented() -> None:
    assert documented("The document") == list(to_json(Plan()))


def test_every_job_output_is_documented() -> None:
    assert documented("For GitHub Actions") == list(job_outputs(Plan()))


def test_example_is_a_plan() -> None:
    (example,) = code_blocks(read(PAGE), "json")
    plan = from_json(json.loads(example), place=PAGE)
    assert [package.id for package in plan.packages] == ["crate:fastcsv", "wheel:fastcsv"]
    assert {row.id for row in plan.matrix} == {package.id for package in plan.packages}
    assert sum(len(package.files) for package in plan.packages) == len(plan.matrix)


def test_example_has_no_key_that_a_plan_has_not() -> None:
    (example,) = code_blocks(read(PAGE), "json")
    document = json.loads(example)
    assert set(document) <= set(to_json(Plan()))
    for package in document["packages"]:
        assert set(package) <= {field.name for field in fields(PlannedPackage)}
    for row in document["matrix"]["include"]:
        assert set(row) <= {field.name for field in fields(Row)}
