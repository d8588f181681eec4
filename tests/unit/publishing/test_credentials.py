"""Which variables authenticate what, and that no secret reaches a registry it is not for."""

from __future__ import annotations

import base64
import json

import pytest
from id import detect_credential

from cratewheel.errors import CratewheelError
from cratewheel.project import CRATES_IO
from cratewheel.publishing.credentials import (
    Endpoint,
    credential_findings,
    first_publish_findings,
    forwarded,
    given_credential,
    opening,
    signing_findings,
)

CRATES = Endpoint("crate", "crates.io", "https://crates.example", "https://crates.example")
PYTHON = Endpoint("wheel", "PyPI", "", "")
OWN_CRATES = Endpoint(
    "crate", "https://crates.my-firm.example:8443/a", "https://crates.my-firm.example:8443/a", "x"
)
OWN_INDEX = Endpoint("wheel", "https://pypi.firm.example/up/", "https://pypi.firm.example/up/", "")
BOTH = (CRATES, PYTHON)
GENERAL = {"CARGO_REGISTRY_TOKEN": "c", "TWINE_PASSWORD": "p"}
IN_GITHUB_JOB = {
    "GITHUB_ACTIONS": "true",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "x",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x",
}


@pytest.mark.parametrize(
    ("environment", "codes"),
    [
        ({}, 2),
        ({"CARGO_REGISTRY_TOKEN": "x"}, 1),
        ({"CARGO_REGISTRY_TOKEN": "", "TWINE_PASSWORD": " \n"}, 2),
        (GENERAL, 0),
        ({"GITHUB_ACTIONS": "true"}, 2),
        ({"GITLAB_CI": "true"}, 2),
        ({"GITLAB_CI": "true", "CRATES_IO_ID_TOKEN": "x"}, 1),
        ({"GITLAB_CI": "true", "CRATES_IO_ID_TOKEN": "x", "PYPI_ID_TOKEN": "x"}, 0),
        ({"GITLAB_CI": "true", "CRATES_IO_ID_TOKEN": "x", "TESTPYPI_ID_TOKEN": "x"}, 1),
        ({"GOOGLE_SERVICE_ACCOUNT_NAME": "x"}, 1),
    ],
)
def test_what_is_missing_is_known_without_a_registry(
    environment: dict[str, str], codes: int
) -> None:
    findings = credential_findings(environment, (*BOTH, CRATES))
    assert [finding.code for finding in findings] == ["CW-CREDENTIALS-MISSING"] * codes


def test_what_opens_a_registry_for_reading_is_of_private_ones_alone() -> None:
    official = Endpoint("crate", "crates.io", f"https://{CRATES_IO}", f"https://{CRATES_IO}")
    assert opening([official, PYTHON]) == ()
    assert opening([official, OWN_CRATES, OWN_INDEX]) == (
        "CARGO_REGISTRIES_CRATES_MY__FIRM_EXAMPLE_8443_TOKEN",
        "TWINE_PASSWORD_PYPI_FIRM_EXAMPLE",
        "TWINE_USERNAME_PYPI_FIRM_EXAMPLE",
    )


def test_a_job_without_the_permission_is_told_about_it() -> None:
    (finding,) = credential_findings({"GITHUB_ACTIONS": "true"}, [CRATES])
    assert "id-token: write" in finding.mend
    (finding,) = credential_findings({"GITLAB_CI": "true"}, [PYTHON])
    assert "PYPI_ID_TOKEN" in finding.mend


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({"GITLAB_CI": "true", "PYPI_ID_TOKEN": "x"}, True),
        ({"GITLAB_CI": "true", "PYPI_ID_TOKEN": "x", "SIGSTORE_ID_TOKEN": "x"}, False),
        ({"GITLAB_CI": "true", "TWINE_PASSWORD": "x"}, False),
        (IN_GITHUB_JOB, False),
    ],
)
def test_what_is_missing_to_sign_with_is_known_before_anything_is_built(
    environment: dict[str, str], missing: bool
) -> None:
    found = signing_findings(environment, BOTH)
    assert [(each.code, each.place) for each in found] == (
        [("CW-CREDENTIALS-MISSING", "SIGSTORE_ID_TOKEN")] if missing else []
    )
    # No other index takes attestations.
    assert signing_findings(environment, [CRATES, OWN_INDEX]) == ()


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        (IN_GITHUB_JOB, "CW-CRATE-FIRST-PUBLISH"),
        ({**IN_GITHUB_JOB, "CARGO_REGISTRY_TOKEN": " "}, "CW-CRATE-FIRST-PUBLISH"),
        ({**IN_GITHUB_JOB, **GENERAL}, ""),
        (GENERAL, ""),
    ],
)
def test_a_crate_that_only_a_token_can_create_is_known_before_anything_is_built(
    environment: dict[str, str], code: str
) -> None:
    found = first_publish_findings(environment, [(CRATES, "brand-new")])
    assert [each.code for each in found] == ([code] if code else [])
    assert [each.place for each in found] == (["crate:brand-new"] if code else [])


def test_the_general_variables_are_for_the_general_registries_alone() -> None:
    for endpoint, variable in (
        (OWN_CRATES, "CARGO_REGISTRIES_CRATES_MY__FIRM_EXAMPLE_8443_TOKEN"),
        (OWN_INDEX, "TWINE_PASSWORD_PYPI_FIRM_EXAMPLE"),
    ):
        assert given_credential(endpoint, GENERAL) is None
        (finding,) = credential_findings(GENERAL, [endpoint])
        assert f"{variable} is not set" in finding.message
        given = given_credential(endpoint, {**GENERAL, variable: "its own"})
        assert given is not None
        assert (given.secret, given.source) == ("its own", variable)


def test_an_index_of_its_own_has_a_user_of_its_own() -> None:
    environment = {
        "TWINE_USERNAME": "someone",
        "TWINE_PASSWORD_PYPI_FIRM_EXAMPLE": "s",
        "TWINE_USERNAME_PYPI_FIRM_EXAMPLE": "robot",
    }
    given = given_credential(OWN_INDEX, environment)
    assert given is not None
    assert given.username == "robot"
    del environment["TWINE_USERNAME_PYPI_FIRM_EXAMPLE"]
    given = given_credential(OWN_INDEX, environment)
    assert given is not None
    assert given.username == "__token__"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a-b.example", "https://a.b.example"),
        ("https://a.example", "https://a.example:444"),
        ("https://a.example", "https://a.example.org"),
    ],
)
def test_every_host_has_variables_of_its_own(one: str, other: str) -> None:
    names = {Endpoint("crate", "", address, "").secrets for address in (one, other)}
    assert len(names) == 2


def test_the_host_decides_and_not_the_path() -> None:
    below = Endpoint("crate", "x", "sparse+https://CRATES.example/other/", "https://crates.example")
    given = given_credential(below, GENERAL)
    assert given is not None
    assert given.secret == "c"


@pytest.mark.parametrize(
    "value", ["a\r\nX-Other: b", "a\nb", "tok\u2028en", "\x00", "schlüssel\u0142"]
)
def test_what_no_header_can_carry_is_refused_before_anything_is_built(value: str) -> None:
    (finding,) = credential_findings({"CARGO_REGISTRY_TOKEN": value}, [CRATES])
    assert finding.code == "CW-CREDENTIALS-INVALID"
    assert finding.place == "CARGO_REGISTRY_TOKEN"
    assert value not in str(finding)
    with pytest.raises(CratewheelError):
        given_credential(PYTHON, {"TWINE_PASSWORD": "x", "TWINE_USERNAME": value})


def test_a_secret_with_a_line_break_at_its_end_is_the_secret() -> None:
    given = given_credential(CRATES, {"CARGO_REGISTRY_TOKEN": " token\n"})
    assert given is not None
    assert given.secret == "token"
    assert "token" not in repr(given).replace("CARGO_REGISTRY_TOKEN", "")


def test_the_publisher_is_given_no_other_variables() -> None:
    names = forwarded([OWN_CRATES])
    assert "CARGO_REGISTRIES_CRATES_MY__FIRM_EXAMPLE_8443_TOKEN" in names
    assert not {"CARGO_REGISTRY_TOKEN", "TWINE_PASSWORD", "GITHUB_TOKEN"} & set(names)
    assert "TWINE_USERNAME_PYPI_FIRM_EXAMPLE" in forwarded([OWN_INDEX])


@pytest.mark.parametrize(
    ("address", "variable"),
    [
        (f"https://{CRATES_IO}", "CRATES_IO_ID_TOKEN"),
        ("https://1st.example/x-y", "_ST_EXAMPLE_X_Y_ID_TOKEN"),
    ],
)
def test_the_variables_in_which_gitlab_hands_identities_over(
    address: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert variable in Endpoint("crate", "", address, "").identities
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.setenv("GITLAB_CI", "true")
    audience = address.partition("//")[2]
    payload = base64.urlsafe_b64encode(json.dumps({"aud": audience}).encode()).decode()
    monkeypatch.setenv(variable, f"e30.{payload}.x")
    assert detect_credential(audience) == f"e30.{payload}.x"
