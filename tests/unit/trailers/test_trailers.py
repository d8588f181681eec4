"""Trailers are what git takes for trailers, and say what their grammar lets them say."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cratewheel.trailers import (
    MalformedTrailer,
    ReleaseTrailer,
    parse_release,
    parse_trailers,
    release_trailers,
)
from cratewheel.versions import parse_version

LINES = st.sampled_from(
    [
        "release: minor",
        "Release : patch [a, b]",
        "  continued",
        "",
        "   ",
        "some text",
        "Signed-off-by: A <a@example.org>",
        "(cherry picked from commit 1a2b3c4)",
        "# a comment",
        "Key-x: value",
        "key with spaces: value",
        "Conflicts:",
        "\tpath",
        "---",
        ": no key",
        "é: no key either",
        "release:",
        "a:\tb  ",
        "# ------------------------ >8 ------------------------",
        "\x0c",
    ]
)
MESSAGES = st.builds(
    lambda lines, end: "\n".join(lines) + end,
    st.lists(LINES, max_size=9),
    st.sampled_from(["", "\n", "\n\n"]),
)


@settings(max_examples=150, deadline=None)
@given(MESSAGES)
def test_trailers_are_those_that_git_finds(message: str) -> None:
    done = subprocess.run(
        ["git", "interpret-trailers", "--parse", "--no-divider"],
        input=message.encode(),
        capture_output=True,
        check=True,
    )
    theirs = [line.rstrip() for line in done.stdout.decode().split("\n")]
    ours = [f"{found.key}: {found.value}".rstrip() for found in parse_trailers(message)]
    assert [*ours, ""] == theirs


@given(st.text(max_size=200))
def test_no_message_breaks_the_parser(message: str) -> None:
    for trailer in parse_trailers(message):
        assert 1 <= trailer.line <= message.count("\n") + 1
    release_trailers(message)


def test_a_subject_is_no_trailer() -> None:
    assert release_trailers("release: 0.16.0 (#259)").releases == ()
    assert release_trailers("release: minor\n\nText of the commit.").releases == ()


def test_the_line_is_the_line_of_the_message() -> None:
    (trailer,) = release_trailers("Subject\n\nBody.\n\nrelease: minor\n").releases
    assert trailer.line == 5


def test_several_lines_and_any_case() -> None:
    found = release_trailers(
        "Subject\n\nRelease: MAJOR [core]\nRELEASE: patch [app, wheel:my-py]\nrelease: Skip\n"
    )
    assert [(r.action, r.names) for r in found.releases] == [
        ("major", ("core",)),
        ("patch", ("app", "wheel:my-py")),
        ("skip", ()),
    ]


def test_a_squashed_body_counts_by_its_last_paragraph() -> None:
    message = "Title (#12)\n\n* One\n\nrelease: major\n\n* Two\n\nrelease: minor\nCo-authored-by: B <b@c.d>\n"
    assert [r.action for r in release_trailers(message).releases] == ["minor"]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "huge",
        "minor [a",
        "minor a",
        "minor [a] b",
        "minor []",
        "minor [a,,b]",
        "v1.2.3",
        "1.2.3.4",
        "1.2.3-dev",
        "patch, minor",
        "0.16.0 (#259)",
    ],
)
def test_what_cannot_be_understood_is_malformed_and_never_a_patch(value: str) -> None:
    assert isinstance(parse_release(value), MalformedTrailer)


@given(st.text(max_size=40))
def test_a_value_is_understood_or_malformed(value: str) -> None:
    assert isinstance(parse_release(value), (ReleaseTrailer, MalformedTrailer))


def test_an_explicit_version_in_either_spelling() -> None:
    for text in ("1.2.0-rc.1", "1.2.0rc1"):
        found = parse_release(f"{text} [scope/x, @y]")
        assert isinstance(found, ReleaseTrailer)
        assert found.version == parse_version("1.2.0-rc.1")
        assert found.names == ("scope/x", "@y")


def test_ignored_commits() -> None:
    found = release_trailers("S\n\nrelease-ignore: 1A2B3C4\nRelease-Ignore: 0123456789, abcdef0\n")
    assert found.ignored == ("1a2b3c4", "0123456789", "abcdef0")
    assert release_trailers("S\n\nrelease-ignore: that one\n").malformed


def test_real_commits_say_the_same_as_git_log(tmp_path: Path) -> None:
    message = "Subject\n\nBody\n\nrelease: minor [a,\n  b]\nSigned-off-by: A <a@example.org>\n"
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(
        ["git", *identity, "commit", "-q", "--allow-empty", "-m", message], cwd=tmp_path, check=True
    )
    done = subprocess.run(
        ["git", "log", "--format=%(trailers:key=release,unfold,valueonly,separator=%x00)"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    (trailer,) = [t for t in parse_trailers(message) if t.key == "release"]
    assert done.stdout.decode().strip() == trailer.value == "minor [a, b]"
