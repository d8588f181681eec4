"""Whether what targets say about the publishing job is true of the workflows and of the running job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Optional

from cratewheel.doctor.manifests import repository_key
from cratewheel.errors import Finding
from cratewheel.project import CRATES_IO, PYPI
from cratewheel.workflows.publishing import known_by, publishers
from cratewheel.workflows.reading import FOLDER, Workflow

Policies = Iterable[tuple[str, Mapping[str, str]]]


def policy_findings(
    policies: Policies,
    workflows: Sequence[Workflow],
    remote: Optional[str],
    environment: Mapping[str, str],
) -> Iterator[Finding]:
    """How each `trust_policy` differs from the workflows, the remote and the running job.

    Args:
        policies: (address of the target, its policy).
        remote: the address of the git remote.
        environment: the variables of the job; only GitHub's are looked at.
    """
    for address, policy in policies:
        place = f"{address}: trust_policy"
        yield from _repository(place, policy, remote, environment)
        if "workflow" in policy:
            yield from _workflow(place, policy, workflows, environment)


def _repository(
    place: str, policy: Mapping[str, str], remote: Optional[str], environment: Mapping[str, str]
) -> Iterator[Finding]:
    key = repository_key(remote or "")
    sources = [("the remote is", key[1:])] if key is not None else []
    running = environment.get("GITHUB_REPOSITORY", "").lower().partition("/")
    if running[1]:
        sources = [("this job runs for", (running[0], running[2]))]
    for what, (owner, name) in sources:
        for field, actual in (("owner", owner), ("repository", name)):
            wanted = policy.get(field)
            if wanted is not None and wanted.lower() != actual:
                message = f"the {field} is {wanted!r}, and {what} {owner}/{name}"
                yield Finding("CW-TRUST-POLICY", place, message)


def _workflow(
    place: str,
    policy: Mapping[str, str],
    workflows: Sequence[Workflow],
    environment: Mapping[str, str],
) -> Iterator[Finding]:
    name = policy["workflow"]
    named = [workflow for workflow in workflows if workflow.file == name]
    publishing = sorted(workflow.file for workflow in workflows if publishers(workflow))
    if not named:
        known = f"; {', '.join(publishing)} publishes" if publishing else ""
        yield Finding("CW-TRUST-POLICY", place, f"there is no {FOLDER}/{name}{known}")
        return
    jobs = publishers(named[0])
    if not jobs:
        known = f", and {', '.join(publishing)} does" if publishing else ""
        yield Finding("CW-TRUST-POLICY", place, f"no job of {named[0].path} publishes{known}")
        return
    wanted = policy.get("github_environment")
    for job in jobs:
        # GitHub does not tell environments apart by case, and an expression is not known here.
        if "${{" in job.environment or (wanted or "").lower() == job.environment.lower():
            continue
        if wanted is None:
            continue
        has = f"`{job.environment}`" if job.environment else "none"
        message = f"the environment is {wanted!r}, and `{job.id}` in {named[0].path} has {has}"
        yield Finding("CW-TRUST-POLICY", place, message)
    running = environment.get("GITHUB_WORKFLOW_REF", "").partition("@")[0].rpartition("/")[2]
    names = {
        known_by(workflow, job, registry)
        for workflow in workflows
        if workflow.file == running
        for job in publishers(workflow)
        for registry in (CRATES_IO, PYPI)
    }
    if names and name not in names:
        message = f"the workflow is {name!r}, and this job was started by {running!r}"
        yield Finding("CW-TRUST-POLICY", place, message)
