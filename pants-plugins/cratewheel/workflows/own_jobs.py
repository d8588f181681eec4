"""The jobs of a project's own workflows that build what cratewheel cannot, by the rows they make.

Runs in a tool process: it needs the workflows read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Optional

from cratewheel.platforms import PLATFORMS, nearest_triple
from cratewheel.workflows.publishing import hands_over, job_uploads
from cratewheel.workflows.reading import Job, Step, Workflow

_WASM = "wasm32-unknown-emscripten"
#: How a job says that it builds for a platform that only a project's own job builds for.
_BEYOND = {
    **{each.triple: each.triple for each in PLATFORMS.values() if each.workflow_only},
    _WASM: "emscripten|pyodide|wasm32",
}
_PROFILED = re.compile(r"profile-generate|profile-use|cargo[ -]pgo|\bpgo\b", re.IGNORECASE)
_EXPRESSION = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")
_ON_ARM = re.compile(r".*-arm\b|macos-(?!.*(?:intel|large))(?:latest|1[4-9]|2\d).*")
_ARCHITECTURES = frozenset(
    ("x86_64", "x64", "amd64", "aarch64", "arm64", "i686", "x86", "armv7", "ppc64le", "s390x")
)
_SYSTEMS = {"ubuntu": "linux", "linux": "linux", "macos": "macos", "windows": "windows"}


def jobs_by_triple(workflows: Iterable[Workflow], actions: Mapping[str, str]) -> Mapping[str, str]:
    """`JOB in FILE` of the rows that stay with a job, by triple; the first job of each counts.

    They are the rows of the platforms that cratewheel does not build for, and those of jobs that
    optimise with a profile (PGO).

    Args:
        actions: the text of the repository's own actions, by path.
    """
    found: dict[str, str] = {}
    for workflow in workflows:
        for job in workflow.jobs:
            if not hands_over(job) and not job_uploads(job):
                continue
            name = f"{job.id} in {workflow.file}"
            texts = [_text(step, actions) for step in job.steps]
            combinations = [*_combinations(job.axes)]
            said = "\n".join((*texts, *(" ".join(each.values()) for each in combinations)))
            for triple, pattern in _BEYOND.items():
                if re.search(pattern, said, re.IGNORECASE):
                    found.setdefault(triple, name)
            if any(_PROFILED.search(text) for text in texts):
                for triple in _triples(job, combinations):
                    found.setdefault(triple, name)
    return found


def _text(step: Step, actions: Mapping[str, str]) -> str:
    """What a step does, with what the repository's own action does for it."""
    own = ""
    if step.uses.startswith("./"):
        folder = step.uses[len("./") :].rstrip("/")
        own = "".join(actions.get(f"{folder}/action.{end}", "") for end in ("yml", "yaml"))
    return "\n".join(
        (
            step.name,
            step.uses,
            step.run,
            *step.inputs,
            *step.inputs.values(),
            *step.env.values(),
            own,
        )
    )


def _triples(job: Job, combinations: Sequence[Mapping[str, str]]) -> Iterator[str]:
    for values in combinations:
        flags = [value for key, value in values.items() if key.lower() == "pgo"]
        if any("pgo" in (key.lower() for key in each) for each in combinations) and (
            not flags or flags[0].lower() in ("", "false")
        ):
            continue
        triple = _triple([*values.values(), *(_filled(each, values) for each in job.runs_on)])
        if triple is not None:
            yield triple


def _filled(label: str, values: Mapping[str, str]) -> str:
    return _EXPRESSION.sub(lambda found: values.get(found[1], ""), label)


def _triple(words: Sequence[str]) -> Optional[str]:
    """The triple that the values of a matrix and the labels of a runner mean together."""
    named = [word for word in words if word in PLATFORMS]
    if named:
        return named[0]
    lowered = [word.lower() for word in words]
    system = next(
        (_SYSTEMS[head] for each in lowered if (head := each.split("-")[0]) in _SYSTEMS), ""
    )
    if not system:
        return None
    architecture = next((each for each in lowered if each in _ARCHITECTURES), "")
    if not architecture:
        on_arm = any(_ON_ARM.fullmatch(each) for each in lowered)
        architecture = "aarch64" if on_arm else "x86_64"
    if any(each.startswith("musllinux") for each in lowered):
        system = "musllinux"
    return nearest_triple(f"{architecture}-{system}")


def _combinations(axes: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    """The jobs of a matrix, as GitHub's "Workflow syntax" has it, with values that are plain text."""
    plain = {
        name: values
        for name, values in axes.items()
        if name not in ("include", "exclude") and isinstance(values, list)
    }
    made = [dict(zip(plain, values)) for values in product(*plain.values())] if plain else []
    for left_out in _dictionaries(axes.get("exclude")):
        made = [each for each in made if not left_out.items() <= each.items()]
    originals = [dict(each) for each in made]
    for added in _dictionaries(axes.get("include")):
        fitting = [
            at
            for at, each in enumerate(originals)
            if all(each.get(name, value) == value for name, value in added.items())
        ]
        for at in fitting:
            made[at].update(added)
        if not fitting:
            made.append(dict(added))
    for each in made or [{}]:
        yield {name: value for name, value in each.items() if isinstance(value, str)}


def _dictionaries(values: Any) -> Iterator[Mapping[str, Any]]:
    for each in values if isinstance(values, list) else ():
        if isinstance(each, dict):
            yield each
