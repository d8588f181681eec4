"""The pages about targets and options are what the backend says, and examples use what there is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from document_blocks import blocks
from markdown_pages import PAGES, WRITE_AGAIN, read
from pants.engine.unions import UnionMembership

from pants_cratewheel.build_objects import ABI_PARAMETERS, PLATFORM_PARAMETERS
from pants_cratewheel.reference import OPTIONS_PAGE, TARGETS_PAGE, pages
from pants_cratewheel.register import target_types

KEYWORDS: dict[str, set[str]] = {
    # Pants' own.
    "python_tests": set(),
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


@pytest.mark.parametrize("page", PAGES)
def test_build_files_of_a_page_use_targets_and_fields_that_exist(page: str) -> None:
    sources = [block.text for block in blocks(read(page)) if block.language == "python"]
    for call in (call for source in sources for call in calls(source)):
        assert isinstance(call.func, ast.Name)
        given = {keyword.arg for keyword in call.keywords}
        assert given <= KEYWORDS[call.func.id], call.func.id
