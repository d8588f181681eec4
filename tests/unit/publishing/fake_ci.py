"""A CI system that vouches for a job, and registries that trust it as crates.io and PyPI do.

The rules are those of the real registries: signature, issuer, audience, times, single use, and what
of the claims each of them compares.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Optional
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from marked_secrets import secret

from cratewheel.registries.clock import Clock
from cratewheel.registries.multipart import parse_form
from cratewheel.registries.refusal import Refusal
from cratewheel.registries.server import Answer, Registries, Request, json_answer, python_refusal

ISSUER = "https://token.actions.githubusercontent.com"
GITLAB_ISSUER = "https://gitlab.com"
GOOGLE_ISSUER = "https://accounts.google.com"
REQUEST_TOKEN = secret("runner-request")
API_TOKEN = secret("cio-api")
PASSWORD = secret("pypi-long-lived")
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Job:
    """A GitHub Actions job and the tokens it was given."""

    clock: Clock
    claims: dict[str, Any] = field(
        default_factory=lambda: {
            "repository": "octo/demo",
            "repository_owner": "octo",
            "repository_owner_id": "42",
            "workflow_ref": "octo/demo/.github/workflows/release.yml@refs/heads/main",
            "job_workflow_ref": "octo/demo/.github/workflows/release.yml@refs/heads/main",
            "event_name": "push",
            "environment": "release",
            "ref": "refs/heads/main",
            "sha": "0123456789abcdef0123456789abcdef01234567",
            "run_id": "7",
        }
    )
    issued: list[str] = field(default_factory=list)

    def identity_endpoint(self, request: Request) -> Answer:
        """What `ACTIONS_ID_TOKEN_REQUEST_URL` leads to."""
        query = parse_qs(request.query)
        if request.headers.get("authorization") != f"bearer {REQUEST_TOKEN}":
            return json_answer({"message": "unauthorised"}, 401)
        assert query["api-version"] == ["2.0"], "the address keeps its own query"
        return json_answer({"value": self.token(query["audience"][0])})

    def token(self, audience: str, **changes: Any) -> str:
        now = int(self.clock.now())
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "jti": secret(f"jti-{len(self.issued)}"),
            **self.claims,
            **changes,
        }
        token = jwt.encode(claims, _KEY, algorithm="RS256", headers={"kid": "1"})
        self.issued.append(token)
        return token


def gitlab_job(clock: Clock) -> Job:
    """A job of GitLab CI, which is given one token for each audience."""
    return Job(
        clock,
        {
            "iss": GITLAB_ISSUER,
            "project_path": "octo/demo",
            "namespace_path": "octo",
            "namespace_id": "42",
            "ci_config_ref_uri": "gitlab.com/octo/demo//release.yml@refs/heads/main",
            "environment": "release",
            "sub": "project_path:octo/demo:ref_type:branch:ref:main",
        },
    )


def google_job(clock: Clock) -> Job:
    """A job of Google Cloud, which runs as a service account."""
    account = "release@octo.iam.gserviceaccount.com"
    return Job(
        clock,
        {"iss": GOOGLE_ISSUER, "email": account, "email_verified": True, "sub": "1234567890"},
    )


@dataclass(frozen=True)
class Config:
    """Whom a package trusts; `package` is a crate or a project."""

    package: str
    owner: str = "octo"
    repository: str = "demo"
    owner_id: str = "42"
    workflow: str = "release.yml"
    environment: Optional[str] = "release"


@dataclass
class Verifier:
    """Checks identity tokens as both registries do."""

    clock: Clock
    audience: str
    leeway: int
    used: set[str] = field(default_factory=set)

    def claims(self, token: str) -> Mapping[str, Any]:
        """The claims of a token that is signed, meant for this registry and timely."""
        # The times are checked below, by the clock of the test.
        claims: Mapping[str, Any] = jwt.decode(
            token,
            _KEY.public_key(),
            algorithms=["RS256"],
            options={
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
                "verify_aud": False,
            },
        )
        if claims["iss"] not in (ISSUER, GITLAB_ISSUER, GOOGLE_ISSUER):
            raise jwt.InvalidIssuerError
        now = self.clock.now()
        if claims["aud"] != self.audience:
            raise jwt.InvalidAudienceError
        if not claims["nbf"] - self.leeway <= now <= claims["exp"] + self.leeway:
            raise jwt.ExpiredSignatureError
        return claims


@dataclass
class TrustingRegistries:
    """The embedded registries with trusted publishing before them.

    Args:
        crates: whom existing crates trust.
        projects: whom existing projects trust.
        pending: pending publishers: the project comes to be when its token is minted.
        scopes: of the API token of the crates registry.
    """

    registries: Registries
    job: Job
    host: str = ""
    crates: list[Config] = field(default_factory=list)
    projects: list[Config] = field(default_factory=list)
    pending: list[Config] = field(default_factory=list)
    known_crates: set[str] = field(default_factory=set)
    live: dict[str, tuple[float, tuple[str, ...]]] = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)
    minted: list[str] = field(default_factory=list)
    uploads: list[tuple[str, str]] = field(default_factory=list)
    attestations: list[Any] = field(default_factory=list)
    scopes: set[str] = field(default_factory=lambda: {"publish-new", "publish-update"})
    before: Callable[[Request], Optional[Answer]] = lambda request: None
    _jtis: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Answer:
        intercepted = self.before(request)
        if intercepted is not None:
            return intercepted
        if request.path == "/identity":
            return self.job.identity_endpoint(request)
        if request.path == "/crates/api/v1/trusted_publishing/tokens":
            return self._crates_tokens(request)
        if request.path.startswith("/crates/api/v1/trusted_publishing/github_configs"):
            return self._github_configs(request)
        if request.path == "/_/oidc/audience":
            return json_answer({"audience": "pypi"})
        if request.path == "/_/oidc/mint-token":
            return self._mint_python(request)
        if request.path == "/crates/api/v1/crates/new":
            return self._publish(request)
        if request.path == "/legacy/" and request.method == "POST":
            return self._upload(request)
        return self.registries(request)

    def _crates_tokens(self, request: Request) -> Answer:
        if request.method == "DELETE":
            token = request.headers["authorization"].partition("Bearer ")[2]
            self.live.pop(token, None)
            self.revoked.append(token)
            return Answer(204)
        try:
            return json_answer({"token": self._exchange(json.loads(request.body)["jwt"])})
        except Refusal as refusal:
            return json_answer({"errors": [{"detail": refusal.detail}]}, refusal.status)

    def _exchange(self, token: str) -> str:
        verifier = Verifier(self.job.clock, f"{self.host}/crates", 60)
        try:
            claims = verifier.claims(token)
        except jwt.PyJWTError:
            raise Refusal(400, "Failed to decode JWT") from None
        if claims["iss"] == GOOGLE_ISSUER:
            raise Refusal(400, f"Unsupported JWT issuer: {GOOGLE_ISSUER}")
        if claims["jti"] in self._jtis:
            raise Refusal(400, "JWT has already been used")
        if claims["iss"] == GITLAB_ISSUER:
            scope = tuple(each.package for each in self.crates if _gitlab_trusts(each, claims))
            if not scope:
                project = claims["project_path"]
                raise Refusal(400, f"No Trusted Publishing config found for project `{project}`.")
            self._jtis.add(claims["jti"])
            return self._new_token("cio_tp_", 1800, scope)
        event = claims["event_name"]
        if event in ("pull_request_target", "workflow_run"):
            raise Refusal(
                400,
                f"Trusted Publishing does not support the `{event}` event trigger due to security "
                "concerns. Please use a different trigger such as `push`, `release`, or "
                "`workflow_dispatch`.",
            )
        repository = claims["repository"]
        place = f"The Trusted Publishing config for repository `{repository}`"
        found = [
            config
            for config in self.crates
            if f"{config.owner}/{config.repository}".lower() == repository.lower()
        ]
        if not found:
            raise Refusal(400, f"No Trusted Publishing config found for repository `{repository}`.")
        workflow = _file(claims["workflow_ref"])
        expected = ", ".join(f"`{config.workflow}`" for config in found)
        found = [config for config in found if config.workflow == workflow]
        if not found:
            raise Refusal(
                400,
                f"{place} does not match the workflow filename `{workflow}` in the JWT. "
                f"Expected workflow filenames: {expected}",
            )
        found = [config for config in found if _environment_fits(config, claims)]
        if not found:
            raise Refusal(400, f"{place} does not match the environment in the JWT.")
        self._jtis.add(claims["jti"])
        return self._new_token("cio_tp_", 1800, tuple(config.package for config in found))

    def _github_configs(self, request: Request) -> Answer:
        if request.headers.get("authorization") != API_TOKEN:
            return _crates_error(403, "authentication failed")
        if "trusted-publishing" not in self.scopes:
            words = "this token does not have the required permissions to perform this action"
            return _crates_error(403, words)
        if request.method == "GET":
            crate = parse_qs(request.query)["crate"][0]
            found = [config for config in self.crates if config.package == crate]
            return json_answer({"github_configs": [_shown(config) for config in found]})
        asked = json.loads(request.body)["github_config"]
        if asked["crate"] not in self.known_crates:
            return _crates_error(404, "Not Found")
        config = Config(
            asked["crate"],
            asked["repository_owner"],
            asked["repository_name"],
            workflow=asked["workflow_filename"],
            environment=asked["environment"],
        )
        if len([each for each in self.crates if each.package == config.package]) == 5:
            return _crates_error(409, "This crate already has the maximum number of configs")
        self.crates.append(config)
        return json_answer({"github_config": _shown(config)})

    def _publish(self, request: Request) -> Answer:
        token = request.headers.get("authorization", "")
        length = int.from_bytes(request.body[:4], "little")
        name = json.loads(request.body[4 : 4 + length])["name"]
        refusal = None
        if token.startswith("cio_tp_"):
            scope = self._scope(token)
            if name not in self.known_crates:
                refusal = (
                    "Trusted Publishing tokens do not support creating new crates. "
                    "Publish the crate manually, first"
                )
            elif scope is None:
                refusal = "Invalid authentication token"
            elif name not in scope:
                refusal = f"The provided access token is not valid for crate `{name}`"
        elif token != API_TOKEN:
            refusal = "authentication failed"
        if refusal:
            return json_answer({"errors": [{"detail": refusal}]}, 403)
        answer = self.registries(request)
        if answer.status == 200:
            self.known_crates.add(name)
            self.uploads.append((name, token))
        return answer

    def _mint_python(self, request: Request) -> Answer:
        try:
            claims = Verifier(self.job.clock, "pypi", 30).claims(json.loads(request.body)["token"])
        except jwt.PyJWTError:
            return _python_error("invalid-token", "malformed or invalid token")
        created = [config for config in self.pending if _pypi_trusts(config, claims)]
        self.pending = [config for config in self.pending if config not in created]
        self.projects += created
        found = [config for config in self.projects if _pypi_trusts(config, claims)]
        if claims.get("event_name") == "pull_request_target" or not found:
            return _python_error(
                "invalid-publisher",
                "valid token, but no corresponding publisher "
                "(Publisher with matching claims was not found)",
            )
        if claims["jti"] in self._jtis:
            return _python_error("invalid-reuse-token", "invalid token: already used")
        self._jtis.add(claims["jti"])
        token = self._new_token("pypi-", 900, tuple(config.package for config in found))
        return json_answer({"success": True, "token": token, "expires": self.live[token][0]})

    def _upload(self, request: Request) -> Answer:
        credential = request.headers.get("authorization", "").partition("Basic ")[2]
        user, _, token = base64.b64decode(credential).decode().partition(":")
        form = parse_form(request.headers["content-type"], request.body)
        name = form.first("name")
        if token != PASSWORD:
            scope = self._scope(token)
            if user != "__token__" or scope is None:
                return python_refusal(request, Refusal(403, "Invalid API Token: token is expired"))
            if name not in scope:
                detail = "Non-user identities cannot create new projects."
                return python_refusal(request, Refusal(400, detail))
        answer = self.registries(request)
        if answer.status == 200:
            self.uploads.append((name, token))
            self.attestations += [json.loads(text) for text in form.all("attestations")]
        return answer

    def _new_token(self, prefix: str, seconds: int, scope: tuple[str, ...]) -> str:
        token = secret(f"{prefix}{len(self.minted)}-short-lived")
        self.minted.append(token)
        self.live[token] = (self.job.clock.now() + seconds, scope)
        return token

    def _scope(self, token: str) -> Optional[tuple[str, ...]]:
        expires, scope = self.live.get(token, (0.0, ()))
        return scope if expires > self.job.clock.now() else None


def _crates_error(status: int, detail: str) -> Answer:
    return json_answer({"errors": [{"detail": detail}]}, status)


def _shown(config: Config) -> dict[str, Any]:
    return {
        "id": 1,
        "crate": config.package,
        "repository_owner": config.owner,
        "repository_name": config.repository,
        "workflow_filename": config.workflow,
        "environment": config.environment,
    }


def _python_error(code: str, description: str) -> Answer:
    errors = [{"code": code, "description": description}]
    return json_answer({"message": "Token request failed", "errors": errors}, 422)


def _gitlab_trusts(config: Config, claims: Mapping[str, Any]) -> bool:
    file = claims["ci_config_ref_uri"].partition("//")[2].partition("@")[0]
    return (
        claims["project_path"] == f"{config.owner}/{config.repository}"
        and claims["namespace_id"] == config.owner_id
        and file == config.workflow
        and _environment_fits(config, claims)
    )


def _pypi_trusts(config: Config, claims: Mapping[str, Any]) -> bool:
    if claims["iss"] == GITLAB_ISSUER:
        return _gitlab_trusts(config, claims)
    if claims["iss"] == GOOGLE_ISSUER:
        return bool(claims["email_verified"]) and claims["email"] == config.owner
    return (
        claims["repository"] == f"{config.owner}/{config.repository}"
        and claims["repository_owner_id"] == config.owner_id
        and _file(claims["job_workflow_ref"]) == config.workflow
        and _environment_fits(config, claims)
    )


def _environment_fits(config: Config, claims: Mapping[str, Any]) -> bool:
    if config.environment is None:
        return True
    return bool(config.environment.lower() == str(claims.get("environment", "")).lower())


def _file(reference: str) -> str:
    return reference.partition("@")[0].rpartition("/")[2]


def trusting(*packages: str, **changes: Any) -> list[Config]:
    """Configurations of these packages."""
    return [replace(Config(package), **changes) for package in packages]
