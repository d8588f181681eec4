"""Every mistake of the closest peer that we know of has a test that shows we do not make it.

The first class of numbers are the peer's own issues, as it documented them; the second are those of
our review of it. A lesson may need several tests, and a test may show several lessons.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]

DOCUMENTED = {
    "#126 packages that shipped are shipped again with others": (
        "unit/plan/test_peer_mistakes.py::test_126_packages_that_shipped_do_not_ship_with_others",
    ),
    "#76 a trailer on a merged branch is not seen": (
        "unit/plan/test_peer_mistakes.py::test_76_a_trailer_on_the_tip_of_a_merged_branch_counts",
    ),
    "#261 a commit on top loses the trailer": (
        "unit/plan/test_peer_mistakes.py::test_261_a_commit_on_top_does_not_lose_the_trailer",
    ),
    "#260 an empty plan is green without a word": (
        "e2e/test_planned_release.py::test_publish_of_nothing_names_what_would_ship",
    ),
    "#436 a run after a full release fails": (
        "unit/plan/test_peer_mistakes.py::test_436_after_a_full_release_there_is_nothing_to_do",
        "e2e/test_release_for_real.py::test_the_next_run_has_nothing_to_do",
    ),
    "#607 files of a tagged commit look like deletions": (
        "unit/plan/test_peer_mistakes.py::test_607_files_of_a_tagged_commit_alone_are_no_deletions",
    ),
    "#276 wheels of a stale version": (
        "unit/plan/test_peer_mistakes.py::test_276_a_wheel_is_built_at_the_plans_version",
        "unit/artifacts/test_checks.py::test_a_wheel_of_another_name_and_version_says_both",
    ),
    "#333 a static version ships the release before": (
        "unit/plan/test_peer_mistakes.py::test_333_a_static_version_is_stamped_too",
    ),
    "#428 #639 an inherited version, or somebody else's, is rewritten": (
        "unit/plan/test_peer_mistakes.py::test_428_639_inherited_versions_and_nobody_elses",
    ),
    "#621 #374 #366 crates inside a wheel report an old version": (
        "unit/plan/test_peer_mistakes.py::test_621_374_366_every_crate_in_a_wheel_has_its_own_version",
        "e2e/test_planned_release.py::test_a_release_carries_the_planned_versions_everywhere",
    ),
    "#401 several files of one name": (
        "unit/plan/test_peer_mistakes.py::test_401_244_no_two_jobs_of_a_plan_have_one_artifact",
        "unit/artifacts/test_checks.py::test_two_files_of_one_name_and_a_stranger_are_said",
    ),
    "#375 #369 a list of interpreters that somebody typed": (
        "unit/platforms/test_pythons.py::test_pythons_of_which_some_release_is_admitted",
    ),
    "#610 the runner's C library is the floor": (
        "unit/platforms/test_platforms.py::test_every_default_promise_is_one_that_pypi_takes",
        "unit/artifacts/test_checks.py::test_a_wheel_that_is_newer_than_promised_names_the_symbols",
    ),
    "#381 #603 #605 another C library behind the user's back": (
        "unit/platforms/test_machines.py::test_a_newer_libc_needs_zig",
        "e2e/test_packaging.py::test_a_program_keeps_the_floor_of_its_wheel",
    ),
    "#282 #217 a setting that nothing obeys": (
        "e2e/test_packaging.py::test_every_build_field_is_applied",
    ),
    "#337 #361 #338 #328 manifests read one at a time": (
        "unit/cargo/test_model_against_cargo.py::test_every_crate_is_described_as_cargo_describes_it",
    ),
    "#595 a tool runs on the row's Python": (
        "unit/building/test_finding_tools.py::test_a_rows_python_needs_nothing_of_ours_and_may_be_an_old_one",
    ),
    "#244 a source distribution brings a wheel along": (
        "unit/sdist/test_sdist_build.py::test_it_has_what_the_wheel_is_built_from_and_no_stand_in",
        "e2e/test_release_of_src.py::test_package_puts_the_same_files_into_dist",
    ),
    "#244 #237 a name's beginning is taken for the name": (
        "unit/handover/test_handover.py::test_a_file_of_another_version_is_a_stranger",
        "unit/handover/test_handover.py::test_a_wheel_is_of_the_row_whose_platform_it_names",
    ),
    "#230 names that uploads refuse": (
        "unit/plan/test_peer_mistakes.py::test_230_artifact_names_hold_no_character_that_uploads_refuse",
    ),
    "#311 the layout of a download": (
        "unit/handover/test_handover.py::test_files_are_found_in_whatever_shape_the_folders_have",
        "unit/handover/test_handover.py::test_what_build_jobs_leave_is_taken_in_either_layout",
    ),
    "#244 #266 its own leavings make the tree dirty": (
        "e2e/test_packaging.py::test_the_working_tree_is_as_it_was",
        "unit/plan/test_plan_cascade.py::test_a_stray_file_makes_no_dirty_release",
    ),
    "#85 paths that start where the command was started": (
        "e2e/test_launcher.py::test_arguments_and_exit_code_pass_through_from_a_subdirectory",
        "unit/history/test_history.py::test_a_build_root_below_the_top_sees_its_own_files",
    ),
    "#580 a 429 is fatal": (
        "unit/publishing/test_decisions.py::test_too_many_requests_are_waited_for_as_told",
    ),
    "#622 tokens for a registry without work": (
        "unit/publishing/test_trusted_publishing.py::test_nothing_is_minted_for_a_registry_without_work",
    ),
    "#623 a tag before the registry has it": (
        "unit/publishing/test_tagging.py::test_a_package_is_tagged_when_every_file_of_it_is_live",
        "unit/publishing/test_rehearsing_a_release.py::test_a_refused_crate_stops_only_what_depends_on_it",
    ),
    "#407 #410 published and never tagged is a dead end": (
        "unit/plan/test_peer_mistakes.py::test_407_410_published_but_untagged_goes_on",
    ),
    "#252 a registry that does not take a called workflow": (
        "unit/publishing/test_trusted_publishing.py::test_each_registry_reads_its_own_workflow_claim",
    ),
    "#125 #91 a token, or an empty one, hides the identity": (
        "unit/publishing/test_trusted_publishing.py::test_an_identity_wins_over_tokens",
    ),
    "#283 #284 a new crate is found out by its refusal": (
        "unit/publishing/test_trusted_publishing.py::test_a_new_crate_is_found_out_before_anything_is_uploaded",
    ),
    "#290 #280 #301 #362 refused for what the repository says": (
        "unit/cargo/test_registry_rules.py::test_each_rule_names_the_key_at_fault",
        "e2e/test_barrier.py::test_what_pypi_would_refuse_is_not_even_packaged",
    ),
    "one fault at a time": (
        "unit/artifacts/test_check_command.py::test_faults_of_all_files_come_at_once_and_no_manifest_is_written",
        "unit/plan/test_plan_trailers.py::test_faults_are_listed_together_with_commit_and_line",
    ),
    "no answer is taken for an answer": (
        "unit/publishing/test_decisions.py::test_unreachable_is_never_absent",
    ),
    "#617 a tool's own words are hidden": (
        "unit/sdist/test_sdist_build.py::test_one_that_no_wheel_can_be_built_from_is_none",
    ),
    "#195 #196 #138 secrets in what is printed": (
        "e2e/test_release_for_real.py::test_no_secret_is_left_behind",
        "unit/publishing/test_transcript.py::test_a_secret_is_blotted_out_of_everything_said_later",
    ),
    "#354 runner images that move": ("unit/platforms/test_platforms.py::test_runners_are_pinned",),
    "#205 #206 no twine, no identity for git": (
        "unit/publishing/test_tagging.py::test_tags_are_annotated_and_pushed_without_any_configuration",
    ),
    "#642 an index that lags": (
        "unit/publishing/test_decisions.py::test_the_index_that_never_shows_it_is_an_error",
    ),
    "#331 tests that upload to a real registry": (
        "e2e/test_release_of_src.py::test_a_rehearsal_leaves_the_repository_and_its_remote_alone",
    ),
    "documents that say what is not so": (
        "unit/reference/test_documents.py::test_links_lead_somewhere",
        "unit/reference/test_backend_reference.py::test_page_is_what_the_backend_says",
    ),
}

REVIEWED = {
    1: ("unit/plan/test_peer_mistakes.py::test_1_a_minor_bump_leaves_no_requirement_behind",),
    2: (
        "e2e/test_packaging.py::test_crates_that_need_each_other_are_verified_against_each_other",
        "e2e/test_packaging.py::test_the_working_tree_is_as_it_was",
    ),
    3: (
        "unit/publishing/test_trusted_publishing.py::test_a_new_crate_is_found_out_before_anything_is_uploaded",
        "unit/publishing/test_trusted_publishing.py::test_new_and_existing_crates_use_both_credentials_interleaved",
    ),
    4: (
        "unit/publishing/test_recording.py::test_what_another_commit_has_published_is_not_tagged_as_ours",
    ),
    5: (
        "unit/plan/test_peer_mistakes.py::test_5_what_is_live_from_an_earlier_commit_is_not_taken_for_this_one",
        "unit/publishing/test_tagging.py::test_what_another_commit_published_is_not_tagged_as_ours",
    ),
    6: ("unit/plan/test_peer_mistakes.py::test_6_a_retry_does_not_split_the_version_lines",),
    7: ("unit/plan/test_peer_mistakes.py::test_7_a_slip_is_never_a_patch",),
    8: (
        "unit/plan/test_peer_mistakes.py::test_8_a_release_with_files_missing_is_not_done",
        "unit/publishing/test_decisions.py::test_a_part_that_is_missing_is_added",
    ),
    9: ("unit/publishing/test_request.py::test_a_file_of_an_unplanned_package",),
    10: (
        "unit/platforms/test_stable_abi.py::test_the_manifests_tell_what_is_on",
        "unit/platforms/test_stable_abi.py::test_the_lowest_python_of_a_stable_abi_wheel",
    ),
    11: ("unit/platforms/test_pythons.py::test_packaging_agrees_release_by_release",),
    12: ("unit/plan/test_peer_mistakes.py::test_12_single_quotes_and_dotted_keys_are_stamped",),
    13: (
        "unit/publishing/test_trusted_publishing.py::test_without_credentials_everything_that_is_missing_is_said",
    ),
    14: (
        "unit/plan/test_peer_mistakes.py::test_14_tags_pushed_meanwhile_do_not_change_a_frozen_plan",
    ),
    15: (
        "unit/cargo/test_registry_rules.py::test_cargo_strips_a_dev_dependency_without_a_version_and_refuses_any_other",
    ),
    16: ("unit/plan/test_peer_mistakes.py::test_16_nothing_is_published_backwards",),
    17: (
        "unit/plan/test_peer_mistakes.py::test_17_tag_formats_that_collide_are_refused_before_anything",
        "unit/tags/test_tags.py::test_formats_that_collide_are_refused_at_load",
    ),
    18: (
        "unit/publishing/test_github_releases.py::test_a_release_is_made_with_its_files_and_then_shown",
    ),
    19: ("unit/publishing/test_decisions.py::test_the_index_that_never_shows_it_is_an_error",),
    20: ("unit/publishing/test_decisions.py::test_an_unclear_answer_is_followed_by_a_question",),
}


@cache
def named_in(path: Path) -> frozenset[str]:
    return frozenset(
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


@pytest.mark.parametrize(
    "test", sorted({*sum(DOCUMENTED.values(), ()), *sum(REVIEWED.values(), ())})
)
def test_what_shows_a_lesson_is_there(test: str) -> None:
    path, _, name = test.partition("::")
    assert name in named_in(TESTS / path)


def test_no_number_of_the_review_is_left_out() -> None:
    assert set(REVIEWED) == set(range(1, 21))
