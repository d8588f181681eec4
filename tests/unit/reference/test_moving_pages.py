"""The pages for those who come from another tool have every setting of it, and name what there is here."""

from __future__ import annotations

import re

import pytest
from markdown_pages import PAGES, read, tables

# What each tool had on 21 August 2026: the keys of its configuration, the commands and inputs of its action or
# reusable workflow. Some of a later or earlier version may be on the page as well.
RELEASE_PLZ = """
allow_dirty changelog_config changelog_path changelog_update custom_major_increment_regex
custom_minor_increment_regex dependencies_update features_always_increment_minor git_only git_release_body
git_release_draft git_release_enable git_release_latest git_release_name git_release_type git_tag_enable
git_tag_name max_analyze_commits pr_body pr_branch_prefix pr_draft pr_labels pr_name publish
publish_all_features publish_allow_dirty publish_features publish_no_verify publish_timeout release
release_always release_commits repo_url semver_check
changelog_include name version_group
body commit_parsers commit_preprocessors header link_parsers postprocessors protect_breaking_commits
sort_commits tag_pattern trim
init release-pr set-version update
command registry config forge backend manifest_path project_manifest version token verbose dry_run
prs pr releases prs_created releases_created
"""
PUTITOUTTHERE = """
version name kind path globs depends_on first_version tag_format crate pypi npm access tag features
no_default_features build targets triple runner python_versions manylinux bundle_cli bin stage_to crate_path
plan publish check status reconcile verify release-github advance-v0 advance-floating-major fold-bundle
write-version write-crate-version write-launcher
environment node_version python_version release_packages CARGO_REGISTRY_TOKEN NPM_TOKEN has_pypi
"""
MATURIN_ACTION = """
token command args maturin-version manylinux container docker-options host-home-mount target rust-toolchain
rustup-components working-directory sccache before-script-linux
"""
PEERS = {
    "docs/how-to/move-from-release-plz.md": RELEASE_PLZ,
    "docs/how-to/move-from-putitoutthere.md": PUTITOUTTHERE,
    "docs/how-to/move-from-maturin-action.md": MATURIN_ACTION,
}

#: What second columns name of other programs.
_OTHERS = {"python_distribution"}


def columns(page: str) -> tuple[str, str]:
    """The first and the second columns of all tables of a page."""
    rows = [row for table in tables(read(page)) for row in table]
    return "\n".join(row[0] for row in rows), "\n".join(row[1] for row in rows)


def words(text: str) -> set[str]:
    """The names in the code of a text."""
    return {word for code in re.findall(r"`([^`]+)`", text) for word in re.findall(r"[\w-]+", code)}


@pytest.mark.parametrize("page", PEERS)
def test_every_setting_of_the_other_tool_is_on_its_page(page: str) -> None:
    first, _ = columns(page)
    assert set(PEERS[page].split()) - words(first) == set()


def first_cells(page: str) -> set[str]:
    return {row[0].strip("`") for table in tables(read(page)) for row in table}


@pytest.mark.parametrize("page", PEERS)
def test_every_field_and_keyword_that_a_page_names_exists(page: str) -> None:
    targets = read("docs/reference/targets.md")
    known = first_cells("docs/reference/targets.md") | first_cells("docs/reference/options.md")
    for head in re.findall(r"^## (.+)$", targets, re.MULTILINE):
        known |= words(head)
    _, second = columns(page)
    codes = re.findall(r"`([^`]+)`", second)
    keywords = {name for code in codes for name in re.findall(r'(?<!["-])\b([a-z_]+)=(?!\s)', code)}
    bare = {code for code in codes if re.fullmatch(r"[a-z]+(_[a-z]+)+", code)}
    assert (keywords | bare) - known - _OTHERS == set()


@pytest.mark.parametrize("page", PEERS)
def test_every_option_and_goal_that_a_page_names_exists(page: str) -> None:
    text = read("docs/reference/options.md")
    _, second = columns(page)
    for scope, option in re.findall(r"\[([a-z-]+)\][. ]([a-z_]+)", second):
        if scope in ("GLOBAL", "package", "project", "maturin"):
            continue
        (section,) = re.findall(
            rf"^## `\[{scope}\]`\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL
        )
        assert f"| `{option}` |" in section, option
    for goal, flag in re.findall(r"pants (release[a-z-]*)(?: --([a-z_]+))?", second):
        found = re.findall(rf"^## `pants {goal}`\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
        assert found, goal
        assert not flag or f"| `{flag}` |" in found[0], f"{goal} --{flag}"


def test_there_is_a_list_for_each_page() -> None:
    assert set(PEERS) == {page for page in PAGES if "/move-from-" in page}
