"""Every field and option that decides a release, seen in the plan that Pants prints."""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from crates_project import make_project
from pants_run import Repository

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")

#: A wheel of the crate `cw-grain`, beside it.
WHEEL = {
    "Cargo.toml": '[workspace]\nmembers = ["grain", "sieve", "python"]\nresolver = "2"\n',
    "python/BUILD": 'maturin_wheel(name="python", publish=True, platforms=[\n'
    '    "x86_64-unknown-linux-gnu",\n], abis=["abi3"])\n',
    "python/Cargo.toml": '[package]\nname = "cw-bound"\nversion = "0.1.0"\nedition = "2021"\n\n'
    '[lib]\ncrate-type = ["cdylib"]\n\n'
    '[dependencies]\npyo3 = { version = "0.28", features = ["abi3-py39"] }\n',
    "python/src/lib.rs": "",
    "python/pyproject.toml": '[build-system]\nrequires = ["maturin>=1.9,<2"]\n'
    'build-backend = "maturin"\n\n[project]\nname = "cw-bound"\nversion = "0.1.0"\n'
    'requires-python = ">=3.9"\n',
}
#: What the index has of its last release: a wheel more than the platforms above give.
PUBLISHED = (
    "cw_bound-0.1.0.tar.gz",
    "cw_bound-0.1.0-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "cw_bound-0.1.0-cp39-abi3-win_amd64.whl",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """Two crates that were released as 0.1.0, the lower one of which has changed since."""
    with make_project(tmp_path_factory.mktemp("fields")) as made:
        made.write({"sieve/notes.py": 'FIRST = "x"\n__version__ = "0.1.0"\n'})
        made.commit("Carry the version in another place")
        made.git("tag", "cw-grain-v0.1.0")
        made.git("tag", "cw-sieve-v0.1.0")
        made.replace("grain/src/lib.rs", "/// One.", "/// The number one.")
        made.commit("Say what one is\n\nrelease: minor")
        made.git("branch", "start")
        yield made


@pytest.fixture(autouse=True)
def back_to_start(project: Repository) -> Iterator[None]:
    tags = set(project.git("tag").split())
    yield
    project.git("reset", "--quiet", "--hard", "start")
    project.git("clean", "--quiet", "--force", "-d")
    for tag in set(project.git("tag").split()) - tags:
        project.git("tag", "--delete", tag)


def plan(project: Repository, *arguments: str) -> Any:
    goal = ("release-plan", "--offline", "--format=json")
    options = [each for each in arguments if each.startswith("--cratewheel")]
    return json.loads(project.pants(*options, *goal, "::").succeeded().stdout)


def versions(found: Any) -> dict[str, str]:
    return {package["id"]: package["version"] for package in found["packages"]}


def held(found: Any, package_id: str) -> str:
    (package,) = (each for each in found["held"] if each["id"] == package_id)
    return "; ".join(package["reasons"])


def test_versioning_by_manifests(project: Repository) -> None:
    manifests = "--cratewheel-versioning=manifest"
    found = plan(project, manifests)
    assert versions(found) == {}
    assert "grain/Cargo.toml still says 0.1.0" in held(found, "crate:cw-grain")
    project.replace("grain/Cargo.toml", 'version = "0.1.0"', 'version = "0.1.7"')
    assert versions(plan(project, manifests)) == {"crate:cw-grain": "0.1.7"}


def test_default_bump(project: Repository) -> None:
    project.replace("sieve/src/lib.rs", "/// Two.", "/// The number two.")
    project.commit("Say what two is")
    ignored = project.git("rev-parse", "start").strip()
    options = ("--cratewheel-default-bump=none", f"--cratewheel-ignore-trailers={ignored}")
    assert versions(plan(project, *options)) == {}
    assert versions(plan(project, options[1])) == {
        "crate:cw-grain": "0.1.1",
        "crate:cw-sieve": "0.1.1",
    }


def test_ignored_trailers(project: Repository) -> None:
    assert versions(plan(project))["crate:cw-grain"] == "0.2.0"
    ignored = project.git("rev-parse", "HEAD").strip()[:9]
    found = plan(project, f"--cratewheel-ignore-trailers={ignored}")
    assert versions(found)["crate:cw-grain"] == "0.1.1"


def test_tags_off_the_branch(project: Repository) -> None:
    project.git("checkout", "--quiet", "-b", "maintenance", "cw-grain-v0.1.0")
    project.commit("Mend the old release")
    project.git("tag", "cw-grain-v0.1.5")
    project.git("checkout", "--quiet", "main")
    project.git("branch", "--quiet", "--delete", "--force", "maintenance")
    project.pants("release-plan", "--offline", "::").refused("CW-TAG-OFF-BRANCH", "grain:grain")
    counted = plan(project, "--cratewheel-tags=all")
    assert counted["packages"][0]["previous"] == "0.1.5"
    passed_over = plan(project, "--cratewheel-tags=reachable")
    assert passed_over["packages"][0]["previous"] == "0.1.0"


def test_prereleases_and_groups(project: Repository) -> None:
    project.replace("sieve/BUILD", "publish=True", "publish=True, prereleases=False")
    project.commit("Try it first\n\nrelease: rc [cw-grain]")
    found = plan(project)
    assert versions(found) == {"crate:cw-grain": "0.2.0-rc.1"}
    assert "prereleases=False" in held(found, "crate:cw-sieve")
    for crate in ("grain", "sieve"):
        build = f'crate_package(name="{crate}", publish=True, version_group="both")\n'
        project.write({f"{crate}/BUILD": build})
    project.git("tag", "both-v0.1.0", "cw-grain-v0.1.0")
    together = plan(project)
    assert set(versions(together).values()) == {"0.2.0-rc.1"}
    assert {package["tag"] for package in together["packages"]} == {"both-v0.2.0-rc.1"}


def test_first_version_and_tag_format(project: Repository) -> None:
    project.replace(
        "sieve/BUILD",
        "publish=True",
        'publish=True, first_version="0.7.0", tag_format="s{version}"',
    )
    (sieve,) = (each for each in plan(project)["packages"] if each["id"] == "crate:cw-sieve")
    assert (sieve["version"], sieve["bump"], sieve["tag"]) == ("0.7.0", "first", "s0.7.0")


def test_version_files(project: Repository) -> None:
    entry = '["sieve/notes.py", "sieve/notes.py:FIRST"]'
    project.replace("sieve/BUILD", "publish=True", f"publish=True, version_files={entry}")
    project.commit("Declare them")
    (sieve,) = (each for each in plan(project)["packages"] if each["id"] == "crate:cw-sieve")
    assert sieve["version_files"] == ["sieve/notes.py", "sieve/notes.py:FIRST"]
    project.pants("package", "sieve::").succeeded()
    with tarfile.open(project.root / "dist" / f"cw-sieve-{sieve['version']}.crate") as archive:
        member = archive.extractfile(f"cw-sieve-{sieve['version']}/notes.py")
        assert member is not None
        stamped = member.read().decode()
    assert stamped == f'FIRST = "{sieve["version"]}"\n__version__ = "{sieve["version"]}"\n'
    assert project.git("status", "--porcelain") == ""


def test_a_decision_has_no_place_beside_a_frozen_plan(project: Repository) -> None:
    project.pants("release-plan", "--offline", "--output=dist/plan.json", "::").succeeded()
    frozen = "--cratewheel-plan=dist/plan.json"
    decided = "--release=crate:cw-sieve@major"
    project.pants(frozen, "release", decided, "::").refused("CW-RELEASE-OPTION", decided)
    project.pants(frozen, "release-plan", "--offline", decided, "::").refused(
        "CW-RELEASE-OPTION", decided
    )


class _Index(BaseHTTPRequestHandler):
    """A Python index that has one project, for those who only look."""

    def do_GET(self) -> None:
        found = self.path == "/simple/cw-bound/"
        files = [{"filename": name, "url": name, "hashes": {}} for name in PUBLISHED]
        body = json.dumps(
            {"meta": {"api-version": "1.0"}, "name": "cw-bound", "files": files}
        ).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def index() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Index) as server:
        thread = Thread(target=partial(server.serve_forever, 0.05))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/legacy/"
        server.shutdown()
        thread.join()


def test_what_a_plan_made_offline_drops_is_found_before_it_is_carried_out(
    project: Repository, index: str, tmp_path: Path
) -> None:
    project.write(WHEEL)
    project.commit("Bind it")
    project.git("tag", "cw-bound-v0.1.0")
    project.write({"python/src/more.rs": "\n"})
    project.commit("Mend it")
    project.pants("release-plan", "--offline", "--output=dist/plan.json", "python::").succeeded()

    def release() -> Any:
        return project.pants(
            "--cratewheel-plan=dist/plan.json",
            "--cratewheel-destination=registries",
            f"--cratewheel-python-repository={index}",
            "release",
            "python::",
        )

    refused = release().refused("CW-FILES-DROPPED", "python:python: drops")
    assert "this release drops cp39-abi3 for win_amd64" in refused.output
    project.replace(
        "python/BUILD", "publish=True", 'publish=True, drops=["cp39-abi3 for win_amd64"]'
    )
    project.commit("Say so")
    project.pants("release-plan", "--offline", "--output=dist/plan.json", "python::").succeeded()
    assert "CW-FILES-DROPPED" not in release().refused("CW-CREDENTIALS-MISSING").output
