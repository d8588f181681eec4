"""What only the registries know: whose a name is, whom a crate trusts, and whether they trust this job.

Runs as `python -m cratewheel.doctor.registries REQUEST.json ANSWER.json` in a process of its own, the
only one of the doctor's that is given secrets.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Optional
from urllib.parse import quote, urlsplit

from packaging.utils import canonicalize_name
from twine.utils import DEFAULT_REPOSITORY

from cratewheel.doctor.manifests import repository_key
from cratewheel.doctor.online import Answer, Asked, Question, dumps, loads
from cratewheel.errors import CratewheelError, Finding
from cratewheel.project import CRATE, CRATES_IO
from cratewheel.publishing import crates_client
from cratewheel.publishing.addresses import simple_candidates
from cratewheel.publishing.claims import policy_differences
from cratewheel.publishing.credentials import GITHUB_JOB, given_credential, has_identity
from cratewheel.publishing.registration import Registrar, publisher_of_policy
from cratewheel.publishing.request import TrustPolicy
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.transcript import Transcript
from cratewheel.publishing.transport import NoAnswerError, Transport
from cratewheel.publishing.trusted_publisher import TrustedPublisher
from cratewheel.publishing.trusted_publishing import (
    Exchange,
    UnsupportedError,
    crates_exchange,
    python_exchange,
)
from cratewheel.registries.clock import SystemClock
from cratewheel.workflows.inlining import read_workflows
from cratewheel.workflows.publishing import job_uploads, publishers
from cratewheel.workflows.reading import may

_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Owned:
    """What a registry says of a name that exists.

    Args:
        owners: their names there, as far as it tells.
        repositories: the repositories that the package says it comes from.
    """

    owners: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()


def ask(question: Question, transport: Transport, around: Surroundings) -> Answer:
    """Asks everything there is to ask; a registry that does not answer is left out and said."""
    names: list[Finding] = []
    trust: list[Finding] = []
    silent: list[str] = []
    known: dict[str, Optional[Owned]] = {}
    jobs = tuple(publishing_jobs(question))
    for asked in question.packages:
        try:
            known[asked.id] = owned = look_up(transport, asked)
        except (NoAnswerError, CratewheelError, ValueError, KeyError, TypeError):
            silent.append(f"{asked.id}: {asked.endpoint.name} gave no usable answer")
            continue
        if owned is None:
            continue
        names += name_findings(asked, owned, question.remote)
        wanted = publisher_of_policy(TrustPolicy(**dict(asked.policy)))
        known_jobs = jobs if wanted is None else (wanted,)
        trust += registration_findings(transport, asked, known_jobs, around)
    proven: tuple[str, ...] = ()
    if question.prove:
        findings, proven = prove(question.packages, known, transport, around)
        trust += findings
    return Answer(tuple(names), tuple(dict.fromkeys(trust)), proven, tuple(silent))


def look_up(transport: Transport, asked: Asked) -> Optional[Owned]:
    """What the registry says of the package's name; None when it is free.

    Raises:
        NoAnswerError: and the errors of an answer that is none.
    """
    if asked.endpoint.kind == CRATE:
        return _crate(transport, asked)
    return _project(transport, asked)


def name_findings(asked: Asked, owned: Owned, remote: Optional[str]) -> Iterator[Finding]:
    """Whether a name that was never released from here is somebody else's."""
    if not asked.first:
        return
    by = f", of {', '.join(owned.owners)}" if owned.owners else ""
    here = repository_key(remote or "")
    keys = {key for each in owned.repositories if (key := repository_key(each)) is not None}
    if here is not None and here in keys:
        return
    registry = asked.endpoint.name
    if keys and here is not None:
        where = ", ".join("/".join(key) for key in sorted(keys))
        message = f"{registry} has {asked.name}{by}, and it comes from {where}"
        yield Finding("CW-NAME-TAKEN", asked.id, message)
    else:
        message = f"{registry} has {asked.name}{by}, and no tag says that it was released from here"
        yield Finding("CW-NAME-OWNED", asked.id, message)


def publishing_jobs(question: Question) -> Iterator[TrustedPublisher]:
    """The jobs that upload to crates.io by trusted publishing, as crates.io would have them registered."""
    key = repository_key(question.remote or "")
    if key is None or key[0] != "github.com":
        return
    # What cannot be read is said by the class of the workflows.
    found = read_workflows(dict(question.workflows))
    for workflow in found.written_out:
        for job in () if workflow.path in found.called else publishers(workflow):
            uploads = any(upload.registry == CRATES_IO for upload in job_uploads(job))
            if uploads and may(workflow.permissions_of(job), "id-token"):
                yield TrustedPublisher(
                    "github", key[1], key[2], workflow.file, job.environment or None
                )


def registration_findings(
    transport: Transport,
    asked: Asked,
    jobs: Sequence[TrustedPublisher],
    around: Surroundings,
) -> Iterator[Finding]:
    """Whether crates.io trusts the jobs that publish; only with a token that may ask.

    Args:
        jobs: what the target's policy describes, or the workflows where it has none.
    """
    if asked.endpoint.kind != CRATE or not jobs:
        return
    try:
        given = given_credential(asked.endpoint, around.environment)
        if given is None:
            return
        api = crates_client.connect(transport, asked.endpoint.address).api
        registered = Registrar(transport, api, given.secret).registered(asked.name)
    except CratewheelError as error:
        yield Finding("CW-TRUST-UNREADABLE", asked.id, str(error).partition("\n")[0])
        return
    has = "; ".join(str(each) for each in registered) or "nobody"
    for job in jobs:
        if not any(_trusts(each, job) for each in registered):
            message = f"{job} publishes it, and {asked.endpoint.name} trusts {has}"
            yield Finding("CW-TRUST-NOT-REGISTERED", asked.id, message)


def _trusts(registered: TrustedPublisher, job: TrustedPublisher) -> bool:
    """Whether a registration is for a job: one without environment is for jobs of any."""
    if registered.environment is None:
        job = replace(job, environment=None)
    return str(registered).lower() == str(job).lower()


def prove(
    packages: Sequence[Asked],
    known: dict[str, Optional[Owned]],
    transport: Transport,
    around: Surroundings,
) -> tuple[list[Finding], tuple[str, ...]]:
    """Has every registry mint a token for this job, and throws it away.

    A pending publisher of PyPI would come true by that, so a project that does not exist is not tried.

    Returns:
        What was refused, with the claims that the registry compares, and sentences on the others.
    """
    findings: list[Finding] = []
    said: list[str] = []
    for endpoint in dict.fromkeys(each.endpoint for each in packages):
        its = [each for each in packages if each.endpoint == endpoint]
        if not has_identity(around.environment, endpoint):
            message = "this is no CI job that may ask for an identity"
            findings.append(Finding("CW-TRUST-UNPROVEN", endpoint.name, message))
            continue
        new = [each for each in its if known.get(each.id) is None]
        if endpoint.kind != CRATE and new:
            why = f"it has no project {new[0].name} yet"
            if new[0].id not in known:
                why = f"it does not say whether it has the project {new[0].name}"
            said.append(
                f"{endpoint.name} was not asked for a token: {why}, and a pending publisher comes true "
                "with the first token"
            )
            continue
        try:
            exchange = _exchange(transport, its[0], around)
            if exchange is None:
                raise UnsupportedError("it has no trusted publishing")
            claims = exchange.identity().claims
            minted = exchange.mint()
            around.transcript.hide(minted.secret)
            exchange.revoke(minted)
            presented = exchange.matches(claims)
            for each in its:
                differences = policy_differences(TrustPolicy(**dict(each.policy)), presented)
                if differences:
                    message = f"trust_policy: {'; '.join(differences)}"
                    findings.append(Finding("CW-TRUST-MISMATCH", each.id, message))
            said.append(_accepted(endpoint.name, [each.name for each in its]))
        except UnsupportedError as error:
            findings.append(Finding("CW-TRUST-UNPROVEN", endpoint.name, str(error)))
        except CratewheelError as error:
            findings += error.findings
    return findings, tuple(said)


def _accepted(registry: str, names: Sequence[str]) -> str:
    """What a token that was minted proves: a registry mints one for all that trust the job together."""
    if len(names) == 1:
        return f"{registry} accepts this job for {names[0]}"
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{registry} accepts this job for at least one of {listed}; for which, its answer does not say"


def _exchange(transport: Transport, asked: Asked, around: Surroundings) -> Optional[Exchange]:
    endpoint = asked.endpoint
    if endpoint.kind == CRATE:
        api = crates_client.connect(transport, endpoint.address).api
        return crates_exchange(transport, around.identity, api, endpoint.name)
    upload = endpoint.address or DEFAULT_REPOSITORY
    return python_exchange(transport, around.identity, upload, endpoint.name)


def _crate(transport: Transport, asked: Asked) -> Optional[Owned]:
    api = crates_client.connect(transport, asked.endpoint.address).api
    url = f"{api}/api/v1/crates/{quote(asked.name)}"
    headers = {"Accept": "application/json"}
    response = transport.send("GET", url, headers=headers)
    document = response.json()
    if response.status_code == 404 and "errors" in document:
        return None
    repository = document["crate"].get("repository")
    owners = transport.send("GET", f"{url}/owners", headers=headers)
    users = owners.json().get("users", []) if owners.status_code == 200 else []
    return Owned(
        tuple(str(user["login"]) for user in users), (str(repository),) if repository else ()
    )


def _project(transport: Transport, asked: Asked) -> Optional[Owned]:
    # The JSON API is beside the Simple API; an index that has none knows nothing of owners.
    simple = simple_candidates(asked.endpoint.address or DEFAULT_REPOSITORY)[0]
    root, name = urlsplit(simple), canonicalize_name(asked.name)
    url = f"{root.scheme}://{root.netloc}/pypi/{name}/json"
    response = transport.send("GET", url, headers={"Accept": "application/json"})
    if response.status_code == 404:
        page = transport.send("GET", f"{simple.rstrip('/')}/{name}/", headers={})
        if page.status_code not in (200, 404):
            raise ValueError(f"HTTP {page.status_code}")
        return Owned() if page.status_code == 200 else None
    document: Any = response.json()
    info = document["info"]
    roles = (document.get("ownership") or {}).get("roles") or []
    urls = [*(info.get("project_urls") or {}).values(), info.get("home_page") or ""]
    return Owned(
        tuple(dict.fromkeys(str(role["user"]) for role in roles)),
        tuple(str(url) for url in urls if repository_key(str(url)) is not None),
    )


def main(arguments: Sequence[str]) -> int:
    """Carries the command out."""
    question, answer = (Path(each) for each in arguments)
    transport = Transport(SystemClock(), _PATIENCE_SECONDS)
    # The report goes to standard output; GitHub reads what is to be hidden from either.
    transcript = Transcript(sys.stderr, github=bool(os.environ.get(GITHUB_JOB)))
    around = Surroundings(SystemClock(), transcript, os.environ)
    found = ask(loads(question.read_text(encoding="utf-8")), transport, around)
    answer.parent.mkdir(parents=True, exist_ok=True)
    answer.write_text(dumps(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
