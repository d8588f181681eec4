"""A healthy repository as files and targets, what makes it sick, and what the doctor says of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Optional

from cratewheel.cargo.model import load_cargo_model
from cratewheel.doctor.__main__ import examine
from cratewheel.doctor.checkout import Checkout
from cratewheel.doctor.facts import Facts, report_on
from cratewheel.doctor.listing import list_files
from cratewheel.doctor.report import Report
from cratewheel.doctor.request import examined, workflow_files
from cratewheel.plan.model import Plan
from cratewheel.project import CRATE, WHEEL, DeclaredPackage, Project
from cratewheel.python_project import load_python_projects

HEALTHY: Mapping[str, str] = {
    "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["core", "binding"]\n',
    "core/Cargo.toml": """\
[package]
name = "demo-core"
version = "0.1.0"
edition = "2021"
description = "What the demo does"
license = "MIT OR Apache-2.0"
license-file = "LICENSE"
readme = "README.md"
repository = "https://github.com/octo/demo"

[features]
fast = []
""",
    "core/README.md": "# Demo\n",
    "core/LICENSE": "Take it.\n",
    "core/src/lib.rs": "//! The demo.\n",
    "binding/Cargo.toml": """\
[package]
name = "demo-binding"
version = "0.1.0"
edition = "2021"
publish = false

[lib]
name = "_demo"
crate-type = ["cdylib"]

[dependencies]
demo-core = { path = "../core", version = "0.1.0" }
pyo3 = { version = "0.30", features = ["abi3-py39"] }
""",
    "binding/src/lib.rs": "//! The binding.\n",
    "binding/pyproject.toml": """\
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "demo"
description = "What the demo does, from Python"
readme = "README.rst"
license = "MIT OR Apache-2.0"
license-files = ["LICEN[CS]E*"]
requires-python = ">=3.9"
authors = [{ name = "A", email = "a@example.org" }, { name = "B" }]
classifiers = ["Programming Language :: Rust"]
dependencies = ["tomli>=2; python_version < '3.11'"]
dynamic = ["version"]

[project.optional-dependencies]
extra = ["rich>=13; python_version > '3.9'", "tomlkit"]

[project.urls]
Source = "https://github.com/octo/demo"

[tool.maturin]
module-name = "demo._demo"
python-source = "python"
""",
    "binding/README.rst": "Demo\n====\n\nText.\n",
    "binding/LICENSE": "Take it.\n",
    "binding/python/demo/__init__.py": "",
}

CORE = DeclaredPackage("core:core", CRATE, "core", publish=True)
BINDING = DeclaredPackage("binding:demo", WHEEL, "binding", publish=True)


@dataclass
class Sick:
    """A repository to be made sick.

    Args:
        unowned: files that no target owns.
        environment: variables of the running job.
        facts: what else the doctor is told, by name of the field of `Facts`.
    """

    files: dict[str, str] = field(default_factory=lambda: dict(HEALTHY))
    packages: list[DeclaredPackage] = field(default_factory=lambda: [CORE, BINDING])
    unowned: set[str] = field(default_factory=set)
    facts: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def replace(self, file: str, old: str, new: str) -> None:
        """Replaces a text that occurs once in a file."""
        assert self.files[file].count(old) == 1, (file, old)
        self.files[file] = self.files[file].replace(old, new)

    def declare(self, package: DeclaredPackage, **changes: Any) -> None:
        """Changes the target of a package."""
        at = self.packages.index(package)
        self.packages[at] = replace(package, **changes)

    def project(self) -> Project:
        manifests = {
            path: text.encode() for path, text in self.files.items() if path.endswith((".toml",))
        }
        return Project(
            cargo=load_cargo_model(manifests),
            python=load_python_projects(manifests),
            manifests=manifests,
            packages=tuple(sorted(self.packages, key=lambda package: package.address)),
            workspace_targets={"": "//:cargo"},
        )

    def with_workflows(self, **texts: str) -> None:
        """Adds workflows, by the names of their files without the suffix."""
        workflows = {
            f".github/workflows/{name.replace('_', '-')}.yml": text.encode()
            for name, text in texts.items()
        }
        checkout = self.facts.get("checkout", Checkout())
        self.facts["checkout"] = replace(checkout, workflows={**checkout.workflows, **workflows})

    def report(self, folder: Optional[Path] = None) -> Report:
        """What the doctor says.

        Args:
            folder: where the files are written for cargo to list them; None to leave cargo out.
        """
        project = self.project()
        plan = self.facts.get("plan") or Plan(commit="0" * 40)
        files = frozenset(self.files)
        contents = {path: text.encode() for path, text in self.files.items()}
        checkout = self.facts.get("checkout", Checkout())
        request = examined(project, project.packages, plan, checkout, self.environment)
        known = Facts(
            project=project,
            packages=project.packages,
            plan=plan,
            all_files=files,
            owned=files - self.unowned,
            examined=examine(request, {**contents, **workflow_files(checkout)}),
            packed=() if folder is None else self._packed(project, folder),
        )
        return report_on(replace(known, **self.facts))

    def _packed(self, project: Project, folder: Path) -> Any:
        for path, text in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        return tuple(
            (
                package.address,
                list_files(folder, project.crate_directory(package) or "", os.environ),
            )
            for package in project.packages
        )


def codes(report: Report, severities: Collection[str] = ("error", "warning", "note")) -> list[str]:
    """The codes of the findings of some severities, sorted."""
    return sorted(
        diagnosis.finding.code for diagnosis in report.diagnoses if diagnosis.severity in severities
    )


Sickness = Callable[[Sick], None]
