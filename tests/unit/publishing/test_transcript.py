"""What is shown and what is not."""

from __future__ import annotations

import io

from cratewheel.publishing.claims import crates_io_matches, pypi_matches, read_claims
from cratewheel.publishing.transcript import Transcript


def test_a_secret_is_blotted_out_of_everything_said_later() -> None:
    stream = io.StringIO()
    transcript = Transcript(stream)
    transcript.hide("hunter2")
    transcript.hide("")
    transcript.say("the token hunter2 was refused")
    assert stream.getvalue() == "the token *** was refused\n"


def test_github_is_told_every_secret_once() -> None:
    stream = io.StringIO()
    transcript = Transcript(stream, github=True)
    transcript.hide("hunter2")
    transcript.hide("hunter2")
    assert stream.getvalue() == "::add-mask::hunter2\n"


def test_what_is_compared_of_a_gitlab_job() -> None:
    claims = {
        "iss": "https://gitlab.com",
        "project_path": "group/sub/demo",
        "ci_config_ref_uri": "gitlab.com/group/sub/demo//ci/release.yml@refs/heads/main",
    }
    presented = [match.presented for match in crates_io_matches(claims)]
    assert presented == ["group/sub", "demo", "ci/release.yml", ""]
    assert pypi_matches(claims) == crates_io_matches(claims)


def test_claims_of_what_is_no_token() -> None:
    assert read_claims("nonsense") == {}
    assert read_claims("a.bm90IGpzb24.c") == {}
