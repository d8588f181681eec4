"""What the steps of workflows do for a release: what they publish, hand over, restore and are given."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from posixpath import basename

from cratewheel.project import CRATES_IO, PYPI
from cratewheel.workflows.reading import Job, Step, Workflow

#: Programs that start another one, with the words that belong to them.
_STARTERS = frozenset(("sudo", "exec", "time", "env", "uvx", "command"))
_RUNNERS = frozenset((("uv", "run"), ("pipx", "run"), ("poetry", "run"), ("python", "-m")))

_TOKENS = frozenset(
    (
        "CARGO_REGISTRY_TOKEN",
        "MATURIN_PASSWORD",
        "MATURIN_PYPI_TOKEN",
        "TWINE_PASSWORD",
        "UV_PUBLISH_PASSWORD",
        "UV_PUBLISH_TOKEN",
    )
)


@dataclass(frozen=True)
class Upload:
    """An upload to a registry by one step.

    Args:
        registry: `crates.io`, `PyPI` or the address of another.
        command: what makes it, for people.
        deprecated: what to use instead, where its makers say not to use it any longer.
        tags: whether it pushes tags as well.
    """

    registry: str
    command: str
    deprecated: str = ""
    tags: bool = False


def uploads(step: Step) -> tuple[Upload, ...]:
    """What a step uploads to registries."""
    found = [upload for words in commands(step.run) for upload in _of_command(words)]
    action = action_name(step)
    if action == "pypa/gh-action-pypi-publish":
        registry = step.inputs.get("repository-url") or step.inputs.get("repository_url") or PYPI
        old = step.uses.endswith("@master")
        instead = "the `release/v1` line, pinned" if old else ""
        found.append(Upload(registry, action, instead))
    elif action in ("katyo/publish-crates", "release-plz/action"):
        if step.inputs.get("dry-run") != "true" and step.inputs.get("command") != "release-pr":
            found.append(Upload(CRATES_IO, action))
    elif action == "pyo3/maturin-action" and step.inputs.get("command") in ("publish", "upload"):
        command = f"maturin {step.inputs['command']}"
        found.append(Upload(PYPI, command, _INSTEAD_OF_MATURIN))
    return tuple(dict.fromkeys(found))


_INSTEAD_OF_MATURIN = "`uv publish`, twine or gh-action-pypi-publish"


def _of_command(words: Sequence[str]) -> Iterator[Upload]:
    program, rest = basename(words[0]), [word for word in words[1:] if not word.startswith("+")]
    goals = [word for word in rest if not word.startswith("-")]
    first = goals[0] if goals else ""
    if "--dry-run" in rest or "--help" in rest:
        return
    if program == "cargo" and first == "publish":
        yield Upload(CRATES_IO, "cargo publish")
    elif program == "cargo" and first == "release" and "--execute" in rest:
        yield Upload(CRATES_IO, "cargo release")
    elif program == "release-plz" and first == "release":
        yield Upload(CRATES_IO, "release-plz release")
    elif program == "twine" and first == "upload":
        yield Upload(
            _option(rest, "--repository-url", "-r", "--repository") or PYPI, "twine upload"
        )
    elif program in ("uv", "poetry", "flit", "hatch") and first == "publish":
        yield Upload(_option(rest, "--publish-url", "--index") or PYPI, f"{program} publish")
    elif program == "maturin" and first in ("publish", "upload"):
        yield Upload(PYPI, f"maturin {first}", _INSTEAD_OF_MATURIN)
    elif program == "setup.py" and "upload" in goals:
        yield Upload(PYPI, "setup.py upload", "twine or gh-action-pypi-publish")
    elif program == "pants" and not any(each.endswith("=rehearsal") for each in rest):
        for goal in ("release", "publish"):
            if goal in goals:
                yield Upload(CRATES_IO, f"pants {goal}", tags=True)
                yield Upload(PYPI, f"pants {goal}", tags=True)


def commands(script: str) -> Iterator[tuple[str, ...]]:
    """The commands of a shell script, in words, without what starts them.

    Good enough to find a program and its sub-command; no shell is imitated beyond words, comments,
    continued lines and what separates commands.
    """
    for line in script.replace("\\\n", " ").splitlines():
        try:
            lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()")
            lexer.whitespace_split = True
            words = list(lexer)
        except ValueError:
            words = line.split()
        command: list[str] = []
        for word in [*words, ";"]:
            if word and set(word) <= set(";&|()"):
                stripped = _without_starters(command)
                if stripped:
                    yield stripped
                command = []
            else:
                command.append(word)


def _without_starters(words: Sequence[str]) -> tuple[str, ...]:
    rest = list(words)
    while rest:
        program = re.sub(r"^python[\d.]*$", "python", basename(rest[0]))
        if re.fullmatch(r"\w+=.*", rest[0]) or program in _STARTERS or program in _KEYWORDS:
            del rest[0]
        elif (program, *rest[1:2]) in _RUNNERS:
            del rest[:2]
        elif program == "python" and len(rest) > 1 and basename(rest[1]) == "setup.py":
            del rest[0]
        else:
            break
    return tuple(rest)


_KEYWORDS = frozenset(("if", "then", "else", "do", "while", "until", "!", "{"))


def _option(words: Sequence[str], *names: str) -> str:
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else "".join(words[at + 1 : at + 2])
    return ""


def action_name(step: Step) -> str:
    """`owner/name` of the action that a step uses, in lower case; "" for none or a local one."""
    if step.uses.startswith((".", "docker:")):
        return ""
    return step.uses.partition("@")[0].lower()


def job_uploads(job: Job) -> tuple[Upload, ...]:
    """What a job uploads to registries."""
    return tuple(dict.fromkeys(upload for step in job.steps for upload in uploads(step)))


def known_by(workflow: Workflow, job: Job, registry: str) -> str:
    """The file name by which a registry knows a job: crates.io compares the workflow that was started,
    PyPI the one that the job is written in.

    Source: RFC 3691 of Rust (`workflow_ref`) and PyPI's publisher for GitHub (`job_workflow_ref`).
    """
    return basename(workflow.path if registry == CRATES_IO else job.defined_in or workflow.path)


def publishers(workflow: Workflow) -> tuple[Job, ...]:
    """The jobs of a workflow that upload to a registry."""
    return tuple(job for job in workflow.jobs if job_uploads(job))


def hands_over(job: Job) -> bool:
    """Whether a job makes artifacts for others."""
    return any(action_name(step).startswith("actions/upload-artifact") for step in job.steps)


def takes_over(job: Job) -> bool:
    """Whether a job takes artifacts of others."""
    return any(action_name(step).startswith("actions/download-artifact") for step in job.steps)


def cache_of(step: Step) -> str:
    """What a step restores from a cache; "" for none, or for one that leaves releases out."""
    name = action_name(step)
    if _spares_releases(step.condition):
        return ""
    if name.startswith(("actions/cache", "swatinem/rust-cache", "mozilla-actions/sccache-action")):
        return name
    for key in ("cache", "sccache", "enable-cache", "rust-cache"):
        value = step.inputs.get(key, "")
        if value not in ("", "false") and not _spares_releases(value):
            return f"{name} ({key}: {value})"
    return ""


#: Conditions that do not hold while a release is made, as far as they are written in one of the usual ways.
_NOT_OF_RELEASES = re.compile(
    r"!\s*startsWith\(\s*github\.ref\s*,\s*'refs/tags"
    r"|!\s*startsWith\(\s*github\.ref_name\s*,"
    r"|github\.ref_type\s*(!=\s*'tag'|==\s*'branch')"
    r"|github\.(ref|ref_name)\s*!=\s*'"
    r"|github\.event_name\s*(!=\s*'(push|release|schedule|workflow_dispatch)'|==\s*'pull_request')"
)


def _spares_releases(expression: str) -> bool:
    return _NOT_OF_RELEASES.search(expression) is not None


def long_lived_tokens(workflow: Workflow, job: Job) -> tuple[tuple[str, int], ...]:
    """The secrets of registries that a job is given: (the name they go by, line)."""
    found: list[tuple[str, int]] = []
    for line, variables in (
        (job.line, workflow.env),
        (job.line, job.env),
        *((step.line, step.env) for step in job.steps),
    ):
        found += [
            (name, line)
            for name, value in variables.items()
            if name in _TOKENS and _is_secret(value)
        ]
    for step in job.steps:
        if uploads(step):
            found += [
                (key, step.line)
                for key in ("password", "registry-token", "token")
                if _is_secret(step.inputs.get(key, "")) and "GITHUB_TOKEN" not in step.inputs[key]
            ]
            found += [(word, step.line) for word in re.findall(r"secrets\.(\w+)", step.run)]
    return tuple(dict.fromkeys(found))


def _is_secret(value: str) -> bool:
    return re.search(r"\bsecrets\b", value) is not None
