from __future__ import annotations

import pytest
from wheel_building import METADATA, Built

from cratewheel.artifacts.metadata import metadata_faults, pypi_faults
from cratewheel.artifacts.wheel import read_wheel


def fields(text: str) -> list[str]:
    return [fault.field for fault in pypi_faults(METADATA + text)]


def test_right_metadata_has_no_fault(program: Built) -> None:
    built = read_wheel(program.wheel).metadata
    assert built is not None
    for text in (METADATA, built):
        assert metadata_faults(text) == ()
        assert pypi_faults(text) == ()


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Metadata-Version: 2.4\nVersion: 1\n", "name"),
        ("Metadata-Version: 2.4\nName: a\nVersion: one\n", "version"),
        ("Metadata-Version: 9.9\nName: a\nVersion: 1\n", "metadata-version"),
        ("Metadata-Version: 2.4\nName: -a-\nVersion: 1\n", "name"),
        (f"{METADATA}Requires-Dist: ???\n", "requires-dist"),
        (METADATA.replace("MIT", "Not A Licence"), "license-expression"),
        (f"{METADATA}License-File: ../LICENSE\n", "license-file"),
    ],
)
def test_what_the_specification_forbids_is_said_by_field(text: str, field: str) -> None:
    assert [fault.field for fault in metadata_faults(text)] == [field]


def test_all_faults_are_said_at_once() -> None:
    faults = metadata_faults("Metadata-Version: 2.4\nName: -a-\nVersion: one\n")
    assert {fault.field for fault in faults} == {"name", "version"}


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Classifier: Programming Language :: Rusty\n", "classifier"),
        ("Classifier: Private :: Do Not Upload\n", "classifier"),
        ("Classifier: Natural Language :: Ukranian\n", "classifier"),
        ("Requires-Dist: a @ https://example.org/a.whl\n", "requires-dist"),
        ("Author-Email: Somebody <nobody>\n", "author-email"),
        ("Home-page: example.org\n", "home-page"),
        ("Project-URL: Source, ftp://example.org\n", "project-url"),
        (f"Project-URL: {'x' * 33}, https://example.org\n", "project-url"),
        ("License: MIT\n", "license"),
    ],
)
def test_what_pypi_refuses_beyond_it_is_said_by_field(text: str, field: str) -> None:
    assert metadata_faults(METADATA + text) == ()
    assert fields(text) == [field]


def test_a_local_version_and_a_long_summary_are_not_for_pypi() -> None:
    text = METADATA.replace("Version: 1.2.0", "Version: 1.2.0+local")
    assert [fault.field for fault in pypi_faults(text)] == ["version"]
    text = METADATA.replace("a demonstration", "x" * 513)
    assert [fault.field for fault in pypi_faults(text)] == ["summary"]


def test_a_good_address_is_no_fault() -> None:
    text = "Author-Email: A B <a@example.org>\nProject-URL: Source, https://example.org/a?b=c\n"
    assert fields(text) == []


def test_a_deprecated_classifier_names_the_one_to_use() -> None:
    (fault,) = pypi_faults(f"{METADATA}Classifier: Natural Language :: Ukranian\n")
    assert "`Natural Language :: Ukrainian`" in fault.message
