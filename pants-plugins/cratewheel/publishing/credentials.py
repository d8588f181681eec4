"""What can authenticate an upload, by the environment: a CI job's identity, or long-lived tokens.

Without what only the publisher has: the process that starts it asks here before it builds anything.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Optional
from urllib.parse import urlsplit

from cratewheel.errors import CratewheelError, Finding
from cratewheel.project import CRATE, CRATES_IO, WHEEL
from cratewheel.publishing.addresses import bare, origin

CRATES_TOKEN = "CARGO_REGISTRY_TOKEN"
PYTHON_PASSWORD = "TWINE_PASSWORD"
PYTHON_USERNAME = "TWINE_USERNAME"
API_TOKEN_USER = "__token__"
GITHUB_JOB = "GITHUB_ACTIONS"
_GITHUB_REQUEST = ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
_GITLAB_JOB = "GITLAB_CI"
# GitLab hands each token over in a variable that the job names; these are the names by convention.
_GITLAB_CRATES = "CRATES_IO_ID_TOKEN"
_GITLAB_PYTHON = ("PYPI_ID_TOKEN", "TESTPYPI_ID_TOKEN")
_GITLAB_SIGNING = "SIGSTORE_ID_TOKEN"
_GOOGLE_ACCOUNT = "GOOGLE_SERVICE_ACCOUNT_NAME"
_IDENTITY = (
    GITHUB_JOB,
    *_GITHUB_REQUEST,
    _GITLAB_JOB,
    _GITLAB_SIGNING,
    _GOOGLE_ACCOUNT,
)
#: What CI systems call the parts of a run's address: GitHub's server, repository and run, GitLab's all.
RUN_VARIABLES = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID", "CI_PIPELINE_URL")
# PyPI has no address of its own among the options.
_OPEN = ("", CRATES_IO)
_PRINTABLE = re.compile(r"[\x20-\x7e\xa0-\xff]+")


@dataclass(frozen=True)
class Credential:
    """A user name, where the registry wants one, and a secret, which no `repr` shows.

    Args:
        source: where it comes from, for the user.
    """

    username: str
    secret: str = field(repr=False)
    source: str = ""


@dataclass(frozen=True)
class Endpoint:
    """A registry that is uploaded to, as far as its credentials go.

    Args:
        kind: `crate` or `wheel`.
        name: what to call it in messages.
        address: of its API, or where uploads go.
        default: the address in the `[cratewheel]` options, empty for PyPI's. Only what goes there
            is authenticated by the variables without a host.
    """

    kind: str
    name: str
    address: str
    default: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """The variables that may hold its token or password, the one that is taken first leading.

        cargo and twine have one variable for the registry they are pointed at. Any other registry has
        variables of its own, named after its host, so that no secret reaches a host it is not for.
        """
        general = CRATES_TOKEN if self.kind == CRATE else PYTHON_PASSWORD
        own = (
            f"CARGO_REGISTRIES_{_label(self.address)}_TOKEN"
            if self.kind == CRATE
            else f"{PYTHON_PASSWORD}_{_label(self.address)}"
        )
        if not _host(self.address):
            return (general,)
        return (own, general) if _host(self.address) == _host(self.default) else (own,)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that may hold what opens it: these, and what goes with them."""
        if self.kind == CRATE:
            return self.secrets
        return tuple(name for secret in self.secrets for name in (secret, _username(secret)))

    @property
    def identities(self) -> tuple[str, ...]:
        """The variables in which GitLab may hand over an identity token for it."""
        if self.kind == WHEEL:
            # Only an index of somebody's own may want an identity by either name.
            return _GITLAB_PYTHON if _host(self.address) else _GITLAB_PYTHON[:1]
        split = urlsplit(bare(self.address))
        audience = f"{split.netloc}{split.path.rstrip('/')}".upper()
        derived = re.sub(r"[^A-Z0-9_]|^[^A-Z_]", "_", audience)
        return tuple(dict.fromkeys((f"{derived}_ID_TOKEN", _GITLAB_CRATES)))


def forwarded(endpoints: Iterable[Endpoint]) -> tuple[str, ...]:
    """The variables that a publisher to these registries has to be given."""
    names = list(_IDENTITY)
    for endpoint in endpoints:
        names += (*endpoint.identities, *endpoint.variables)
    return tuple(dict.fromkeys(names))


def opening(endpoints: Iterable[Endpoint]) -> tuple[str, ...]:
    """The variables that may open registries for reading; crates.io and PyPI are open to all."""
    private = (each for each in endpoints if _host(each.address) not in _OPEN)
    return tuple(dict.fromkeys(name for each in private for name in each.variables))


def given_credential(endpoint: Endpoint, environment: Mapping[str, str]) -> Optional[Credential]:
    """The long-lived credential for a registry; an empty variable is an unset one.

    Raises:
        CratewheelError: `CW-CREDENTIALS-INVALID`, for what no registry can have issued.
    """
    for variable in endpoint.secrets:
        secret = environment.get(variable, "").strip()
        if not secret:
            continue
        username = ""
        if endpoint.kind == WHEEL:
            username = environment.get(_username(variable), "").strip() or API_TOKEN_USER
        for name, value in ((variable, secret), (_username(variable), username)):
            if value and _PRINTABLE.fullmatch(value) is None:
                message = "it has a line break or another character that no header can carry"
                raise CratewheelError(Finding("CW-CREDENTIALS-INVALID", name, message))
        return Credential(username, secret, variable)
    return None


def authorization(credential: Credential) -> str:
    """A credential as the value of HTTP's `Authorization`: cargo's registries take the bare token."""
    if not credential.username:
        return credential.secret
    pair = f"{credential.username}:{credential.secret}".encode("latin-1")
    return f"Basic {base64.b64encode(pair).decode()}"


def opener(endpoint: Endpoint, credential: Credential) -> tuple[str, str]:
    """The origin of a registry, and the `Authorization` that opens it for reading."""
    return origin(bare(endpoint.address)), authorization(credential)


def has_identity(environment: Mapping[str, str], endpoint: Endpoint) -> bool:
    """Whether this is a CI job that can prove to a registry what it is (OpenID Connect)."""
    if environment.get(GITHUB_JOB):
        return all(environment.get(name) for name in _GITHUB_REQUEST)
    if environment.get(_GITLAB_JOB):
        return any(environment.get(name) for name in endpoint.identities)
    return bool(environment.get(_GOOGLE_ACCOUNT)) and endpoint.kind == WHEEL


def credential_findings(
    environment: Mapping[str, str], endpoints: Iterable[Endpoint]
) -> tuple[Finding, ...]:
    """What is missing or useless for uploads to these registries, before anything is built.

    Returns:
        At most one finding for each registry: `CW-CREDENTIALS-MISSING` when nothing can
        authenticate an upload to it, or `CW-CREDENTIALS-INVALID`.
    """
    findings: list[Finding] = []
    for endpoint in dict.fromkeys(endpoints):
        try:
            given = given_credential(endpoint, environment)
        except CratewheelError as error:
            findings.extend(error.findings)
            continue
        if given is None and not has_identity(environment, endpoint):
            findings.append(missing_credential(environment, endpoint))
    return tuple(dict.fromkeys(findings))


def signing_findings(
    environment: Mapping[str, str], endpoints: Iterable[Endpoint]
) -> tuple[Finding, ...]:
    """What a job lacks to sign attestations, which PyPI gets from trusted publishers by default.

    GitLab hands over a token for every purpose that the job declares, and for no other.
    """
    signs = any(
        endpoint.kind == WHEEL
        and not _host(endpoint.address)
        and has_identity(environment, endpoint)
        for endpoint in endpoints
    )
    if (
        not signs
        or environment.get(GITHUB_JOB)
        or not environment.get(_GITLAB_JOB)
        or environment.get(_GITLAB_SIGNING)
    ):
        return ()
    return (
        Finding(
            "CW-CREDENTIALS-MISSING",
            _GITLAB_SIGNING,
            "this job has no identity token to sign attestations with",
            f"declare {_GITLAB_SIGNING} under the job's `id_tokens`, with `aud: sigstore`; or set "
            "`[cratewheel] attestations = false`",
        ),
    )


def first_publish_findings(
    environment: Mapping[str, str], new_crates: Iterable[tuple[Endpoint, str]]
) -> tuple[Finding, ...]:
    """The crates, each given by its registry and name, that this job has nothing to create with."""
    return tuple(
        first_publish(endpoint, name)
        for endpoint, name in new_crates
        if has_identity(environment, endpoint)
        and not any(environment.get(secret, "").strip() for secret in endpoint.secrets)
    )


def first_publish(endpoint: Endpoint, crate: str) -> Finding:
    """The finding for a crate that does not exist and that trusted publishing cannot create."""
    return Finding(
        "CW-CRATE-FIRST-PUBLISH",
        f"{CRATE}:{crate}",
        f"{endpoint.name} has no crate {crate} yet, and trusted publishing cannot "
        f"create one; {endpoint.secrets[-1]} is not set",
    )


def missing_credential(
    environment: Mapping[str, str], endpoint: Endpoint, reason: str = ""
) -> Finding:
    """The finding for a registry for which there is neither an identity nor a token.

    Args:
        reason: why the job's identity, if it has one, is of no use there.
    """
    code, variable = "CW-CREDENTIALS-MISSING", endpoint.secrets[-1]
    if environment.get(GITHUB_JOB) and not has_identity(environment, endpoint):
        return Finding(
            code,
            endpoint.name,
            f"this job may not ask for an identity token, and {variable} is not set",
            "give the job `permissions: id-token: write` for trusted publishing",
        )
    if environment.get(_GITLAB_JOB) and not has_identity(environment, endpoint):
        wanted = endpoint.identities[0]
        return Finding(
            code,
            endpoint.name,
            f"this job has no identity token in {wanted}, and {variable} is not set",
            f"declare {wanted} under the job's `id_tokens`, with the registry as its `aud`",
        )
    why = reason or "this is no CI job with an identity token"
    return Finding(code, endpoint.name, f"{why}, and {variable} is not set")


def _username(secret: str) -> str:
    return secret.replace(PYTHON_PASSWORD, PYTHON_USERNAME, 1)


def _host(address: str) -> str:
    return urlsplit(bare(address)).netloc.lower()


def _label(address: str) -> str:
    """A host in the form that names of variables have, another one for every host."""
    return re.sub(r"[^A-Z0-9_]", "_", _host(address).upper().replace("-", "__"))
