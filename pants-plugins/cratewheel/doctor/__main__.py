"""The checks that need a tool's libraries, in a process of their own.

Runs as `python -m cratewheel.doctor REQUEST.json FOLDER`: the folder has the files that the request
speaks of. The findings, by class, go to standard output as JSON.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Optional

from cratewheel.cargo.model import load_cargo_model
from cratewheel.doctor.metadata import InspectedProject, license_findings, metadata_findings
from cratewheel.doctor.report import MANIFESTS, TRUST, WORKFLOWS
from cratewheel.doctor.request import EARLIER, Request, loads
from cratewheel.doctor.trust import policy_findings
from cratewheel.doctor.workflows import publishing_files, workflow_findings
from cratewheel.errors import Finding
from cratewheel.finding_document import dumps_by_class
from cratewheel.workflows.inlining import read_workflows


def examine(request: Request, files: Mapping[str, bytes]) -> dict[str, tuple[Finding, ...]]:
    """The findings by class.

    Args:
        files: contents by repository-relative path: every Cargo.toml, and what the request names.
    """
    model = load_cargo_model(
        {path: content for path, content in files.items() if path.endswith("Cargo.toml")}
    )
    projects = [
        InspectedProject(
            path=each.path,
            content=files[each.path],
            crate=model.crates.get(each.crate_directory or ""),
            version=each.version,
            for_pypi=each.for_pypi,
            readme=_readme(each.readme, files),
        )
        for each in request.projects
    ]
    crates = [model.crates[each] for each in request.crates if each in model.crates]
    found = read_workflows(_texts(request.workflows, files))
    workflows = found.written_out
    beginning = f"{EARLIER}/"
    earlier = read_workflows(
        {path[len(beginning) :]: text for path, text in _texts(request.earlier, files).items()}
    )
    started_earlier = [each for each in earlier.written_out if each.path not in earlier.called]
    policies = [(address, dict(policy)) for address, policy in request.policies]
    return {
        MANIFESTS: (*metadata_findings(projects), *license_findings(crates)),
        WORKFLOWS: (
            *found.findings,
            *workflow_findings(
                workflows,
                called=found.called,
                registered=publishing_files(started_earlier),
                creates=request.creates,
            ),
        ),
        TRUST: tuple(
            policy_findings(policies, workflows, request.remote, dict(request.environment))
        ),
    }


def _texts(paths: Iterable[str], files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: files[path].decode("utf-8", errors="replace") for path in paths}


def _readme(path: Optional[str], files: Mapping[str, bytes]) -> Optional[tuple[str, str]]:
    if path is None or path not in files:
        return None
    return path, files[path].decode("utf-8", errors="replace")


def main(arguments: Sequence[str]) -> int:
    """Carries the command out."""
    request, folder = (Path(each) for each in arguments)
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    print(dumps_by_class(examine(loads(request.read_text(encoding="utf-8")), files)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
