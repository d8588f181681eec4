"""What workflows do that makes a release fail, incomplete or somebody else's.

Runs in a tool process: it needs the workflows read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from cratewheel.doctor.workflow_permissions import permission_findings
from cratewheel.errors import Finding
from cratewheel.workflows.inlining import foreign_calls
from cratewheel.workflows.publishing import (
    cache_of,
    hands_over,
    job_uploads,
    known_by,
    long_lived_tokens,
    publishers,
    takes_over,
    uploads,
)
from cratewheel.workflows.reading import Job, Workflow, may

#: Events that run with the repository's rights on what strangers wrote; registries refuse them.
_UNTRUSTED = ("pull_request_target", "workflow_run")

#: By registry, the file names of the workflows that publish to it.
Registered = Mapping[str, frozenset[str]]

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def workflow_findings(
    workflows: Sequence[Workflow],
    *,
    called: Collection[str] = (),
    registered: Mapping[str, frozenset[str]] = {},
    creates: bool = False,
) -> Iterator[Finding]:
    """Everything wrong with the workflows of a repository, as far as releases go.

    Args:
        workflows: with what they call of the repository written out.
        called: the paths of those that only others of them start: what their jobs do is judged
            where they are called.
        registered: the workflows that published at the last release.
        creates: whether the next release creates a crate, for which crates.io wants a token.
    """
    for workflow in workflows:
        yield from _foreign(workflow)
        publishing = publishers(workflow)
        if not publishing:
            continue
        yield from _reusable(workflow, workflows)
        yield from _unpinned(workflow)
        if workflow.path in called:
            continue
        yield from _triggers(workflow)
        yield from _many(workflow, publishing)
        for job in publishing:
            yield from _needs(workflow, job, publishing)
            yield from _always(workflow, job)
            yield from _tokens(workflow, job, creates)
            yield from _deprecated(workflow, job)
        yield from _caches(workflow, publishing)
        yield from permission_findings(workflow, publishing)
    started = [workflow for workflow in workflows if workflow.path not in called]
    yield from _renamed(started, registered)
    yield from _started_by_tags(started)


def _place(workflow: Workflow, line: int) -> str:
    return f"{workflow.path}:{line}"


def _triggers(workflow: Workflow) -> Iterator[Finding]:
    for event in _UNTRUSTED:
        if event in workflow.triggers:
            message = f"it publishes and is started by `{event}`, which registries refuse"
            yield Finding("CW-WORKFLOW-TRIGGER", workflow.path, message)


def _foreign(workflow: Workflow) -> Iterator[Finding]:
    for job in foreign_calls(workflow):
        message = (
            f"`{job.id}` lets `{job.uses}` prove who it is: if that publishes, PyPI compares its name, "
            "and crates.io that of this workflow"
        )
        yield Finding("CW-WORKFLOW-REUSABLE", _place(workflow, job.line), message)


def _reusable(workflow: Workflow, workflows: Iterable[Workflow]) -> Iterator[Finding]:
    if "workflow_call" not in workflow.triggers:
        return
    callers = [
        each.path for each in workflows for job in each.jobs if job.defined_in == workflow.path
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


def _renamed(workflows: Sequence[Workflow], registered: Registered) -> Iterator[Finding]:
    for registry, names in sorted(publishing_files(workflows).items()):
        before = registered.get(registry, frozenset())
        if not before or names & before:
            continue
        place = next(
            workflow.path
            for workflow in workflows
            for job in publishers(workflow)
            if known_by(workflow, job, registry) in names
        )
        message = (
            f"the last release was published to {registry} by {' and '.join(sorted(before))}, and it "
            "knows a trusted publisher by that name"
        )
        mend = f"keep the name, or register {' and '.join(sorted(names))} there first"
        yield Finding("CW-WORKFLOW-RENAMED", place, message, mend)


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


def publishing_files(workflows: Iterable[Workflow]) -> Registered:
    """The file names by which registries know the workflows that publish to them."""
    found: dict[str, set[str]] = {}
    for workflow in workflows:
        for job in publishers(workflow):
            for upload in job_uploads(job):
                names = found.setdefault(upload.registry, set())
                names.add(known_by(workflow, job, upload.registry))
    return {registry: frozenset(names) for registry, names in found.items()}
