"""`docs/reference/plan.md` says what every key of the plan file means, and of nothing else."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from markdown_pages import WRITE_AGAIN, code_blocks, read, section, tables

from cratewheel.errors import CratewheelError
from cratewheel.plan.model import (
    HeldPackage,
    Plan,
    PlannedFile,
    PlannedPackage,
    Resolution,
    Row,
    UnfinishedRelease,
    dumps,
    from_json,
    to_json,
)
from cratewheel.plan.recipes import Recipe
from cratewheel.plan.render.github import job_outputs
from cratewheel.plan.schema import SCHEMA_PAGE, render_schema

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
        ("An unfinished release", UnfinishedRelease),
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


def test_the_schema_is_what_the_code_says() -> None:
    assert read(SCHEMA_PAGE) == render_schema(), WRITE_AGAIN


def plans() -> dict[str, Any]:
    (example,) = code_blocks(read(PAGE), "json")
    golden = read("tests/unit/plan/golden_plan.json")
    return {
        "example": json.loads(example),
        "golden": json.loads(golden),
        "empty": json.loads(dumps(Plan())),
    }


@pytest.mark.parametrize("which", ["example", "golden", "empty"])
def test_plans_are_valid_by_the_schema(which: str) -> None:
    schema = json.loads(read(SCHEMA_PAGE))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(plans()[which])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_schema_and_the_reader_take_the_same(data: st.DataObject) -> None:
    document = plans()["golden"]
    del document["digest"]
    holder: Any = document
    while True:
        key = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else [0]))
        if not isinstance(holder[key], (dict, list)) or not holder[key] or data.draw(st.booleans()):
            break
        holder = holder[key]
    if data.draw(st.booleans()) and isinstance(holder, dict):
        del holder[key]
    else:
        holder[key] = data.draw(
            st.sampled_from([None, True, 1, 2, "x", [], {}, ["x"], [1], {"x": "y"}, {"x": 1}, [{}]])
        )
    valid = Draft202012Validator(json.loads(read(SCHEMA_PAGE))).is_valid(document)
    try:
        from_json(document, place=PAGE)
        taken = True
    except CratewheelError:
        taken = False
    assert taken == valid


def test_example_has_no_key_that_a_plan_has_not() -> None:
    (example,) = code_blocks(read(PAGE), "json")
    document = json.loads(example)
    assert set(document) <= set(to_json(Plan()))
    for package in document["packages"]:
        assert set(package) <= {field.name for field in fields(PlannedPackage)}
    for row in document["matrix"]["include"]:
        assert set(row) <= {field.name for field in fields(Row)}
