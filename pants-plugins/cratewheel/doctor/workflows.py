"""What workflows do that makes a release fail, incomplete or somebody else's.

Runs in a tool process: it needs the workflows read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from cratewheel.doctor.workflow_permissions import permission_findings
from cratewheel.errors import Finding
from cratewheel.workflows.publishing import (
    cache_of,
    hands_over,
    job_uploads,
    long_lived_tokens,
    publishers,
    takes_over,
    uploads,
)
from cratewheel.workflows.reading import Job, Workflow, may

#: Events that run with the repository's rights on what strangers wrote; registries refuse them.
_UNTRUSTED = ("pull_request_target", "workflow_run")

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def workflow_findings(
    workflows: Sequence[Workflow], *, registered: Collection[str] = (), creates: bool = False
) -> Iterator[Finding]:
    """Everything wrong with the workflows of a repository, as far as releases go.

    Args:
        registered: the file names of the workflows that published at the last release.
        creates: whether the next release creates a crate, for which crates.io wants a token.
    """
    for workflow in workflows:
        publishing = publishers(workflow)
        if not publishing:
            continue
        yield from _triggers(workflow)
        yield from _reusable(workflow, workflows)
        yield from _many(workflow, publishing)
        for job in publishing:
            yield from _needs(workflow, job, publishing)
            yield from _always(workflow, job)
            yield from _tokens(workflow, job, creates)
            yield from _deprecated(workflow, job)
        yield from _caches(workflow, publishing)
        yield from permission_findings(workflow, publishing)
        yield from _unpinned(workflow)
    yield from _renamed(workflows, registered)
    yield from _started_by_tags(workflows)


def _place(workflow: Workflow, line: int) -> str:
    return f"{workflow.path}:{line}"


def _triggers(workflow: Workflow) -> Iterator[Finding]:
    for event in _UNTRUSTED:
        if event in workflow.triggers:
            message = f"it publishes and is started by `{event}`, which registries refuse"
            yield Finding("CW-WORKFLOW-TRIGGER", workflow.path, message)


def _reusable(workflow: Workflow, workflows: Iterable[Workflow]) -> Iterator[Finding]:
    if "workflow_call" not in workflow.triggers:
        return
    callers = [
        each.path
        for each in workflows
        for job in each.jobs
        if job.uses.partition("@")[0].rpartition("/")[2] == workflow.file
    ]
    by = f" (by {', '.join(sorted(set(callers)))})" if callers else ""
    message = (
        f"it publishes and can be called{by}: PyPI reads the called workflow from the job's identity, "
        "crates.io and attestations the calling one"
    )
    yield Finding("CW-WORKFLOW-REUSABLE", workflow.path, message)


def _many(workflow: Workflow, publishing: Sequence[Job]) -> Iterator[Finding]:
    by_registry: dict[str, list[Job]] = {}
    for job in publishing:
        for registry in dict.fromkeys(upload.registry for upload in job_uploads(job)):
            by_registry.setdefault(registry, []).append(job)
    for job in publishing:
        if job.matrix:
            message = f"every job of the matrix `{job.id}` publishes what it has built by itself"
            yield Finding("CW-WORKFLOW-MANY-PUBLISHERS", _place(workflow, job.line), message)
    for registry, jobs in by_registry.items():
        if len(jobs) > 1:
            names = ", ".join(f"`{job.id}`" for job in jobs)
            message = (
                f"{names} each publish to {registry}: one may fail after another has published"
            )
            yield Finding("CW-WORKFLOW-MANY-PUBLISHERS", _place(workflow, jobs[1].line), message)


def _needs(workflow: Workflow, job: Job, publishing: Sequence[Job]) -> Iterator[Finding]:
    needed = workflow.needed_by(job)
    missed = [
        each.id
        for each in workflow.jobs
        if each.id != job.id
        and each.id not in needed
        and hands_over(each)
        and job.id not in workflow.needed_by(each)
        and each not in publishing
    ]
    if not missed:
        return
    names = " and ".join(f"`{each}`" for each in missed)
    place = _place(workflow, job.line)
    if takes_over(job):
        message = f"`{job.id}` publishes artifacts and does not need {names}, which hands some over"
        yield Finding("CW-WORKFLOW-NEEDS", place, message)
    elif not job.matrix:
        message = f"`{job.id}` publishes whether or not {names} succeeds"
        yield Finding("CW-WORKFLOW-NO-BARRIER", place, message)


def _always(workflow: Workflow, job: Job) -> Iterator[Finding]:
    conditions = [(job.line, job.condition)]
    conditions += [(step.line, step.condition) for step in job.steps if uploads(step)]
    for line, condition in conditions:
        found = re.search(r"\balways\s*\(|!\s*cancelled\s*\(|\bfailure\s*\(", condition)
        if found:
            message = f"`{job.id}` publishes `if: {condition}`, though what it needs has failed"
            yield Finding("CW-WORKFLOW-ALWAYS", _place(workflow, line), message)


def _tokens(workflow: Workflow, job: Job, creates: bool) -> Iterator[Finding]:
    if not may(workflow.permissions_of(job), "id-token"):
        return
    for name, line in long_lived_tokens(workflow, job):
        if creates and name == "CARGO_REGISTRY_TOKEN":
            continue
        message = f"`{job.id}` can prove what it is, and is given the long-lived {name} as well"
        yield Finding("CW-WORKFLOW-TOKEN", _place(workflow, line), message)


def _deprecated(workflow: Workflow, job: Job) -> Iterator[Finding]:
    for step in job.steps:
        for upload in uploads(step):
            if upload.deprecated:
                message = f"`{upload.command}` is deprecated by its makers"
                mend = f"use {upload.deprecated}, or `pants release`"
                yield Finding("CW-WORKFLOW-DEPRECATED", _place(workflow, step.line), message, mend)


def _caches(workflow: Workflow, publishing: Sequence[Job]) -> Iterator[Finding]:
    feeding = {each.id for each in publishing}
    for job in publishing:
        feeding |= workflow.needed_by(job)
    for job in workflow.jobs:
        if job.id not in feeding or not (hands_over(job) or job in publishing):
            continue
        for step in job.steps:
            cache = cache_of(step)
            if cache:
                message = f"`{job.id}` makes what is released, and restores {cache}"
                yield Finding("CW-WORKFLOW-CACHE", _place(workflow, step.line), message)


def _unpinned(workflow: Workflow) -> Iterator[Finding]:
    seen: set[str] = set()
    for job in workflow.jobs:
        for uses, line in ((job.uses, job.line), *((each.uses, each.line) for each in job.steps)):
            if not uses or uses.startswith("./") or uses in seen:
                continue
            seen.add(uses)
            if uses.startswith("docker://"):
                pinned = "@sha256:" in uses
            else:
                pinned = _COMMIT.fullmatch(uses.rpartition("@")[2]) is not None
            if not pinned:
                message = f"`{uses}` is whatever its owner makes of it by then"
                yield Finding("CW-ACTION-UNPINNED", _place(workflow, line), message)


def _renamed(workflows: Iterable[Workflow], registered: Collection[str]) -> Iterator[Finding]:
    publishing = [workflow for workflow in workflows if publishers(workflow)]
    names = {workflow.file for workflow in publishing}
    if not registered or not publishing or names & set(registered):
        return
    before = " and ".join(sorted(registered))
    message = (
        f"the last release was published by {before}, and registries know a trusted publisher by that "
        "name"
    )
    mend = f"keep the name, or register {publishing[0].file} as a trusted publisher first"
    yield Finding("CW-WORKFLOW-RENAMED", publishing[0].path, message, mend)


def _started_by_tags(workflows: Sequence[Workflow]) -> Iterator[Finding]:
    pushing = [
        workflow
        for workflow in workflows
        for job in publishers(workflow)
        if any(upload.tags for upload in job_uploads(job))
    ]
    if not pushing:
        return
    for workflow in workflows:
        if workflow in pushing:
            continue
        push = workflow.triggers.get("push")
        on_tags = isinstance(push, dict) and "tags" in push
        if on_tags or {"create", "release"} & set(workflow.triggers):
            message = (
                f"it starts on tags or releases, and those that {pushing[0].file} makes with its job's "
                "token start nothing"
            )
            yield Finding("CW-WORKFLOW-TAGS", workflow.path, message)


def publishing_files(workflows: Iterable[Workflow]) -> frozenset[str]:
    """The file names of the workflows that publish."""
    return frozenset(workflow.file for workflow in workflows if publishers(workflow))
