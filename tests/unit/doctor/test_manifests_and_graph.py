"""Sick manifests and graphs: each finding of the doctor, by a repository that has nothing else wrong."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from sick_repository import BINDING, CORE, HEALTHY, Sick, Sickness, codes

from cratewheel.doctor.checkout import Checkout
from cratewheel.doctor.graph import owned, python_folders
from cratewheel.doctor.manifests import AskedFeatures, repository_key
from cratewheel.doctor.packaged import PackagedFiles, dumps, loads
from cratewheel.doctor.report import GRAPH, MANIFESTS
from cratewheel.project import CRATE, DeclaredPackage

CORE_TOML = "core/Cargo.toml"
BINDING_TOML = "binding/Cargo.toml"
PYPROJECT = "binding/pyproject.toml"


def described(old: str, new: str, file: str = PYPROJECT) -> Sickness:
    return lambda sick: sick.replace(file, old, new)


def renamed(name: str) -> Sickness:
    def rename(sick: Sick) -> None:
        sick.replace(CORE_TOML, '"demo-core"', f'"{name}"')
        sick.replace(BINDING_TOML, "demo-core =", f"{name} =")

    return rename


def without(file: str) -> Sickness:
    return lambda sick: sick.files.__delitem__(file)


def asking_for(feature: str) -> Sickness:
    entry = AskedFeatures("core", "core:core: features", (feature,))
    return lambda sick: sick.facts.update(asked=(entry,))


def documented_with(feature: str) -> Sickness:
    return documented(f'features = ["{feature}"]')


def documented(settings: str, table: str = "docs.rs") -> Sickness:
    text = f"[package.metadata.{table}]\n{settings}\n"
    return lambda sick: sick.files.update({CORE_TOML: HEALTHY[CORE_TOML] + text})


def cloned_from(address: str) -> Sickness:
    return lambda sick: sick.facts.update(checkout=Checkout(remote=address))


def leaving_out(*patterns: str) -> Sickness:
    listed = ", ".join(f'"{pattern}"' for pattern in patterns)
    return described('python-source = "python"', f'python-source = "python"\nexclude = [{listed}]')


def without_build_script(sick: Sick) -> None:
    sick.files["binding/build.rs"] = "fn main() {}\n"
    leaving_out("/build.rs")(sick)


def built(name: str, size: int) -> Sickness:
    return lambda sick: sick.facts.update(sizes={f"dist/{name}": size})


def stray_module(sick: Sick) -> None:
    sick.files["binding/python/helpers/__init__.py"] = ""


def ignored_module(sick: Sick) -> None:
    sick.facts["checkout"] = Checkout(ignored=frozenset({"binding/python/demo/_version.py"}))


def unowned_module(sick: Sick) -> None:
    sick.files["binding/python/demo/more.py"] = ""
    sick.unowned.add("binding/python/demo/more.py")


def unowned_source(sick: Sick) -> None:
    sick.files["core/src/tables/words.txt"] = "words"
    sick.unowned.add("core/src/tables/words.txt")


def unowned_at_the_root(sick: Sick) -> None:
    """A crate at the root, beside whatever else a repository has there."""
    sick.files["Cargo.toml"] = (
        '[package]\nname = "base"\nversion = "1.0.0"\nedition = "2021"\ndescription = "Base"\n'
        'license = "MIT"\n\n' + HEALTHY["Cargo.toml"]
    )
    sick.files.update({"src/lib.rs": "", "src/words.txt": "words", "justfile": "", "ci/run": ""})
    sick.unowned |= {"src/words.txt", "justfile", "ci/run"}
    sick.packages.append(DeclaredPackage("//:base", CRATE, "", publish=True))


def needs_unpublished(sick: Sick) -> None:
    sick.files["core/Cargo.toml"] += (
        '\n[dependencies]\nbase = { path = "../base", version = "1" }\n'
    )
    sick.files["base/Cargo.toml"] = (
        '[package]\nname = "base"\nversion = "1.0.0"\nedition = "2021"\n'
    )
    sick.replace("Cargo.toml", '"core",', '"core", "base",')
    sick.packages.append(DeclaredPackage("base:base", CRATE, "base"))


def needs_absent(sick: Sick) -> None:
    needs_unpublished(sick)
    sick.facts["live"] = {"base": False}


def circle(sick: Sick) -> None:
    needs_unpublished(sick)
    sick.packages[-1] = DeclaredPackage("base:base", CRATE, "base", publish=True)
    sick.files["base/Cargo.toml"] += (
        'description = "Base"\nlicense = "MIT"\n\n'
        '[dev-dependencies]\ndemo-core = { path = "../core", version = "0.1.0" }\n'
    )


def public_binding(sick: Sick) -> None:
    sick.replace(BINDING_TOML, "publish = false", 'description = "B"\nlicense = "MIT"')
    sick.packages.append(DeclaredPackage("binding:binding", CRATE, "binding", publish=True))


SICK_MANIFESTS = {
    "no description": (
        described('description = "What the demo does"\n', "", CORE_TOML),
        "CW-CRATE-METADATA",
    ),
    "a name that crates.io refuses": (renamed("d" * 65), "CW-CRATE-NAME"),
    "a path without version": (
        described(
            'readme = "README.md"',
            'readme = "README.md"\n\n[dependencies]\nx = { path = "../binding" }\n[package.metadata]',
            CORE_TOML,
        ),
        "CW-CRATE-PATH-WITHOUT-VERSION",
    ),
    "a feature that is not there": (asking_for("quick"), "CW-FEATURE-UNKNOWN"),
    "a feature of the crate by its name": (asking_for("demo-core/quick"), "CW-FEATURE-UNKNOWN"),
    "a feature of no dependency": (asking_for("fast,serde?/derive"), "CW-FEATURE-UNKNOWN"),
    "a feature of docs.rs": (documented_with("quick"), "CW-DOCS-RS-FEATURE"),
    "a key unknown to docs.rs": (documented("all_features = true"), "CW-DOCS-RS-KEY"),
    "a switch of docs.rs that is none": (documented('all-features = "yes"'), "CW-DOCS-RS-KEY"),
    "a list of docs.rs that is none": (documented('targets = "x"'), "CW-DOCS-RS-KEY"),
    "docs.rs in quotes": (documented("default-target = 1", '"docs.rs"'), "CW-DOCS-RS-KEY"),
    "another repository": (cloned_from("https://github.com/fork/demo"), "CW-REPOSITORY-MISMATCH"),
    "a licence that is none": (
        described("MIT OR Apache-2.0", "MIT-ish", CORE_TOML),
        "CW-LICENSE-EXPRESSION",
    ),
    "a licence that PyPI knows not": (
        described('"MIT OR Apache-2.0"', '"MIT-ish"'),
        "CW-WHEEL-METADATA",
    ),
    "no licence file": (without("binding/LICENSE"), "CW-LICENSE-FILE"),
    "no readme": (without("core/README.md"), "CW-README-MISSING"),
    "a description too long": (
        described("What the demo does", "x" * 1001, CORE_TOML),
        "CW-CRATE-METADATA",
    ),
    "a classifier that is none": (described(":: Rust", ":: Oxide"), "CW-WHEEL-METADATA"),
    "a summary too long": (described("from Python", "x" * 520), "CW-WHEEL-METADATA"),
    "an address that is none": (
        described("https://github.com/octo/demo", "octo/demo"),
        "CW-WHEEL-METADATA",
    ),
    "a direct requirement": (
        described('"tomlkit"', '"tomlkit @ https://example.org/t.whl"'),
        "CW-WHEEL-METADATA",
    ),
    **{
        f"an sdist without {pattern}": (leaving_out(pattern), "CW-SDIST-FILE-LEFT-OUT")
        for pattern in (
            "src/**",
            "/src/*.rs",
            "README*",
            "**/demo/*.py",
            "READM?.rst",
            "[!A-Q]EADME.rst",
        )
    },
    "an sdist without its build script": (without_build_script, "CW-SDIST-FILE-LEFT-OUT"),
    "a readme of an unknown kind": (
        described('"README.rst"', '{ file = "README.rst", content-type = "text/html" }'),
        "CW-README-RENDERING",
    ),
    "a readme in the manifest that does not render": (
        described('"README.rst"', '{ text = ".. include:: x", content-type = "text/x-rst" }'),
        "CW-README-RENDERING",
    ),
    "a wheel too large": (
        built("demo-0.1.0-cp39-abi3-any.whl", 101 * 2**20),
        "CW-ARTIFACT-TOO-LARGE",
    ),
}

SICK_GRAPHS = {
    "a file that nobody owns": (unowned_source, "CW-FILES-UNOWNED"),
    "a file of a crate at the root": (unowned_at_the_root, "CW-FILES-UNOWNED"),
    "a package beside the wheel's": (stray_module, "CW-MODULE-NOT-IN-WHEEL"),
    "a module that nobody owns": (unowned_module, "CW-MODULE-NOT-IN-WHEEL"),
    "a module that git ignores": (ignored_module, "CW-MODULE-NOT-IN-WHEEL"),
    "a dependency nobody publishes": (needs_unpublished, "CW-DEPENDENCY-UNPUBLISHED"),
    "a dependency crates.io has not": (needs_absent, "CW-DEPENDENCY-UNPUBLISHED"),
    "a circle of dev-dependencies": (circle, "CW-DEPENDENCY-UNPUBLISHED"),
    "a binding goes public": (public_binding, "CW-BINDING-PUBLIC"),
    "dependents left out": (
        lambda sick: sick.facts.update(with_dependents=False),
        "CW-CHANGED-DEPENDENTS",
    ),
}


def test_healthy_repository_has_no_finding(tmp_path: Path) -> None:
    sick = Sick()
    cloned_from("git@github.com:Octo/demo.git")(sick)
    asking_for("fast")(sick)
    documented(
        'features = ["fast"]\nno-default-features = true\ntargets = ["wasm32-unknown-unknown"]\n'
        'rustdoc-args = ["--generate-link-to-definition"]\n'
    )(sick)
    found = sick.report(tmp_path if shutil.which("cargo") else None)
    assert [str(diagnosis.finding) for diagnosis in found.diagnoses] == []


@pytest.mark.parametrize(
    "change",
    [
        asking_for("demo-core/fast"),
        asking_for("default"),
        leaving_out("x/[a", "docs/**", "*.md"),
        described('"README.rst"', '{ text = "Demo", content-type = "text/markdown" }'),
        described('readme = "README.rst"\n', ""),
        # What the project does not say, maturin takes from the crate.
        described('description = "What the demo does, from Python"\n', ""),
        described('[project.urls]\nSource = "https://github.com/octo/demo"\n', ""),
        described('requires-python = ">=3.9"\n', ""),
        described('license = "MIT OR Apache-2.0"', 'license = { text = "MIT" }'),
        described('license = "MIT OR Apache-2.0"\n', ""),
    ],
)
def test_what_a_repository_may_as_well_have_is_no_finding(change: Sickness) -> None:
    sick = Sick()
    change(sick)
    assert codes(sick.report()) == []


def test_nothing_is_asked_of_what_is_not_published() -> None:
    sick = Sick()
    sick.declare(CORE, publish=False)
    sick.declare(BINDING, publish=False)
    cloned_from("https://github.com/fork/demo")(sick)
    documented_with("quick")(sick)
    described('description = "What the demo does"\n', "", CORE_TOML)(sick)
    circle(sick)
    sick.packages[-1] = DeclaredPackage("base:base", CRATE, "base")
    assert codes(sick.report()) == []


def test_a_file_is_owned_by_whichever_target_above_it_takes_it_in() -> None:
    targets = [
        ("", lambda path: path.endswith(".md")),
        ("py", lambda path: path.endswith(".py")),
        ("py", lambda path: path == "py/data.txt"),
        ("rs", lambda path: True),
    ]
    paths = ["a.md", "py/x/b.py", "py/data.txt", "py/more.txt", "b.py", "rs/c.rs"]
    assert owned(paths, targets) == {"a.md", "py/x/b.py", "py/data.txt", "rs/c.rs"}


def test_the_folders_of_python_packages_are_those_that_maturin_packs() -> None:
    sick = Sick()
    assert python_folders(sick.project(), sick.packages) == ("binding/python",)
    described('python-source = "python"\n', "")(sick)
    assert python_folders(sick.project(), sick.packages) == ("binding", "binding/src")


@pytest.mark.parametrize(
    ("area", "sickness", "code"),
    [
        *((MANIFESTS, *case) for case in SICK_MANIFESTS.values()),
        *((GRAPH, *case) for case in SICK_GRAPHS.values()),
    ],
    ids=[*SICK_MANIFESTS, *SICK_GRAPHS],
)
def test_a_sick_repository_has_its_finding_and_no_other(
    area: str, sickness: Sickness, code: str
) -> None:
    sick = Sick()
    sickness(sick)
    found = sick.report()
    assert {(each.area, each.finding.code) for each in found.diagnoses} == {(area, code)}


def excluding(pattern: str) -> Sickness:
    return described(
        'readme = "README.md"', f'readme = "README.md"\nexclude = ["{pattern}"]', CORE_TOML
    )


def included_from_outside(sick: Sick) -> None:
    sick.files["words.txt"] = "words"
    sick.files["core/src/lib.rs"] += '/// W\npub const W: &str = include_str!("../../words.txt");\n'


def large(sick: Sick) -> None:
    # Nothing packs it: hexadecimal digits of hashes come to half their size.
    digits = "".join(hashlib.sha512(bytes(str(at), "ascii")).hexdigest() for at in range(190_000))
    sick.files["core/src/table.txt"] = digits


SICK_CRATES = {
    "without its library": (excluding("/src"), "CW-CRATE-FILE-LEFT-OUT"),
    "with docs.rs for no target": (
        documented('default-target = "x86_64-unknown-linux"'),
        "CW-DOCS-RS-TARGET",
    ),
    "with an sdist without its library": (
        described("publish = false", 'publish = false\nexclude = ["/src"]', BINDING_TOML),
        "CW-CRATE-FILE-LEFT-OUT",
    ),
    "with a file of elsewhere": (included_from_outside, "CW-CRATE-REFERENCE-LEFT-OUT"),
    "too large": (large, "CW-ARTIFACT-TOO-LARGE"),
}


@pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")
@pytest.mark.parametrize(("sickness", "code"), SICK_CRATES.values(), ids=[*SICK_CRATES])
def test_what_cargo_would_pack_is_looked_at(tmp_path: Path, sickness: Sickness, code: str) -> None:
    sick = Sick()
    sickness(sick)
    assert codes(sick.report(tmp_path)) == [code]


@pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")
def test_a_misspelt_target_of_docs_rs_is_said_with_the_right_one(tmp_path: Path) -> None:
    sick = Sick()
    documented('additional-targets = ["x86_64-unknown-freebds"]')(sick)
    (diagnosis,) = sick.report(tmp_path).diagnoses
    place = "core/Cargo.toml: package.metadata.docs.rs.additional-targets"
    assert diagnosis.finding.place == place
    assert diagnosis.mend == "write `x86_64-unknown-freebsd`"


@pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")
def test_an_sdist_has_what_maturin_is_told_to_add(tmp_path: Path) -> None:
    """cargo packs neither; maturin reads its own `include` after cargo's list."""
    sick = Sick()
    described("publish = false", 'publish = false\nexclude = ["build.rs", "/src"]', BINDING_TOML)(
        sick
    )
    sick.files["binding/build.rs"] = "fn main() {}\n"
    described(
        'python-source = "python"',
        'python-source = "python"\n'
        'include = ["build.rs", { path = "src/**/*", format = ["sdist", "wheel"] }]',
    )(sick)
    assert codes(sick.report(tmp_path)) == []
    sick.replace(PYPROJECT, 'format = ["sdist", "wheel"]', 'format = "wheel"')
    (diagnosis,) = sick.report(tmp_path).diagnoses
    assert diagnosis.finding.code == "CW-CRATE-FILE-LEFT-OUT"
    assert "`[tool.maturin] include`" in diagnosis.mend
    sick.declare(BINDING, sdist=False)
    assert codes(sick.report(tmp_path)) == []


@pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")
def test_what_cargo_refuses_to_list_is_said_in_its_words(tmp_path: Path) -> None:
    sick = Sick()
    sick.files["core/Cargo.toml"] = HEALTHY["core/Cargo.toml"] + '[[bin]]\nname = "b/c"\n'
    (diagnosis,) = {
        each for each in sick.report(tmp_path).diagnoses if each.finding.place == CORE_TOML
    }
    assert diagnosis.finding.code == "CW-BUILD-FAILED"
    assert "b/c" in diagnosis.finding.message


def test_a_dependency_that_somebody_else_published_is_no_fault() -> None:
    sick = Sick()
    needs_unpublished(sick)
    assert [each.severity for each in sick.report().diagnoses] == ["warning"]
    sick.facts["live"] = {"base": True}
    assert codes(sick.report()) == []
    sick.facts["live"] = {"base": False}
    assert [each.severity for each in sick.report().diagnoses] == ["error"]


def test_an_sdist_may_be_without_what_nobody_builds_from() -> None:
    sick = Sick()
    leaving_out("tests/**", "src", "*.so", "[", "/lib.rs", "docs/*.rst")(sick)
    assert codes(sick.report()) == []


def test_rst_that_does_not_render_is_refused() -> None:
    sick = Sick()
    sick.files["binding/README.rst"] = "Demo\n====\n\n.. no-such-directive::\n\n   x\n"
    (diagnosis,) = sick.report().diagnoses
    assert (diagnosis.finding.code, diagnosis.finding.place) == (
        "CW-README-RENDERING",
        "binding/README.rst",
    )
    assert "no-such-directive" in diagnosis.finding.message


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/Octo/Demo",
        "https://github.com/octo/demo.git",
        "https://user@github.com/octo/demo/",
        "git+https://github.com/octo/demo/tree/main/core",
        "git@github.com:octo/demo.git",
        "ssh://git@github.com:22/octo/demo.git",
    ],
)
def test_one_repository_has_many_addresses(address: str) -> None:
    assert repository_key(address) == ("github.com", "octo", "demo")


@pytest.mark.parametrize(
    "address", ["", "/srv/demo.git", "https://docs.rs/demo", "../demo", "octo/demo"]
)
def test_what_is_no_repository_on_a_forge_is_not_compared(address: str) -> None:
    assert repository_key(address) is None


def test_packed_files_travel_as_they_are(tmp_path: Path) -> None:
    facts = (
        PackagedFiles("core", {"src/lib.rs": 3}, 4, {"core/src/lib.rs": ("core/a", "core/b")}),
        PackagedFiles("x", failure="no"),
    )
    assert loads(dumps(facts)) == facts
