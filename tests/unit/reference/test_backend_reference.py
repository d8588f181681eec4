"""The pages about targets and options are what the backend says, and examples use what there is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from markdown_pages import WRITE_AGAIN, code_blocks, read
from pants.engine.unions import UnionMembership

from pants_cratewheel.build_objects import ABI_PARAMETERS, PLATFORM_PARAMETERS
from pants_cratewheel.reference import OPTIONS_PAGE, TARGETS_PAGE, pages
from pants_cratewheel.register import target_types

KEYWORDS = {
    "wheel_platform": set(PLATFORM_PARAMETERS),
    "wheel_abi": set(ABI_PARAMETERS),
    **{
        target_type.alias: {
            "name",
            *(field.alias for field in target_type.class_field_types(UnionMembership({}))),
        }
        for target_type in target_types()
    },
}


@pytest.mark.parametrize("page", [TARGETS_PAGE, OPTIONS_PAGE])
def test_page_is_what_the_backend_says(page: str) -> None:
    assert read(page) == pages()[page], WRITE_AGAIN


def calls(source: str) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def test_build_files_of_the_readme_use_targets_and_fields_that_exist() -> None:
    blocks = code_blocks(read("README.md"), "python")
    found = [call for block in blocks for call in calls(block)]
    assert {call.func.id for call in found if isinstance(call.func, ast.Name)} >= {
        "cargo_workspace",
        "crate_package",
        "maturin_wheel",
    }
    for call in found:
        assert isinstance(call.func, ast.Name)
        given = {keyword.arg for keyword in call.keywords}
        assert given <= KEYWORDS[call.func.id], call.func.id
