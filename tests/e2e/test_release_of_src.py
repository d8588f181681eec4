"""What somebody sees who clones this repository and releases its `src/`."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli
from pants_run import Repository, Result, copy_checkout, repository, run

CRATE = "textloc-0.1.0.crate"
SDIST = "textloc-0.1.0.tar.gz"
IN_ORDER = re.compile(r"^(textloc-\S+): uploaded", re.MULTILINE)

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("remote") / "project.git"
    run(["git", "init", "--bare", "--quiet", str(folder)], folder.parent).succeeded()
    return folder


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, remote: Path) -> Iterator[Repository]:
    """A clone of this repository that has pushed what it has."""
    folder = tmp_path_factory.mktemp("clone")
    copy_checkout(folder)
    with repository(folder) as made:
        made.git("remote", "add", "origin", str(remote))
        made.git("push", "--quiet", "--set-upstream", "origin", "main")
        yield made


@pytest.fixture(autouse=True)
def put_back(clone: Repository) -> Iterator[None]:
    """Whatever a test edits is as it was for the next one."""
    yield
    clone.git("checkout", "--quiet", ".")
    clone.git("clean", "--quiet", "--force", "-d")


@pytest.fixture(scope="module")
def released(clone: Repository) -> Result:
    """The first release."""
    return clone.pants("release", "--output=dist/record.json", "src::").succeeded()


def rehearsal(clone: Repository, name: str = "rehearsal") -> list[str]:
    """The names of the files in the registries of a rehearsal."""
    folder = clone.root / "dist" / name
    return sorted(
        path.name for path in folder.rglob("textloc-*") if path.suffix in (".crate", ".whl", ".gz")
    )


def packages(clone: Repository) -> set[str]:
    """The names of the files that `pants package` left in dist/."""
    return {path.name for path in (clone.root / "dist").glob("textloc-*")}


def forget_packages(clone: Repository) -> None:
    """Removes them."""
    for name in packages(clone):
        (clone.root / "dist" / name).unlink()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def record_of(clone: Repository, name: str) -> Any:
    return json.loads((clone.root / name).read_text())


def test_one_command_releases_the_crate_and_then_the_wheel(
    clone: Repository, released: Result
) -> None:
    uploaded = IN_ORDER.findall(released.stdout)
    assert uploaded[0] == CRATE
    assert uploaded[-1] == SDIST
    assert [name for name in uploaded if name.endswith(".whl")] == uploaded[1:-1] != []
    assert rehearsal(clone) == sorted(uploaded)


def test_it_says_first_what_it_will_do(released: Result) -> None:
    plan, _, _ = released.stdout.partition(": uploaded")
    assert "nothing leaves this machine" in plan
    assert plan.index("crate:textloc 0.1.0") < plan.index("wheel:textloc 0.1.0")
    assert "after crate:textloc" in plan


def test_it_names_the_rows_that_this_machine_does_not_build(released: Result) -> None:
    assert (
        "left out: wheel:textloc for x86_64-pc-windows-msvc: x86_64-pc-windows-msvc is linked by "
        "Visual Studio's tools, on Windows" in released.stdout
    )


def test_the_workflows_of_this_repository_are_the_generated_ones(clone: Repository) -> None:
    said = clone.pants("release-init").succeeded().stdout
    assert said.count(": as it should be\n") == 3, said
    assert clone.git("status", "--porcelain") == ""


def test_the_last_line_says_that_it_was_a_rehearsal_and_how_to_install(released: Result) -> None:
    assert released.last_line.startswith("This was a rehearsal, nothing was released: 3 uploaded")
    assert "pip install --index-url file:///" in released.last_line
    assert "cargo --config " in released.last_line


def test_pip_installs_the_rehearsed_wheel_and_it_works(
    clone: Repository, released: Result, tmp_path: Path
) -> None:
    run([sys.executable, "-m", "venv", "environment"], tmp_path).succeeded()
    python = str(tmp_path / "environment" / "bin" / "python")
    found = re.search(r"(pip install --index-url file:\S+ textloc==\S+);", released.last_line)
    assert found is not None, released.last_line
    pip = [python, "-m", *shlex.split(found[1]), "--no-cache-dir", "--only-binary=:all:"]
    run(pip, tmp_path).succeeded()

    program = "import textloc; print(textloc.LineIndex('a\\nbc').position(3), textloc.__file__)"
    said = run([python, "-c", program], tmp_path).succeeded().stdout

    assert said.startswith("(1, 1) ")
    assert str(tmp_path / "environment") in said


def test_the_command_of_a_row_builds_that_row(clone: Repository) -> None:
    clone.pants("release-plan", "--offline", "--output=plan.json", "src::").succeeded()
    rows = record_of(clone, "plan.json")["matrix"]["include"]
    (sdist,) = (row for row in rows if row["kind"] == "sdist")
    forget_packages(clone)

    program, *arguments = shlex.split(sdist["command"])
    assert program == "pants"
    clone.pants(*arguments).succeeded()

    assert packages(clone) == {SDIST, "textloc-sdist.artifacts.json"}


def test_a_major_core_goes_into_a_wheel_of_another_version(
    clone: Repository, tmp_path: Path
) -> None:
    for package in ("crates/textloc", "packages/python"):
        clone.replace(f"src/{package}/BUILD", '    version_group="textloc",\n', "")
    core, binding = "src/crates/textloc/src/lib.rs", "src/packages/python/src/lib.rs"
    clone.replace(
        core,
        "mod encoding;\n",
        '/// Which release this is.\npub const VERSION: &str = env!("CARGO_PKG_VERSION");\n\nmod encoding;\n',
    )
    module = "fn _textloc(module: &Bound<'_, PyModule>) -> PyResult<()> {\n"
    clone.replace(binding, module, module + '    module.add("CORE", textloc::VERSION)?;\n')
    clone.git("tag", "textloc-v0.1.0")
    clone.git("tag", "textloc-py-v0.1.0")
    try:
        released = clone.pants(
            "--cratewheel-rehearsal-dir=dist/major",
            "release",
            "--release=crate:textloc@major",
            "src::",
        ).succeeded()
    finally:
        clone.git("tag", "--delete", "textloc-v0.1.0", "textloc-py-v0.1.0")

    crate, *others = IN_ORDER.findall(released.stdout)
    assert crate == "textloc-1.0.0.crate"
    assert {"-".join(name.split("-")[:2]) for name in others} == {
        "textloc-0.1.1",
        "textloc-0.1.1.tar.gz",
    }
    (sdist,) = (clone.root / "dist" / "major").rglob("textloc-0.1.1.tar.gz")
    with tarfile.open(sdist) as archive:
        manifests = [
            tomli.loads(read.read().decode())
            for member in archive.getmembers()
            for read in [archive.extractfile(member)]
            if member.name.endswith("/Cargo.toml") and read is not None
        ]
    requirements = [
        table["textloc"]["version"]
        for manifest in manifests
        for table in (
            manifest.get("dependencies", {}),
            manifest.get("workspace", {}).get("dependencies", {}),
        )
        if "version" in table.get("textloc", {})
    ]
    assert requirements == ["1.0.0"]

    run([sys.executable, "-m", "venv", "environment"], tmp_path).succeeded()
    python = str(tmp_path / "environment" / "bin" / "python")
    found = re.search(r"(pip install --index-url file:\S+ textloc==\S+);", released.last_line)
    assert found is not None, released.last_line
    pip = [python, "-m", *shlex.split(found[1]), "--no-cache-dir", "--only-binary=:all:"]
    run(pip, tmp_path).succeeded()
    program = (
        "from importlib.metadata import version; from textloc import _textloc; "
        "print(version('textloc'), _textloc.CORE)"
    )
    assert run([python, "-c", program], tmp_path).succeeded().stdout == "0.1.1 1.0.0\n"


def test_cargo_builds_against_the_rehearsed_crate(
    clone: Repository, released: Result, tmp_path: Path
) -> None:
    found = re.search(r"cargo --config .*", released.last_line)
    assert found is not None
    cargo = shlex.split(found[0])
    consumer = tmp_path / "consumer"
    run(["cargo", "new", "--quiet", "--vcs=none", str(consumer)], tmp_path).succeeded()

    run(cargo, consumer).succeeded()
    (consumer / "src" / "main.rs").write_text(
        """fn main() {
    let index = textloc::LineIndex::new("a\\nbc");
    println!("{}", index.line_count());
}
"""
    )
    target = tmp_path / "target"
    said = run(
        [*cargo[:3], "run", "--quiet"], consumer, environment={"CARGO_TARGET_DIR": str(target)}
    ).succeeded()

    assert said.stdout.strip() == "2"
    assert "textloc" in (consumer / "Cargo.lock").read_text()


def test_the_record_has_every_file_in_upload_order(clone: Repository, released: Result) -> None:
    record = record_of(clone, "dist/record.json")

    assert [entry["filename"] for entry in record] == IN_ORDER.findall(released.stdout)
    assert {entry["status"] for entry in record} == {"uploaded"}
    assert [entry["id"] for entry in record] == ["crate:textloc"] + ["wheel:textloc"] * 2
    assert {entry["version"] for entry in record} == {"0.1.0"}
    files = {path.name: path for path in (clone.root / "dist" / "rehearsal").rglob("textloc-*")}
    for entry in record:
        assert entry["registry"]
        assert entry["sha256"] == sha256(files[entry["filename"]])


def test_a_second_run_uploads_nothing_and_says_so(clone: Repository, released: Result) -> None:
    again = clone.pants("release", "--output=dist/second.json", "src::").succeeded()

    assert IN_ORDER.findall(again.stdout) == []
    assert "0 uploaded, 3 already there" in again.last_line
    assert {entry["status"] for entry in record_of(clone, "dist/second.json")} == {"present"}
    assert [entry["sha256"] for entry in record_of(clone, "dist/second.json")] == [
        entry["sha256"] for entry in record_of(clone, "dist/record.json")
    ]


def test_publish_after_it_uploads_nothing(clone: Repository, released: Result) -> None:
    before = rehearsal(clone)
    published = clone.pants("publish", "--output=dist/published.json", "src::").succeeded()

    assert IN_ORDER.findall(published.stdout) == []
    assert published.output.count("skipped (already live in the rehearsal, the same bytes)") == 2
    assert rehearsal(clone) == before
    entries = [
        entry for each in record_of(clone, "dist/published.json") for entry in each.get("data", ())
    ]
    assert {entry["filename"] for entry in entries} == set(before)
    assert {entry["status"] for entry in entries} == {"present"}


def test_publish_uploads_the_crate_first_in_whatever_order_pants_runs_it(clone: Repository) -> None:
    crate = (clone.root / "src/crates/textloc/BUILD").read_text()
    orders = set()
    for number in range(20):
        # A field that changes nothing else changes where the target lands in Pants' set.
        clone.write(
            {"src/crates/textloc/BUILD": crate.replace("publish", f'tags=["{number}"],\n publish')}
        )
        name = f"publish-{number}"
        result = clone.pants(
            f"--cratewheel-rehearsal-dir=dist/{name}",
            "publish",
            f"--output=dist/{name}.json",
            "src::",
        ).succeeded()

        uploaded = IN_ORDER.findall(result.stdout)
        assert uploaded[0] == CRATE, result.stdout
        assert sorted(uploaded) == rehearsal(clone, name)
        entries = [
            entry
            for each in record_of(clone, f"dist/{name}.json")
            for entry in each["data"]
            if entry["status"] == "uploaded"
        ]
        assert sorted({entry["filename"] for entry in entries}) == sorted(uploaded)
        orders.add(tuple(re.findall(r"(crate|wheel):textloc 0.1.0 published", result.output)))
        if len(orders) == 2:
            break
    assert orders == {("crate", "wheel"), ("wheel", "crate")}


def test_publish_of_the_wheel_alone_takes_care_of_its_crate(clone: Repository) -> None:
    result = clone.pants(
        "--cratewheel-rehearsal-dir=dist/alone", "publish", "packages/python", cwd="src"
    ).succeeded()

    assert IN_ORDER.findall(result.stdout)[0] == CRATE
    assert rehearsal(clone, "alone") == sorted(IN_ORDER.findall(result.stdout))


def test_a_rehearsal_leaves_the_repository_and_its_remote_alone(
    clone: Repository, remote: Path, released: Result
) -> None:
    head = clone.git("rev-parse", "HEAD").strip()
    assert clone.git("status", "--porcelain") == ""
    assert clone.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines() == [
        f"refs/heads/main {head}",
        f"refs/remotes/origin/main {head}",
    ]
    refs = run(["git", "for-each-ref", "--format=%(refname) %(objectname)"], remote).succeeded()
    assert refs.stdout == f"refs/heads/main {head}\n"
    assert clone.git("log", "--format=%s") == "Start\n"


def test_after_an_edit_the_rehearsal_starts_afresh(clone: Repository) -> None:
    folder = "--cratewheel-rehearsal-dir=dist/edited"
    clone.pants(folder, "release", "src::").succeeded()
    clone.replace("src/crates/textloc/README.md", "# textloc", "# textloc, edited")

    again = clone.pants(folder, "release", "src::").succeeded()

    assert f"{CRATE} has changed since" in again.stdout
    assert IN_ORDER.findall(again.stdout)[0] == CRATE
    assert "3 uploaded, 0 already there" in again.last_line


def test_a_small_rust_change_compiles_only_what_changed(clone: Repository) -> None:
    clone.pants("package", "src/packages/python").succeeded()
    library = clone.root / "src/crates/textloc/src/lib.rs"
    # Cargo has to see another function, and it must differ from the one of the last test run.
    library.write_text(f"{library.read_text()}\n/// Now.\npub const NOW: u64 = {time.time_ns()};\n")
    started = time.time()

    clone.pants("package", "src/packages/python").succeeded()

    compiled = {
        path.name.partition("-")[0]
        for path in build_roots().glob("wheel-python-*/target/**/deps/*")
        if path.suffix in (".rlib", ".so") and path.stat().st_mtime >= started
    }
    assert compiled == {"libtextloc", "lib_textloc.so"}
    assert not list(clone.root.glob("src/**/target"))


def build_roots() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ["HOME"], ".cache")
    return Path(cache, "pants", "named_caches", "cratewheel_build_roots")


def test_tailor_writes_the_build_files_once_and_they_package(clone: Repository) -> None:
    for build in (clone.root / "src").rglob("BUILD"):
        build.unlink()

    clone.pants("tailor", "::").succeeded()
    written = {
        str(path.relative_to(clone.root)): path.read_text()
        for path in (clone.root / "src").rglob("BUILD")
    }
    again = clone.pants("tailor", "::").succeeded()

    assert "cargo_workspace(" in written["src/BUILD"]
    assert re.search(r"crate_package\(.*publish=True", written["src/crates/textloc/BUILD"], re.S)
    assert re.search(r"maturin_wheel\(.*publish=True", written["src/packages/python/BUILD"], re.S)
    assert "BUILD" not in again.output
    assert written == {
        str(path.relative_to(clone.root)): path.read_text()
        for path in (clone.root / "src").rglob("BUILD")
    }
    forget_packages(clone)
    clone.pants("package", "src::").succeeded()
    assert {CRATE, SDIST} < packages(clone)


def test_package_puts_the_same_files_into_dist(clone: Repository, released: Result) -> None:
    forget_packages(clone)
    clone.pants("package", "src::").succeeded()

    record = record_of(clone, "dist/record.json")
    assert {entry["filename"]: entry["sha256"] for entry in record} == {
        entry["filename"]: sha256(clone.root / "dist" / entry["filename"]) for entry in record
    }
