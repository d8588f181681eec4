"""What is shown and what is not."""

from __future__ import annotations

import io

import pytest

from cratewheel.publishing.claims import crates_io_matches, pypi_matches, read_claims
from cratewheel.publishing.quantities import byte_count, transferred
from cratewheel.publishing.transcript import Transcript, wants_colour


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


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "colour"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_colour_is_for_terminals_whose_user_does_not_refuse_it(
    environment: dict[str, str], colour: bool
) -> None:
    assert wants_colour(Terminal(), environment) is colour
    assert not wants_colour(io.StringIO(), environment)


def test_colour_marks_words_and_changes_none() -> None:
    text = "a-1.0.crate: uploaded, 3 B\nCW-BYTES-DIFFER a: other bytes\n     left out: a: no linker"
    plain, coloured = io.StringIO(), io.StringIO()
    Transcript(plain).say(text)
    Transcript(coloured, colour=True).say(text)

    assert plain.getvalue() == f"{text}\n"
    assert "a-1.0.crate: \x1b[32muploaded\x1b[0m, 3 B" in coloured.getvalue()
    assert "\x1b[31mCW-BYTES-DIFFER\x1b[0m a" in coloured.getvalue()
    assert "\x1b[33mleft out\x1b[0m: a" in coloured.getvalue()


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (9_994, "9.99 kB"),
        (9_996, "10.0 kB"),
        (99_960, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.00 MB"),
        (1_234_000_000_000, "1234 GB"),
    ],
)
def test_bytes_have_three_digits(count: int, text: str) -> None:
    assert byte_count(count) == text


def test_a_rate_is_told_where_there_is_one() -> None:
    assert transferred(1_230_000, 2.0) == "1.23 MB in 2.0 s, 615 kB/s"
    assert transferred(1_230_000, 0.01) == "1.23 MB"
