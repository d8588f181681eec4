"""What the registries say of their versions, and where those came from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import pytest
from fake_clock import FakeClock
from made_packages import make_crate, make_wheel
from made_provenance import (
    COMMIT,
    OTHER,
    SOURCE_DIGEST,
    WORKFLOW_SHA,
    certificate,
    provenance,
    source_digest,
)

from cratewheel.plan.inputs import PublishedVersion, RegistryFacts
from cratewheel.publishing.credentials import Endpoint
from cratewheel.publishing.facts import main, registry_facts
from cratewheel.publishing.transport import Transport
from cratewheel.publishing.version_questions import (
    Asked,
    dumps,
    dumps_answers,
    loads,
    loads_answers,
)
from cratewheel.registries.crate_file import publish_body, read_crate
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.server import Answer, LoopbackServer, Registries, Request, json_answer

VCS = ".cargo_vcs_info.json"


@dataclass
class Site:
    """Registries; pages of its own go before theirs.

    Args:
        private: None, or what was shown to registries that want to know who asks.
    """

    crates: CratesRegistry
    registries: Registries
    pages: dict[str, Any] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    root: str = ""
    private: Optional[list[Optional[str]]] = None

    @property
    def label(self) -> str:
        """The host as names of variables have it."""
        return self.root.partition("//")[2].replace(".", "_").replace(":", "_")

    def answer(self, request: Request) -> Answer:
        self.seen.append(request.path)
        if self.private is not None:
            shown = request.headers.get("authorization")
            self.private.append(shown)
            # "__token__:let-me-in", as basic authentication has it.
            if shown not in ("let-me-in", "Basic X190b2tlbl9fOmxldC1tZS1pbg=="):
                return Answer(401)
        if request.path in self.pages:
            page = self.pages[request.path]
            return page if isinstance(page, Answer) else json_answer(page)
        return self.registries(request)

    def crate(self, name: str = "core", tagged: Optional[str] = None) -> Optional[dict[str, Any]]:
        return self._versions("crate", name, f"{self.root}/crates", tagged)

    def wheel(self, tagged: Optional[str] = None) -> Optional[dict[str, Any]]:
        return self._versions("wheel", "demo", f"{self.root}/legacy/", tagged)

    def ask(
        self,
        kind: str,
        name: str,
        address: str,
        tagged: Optional[str] = None,
        environment: Mapping[str, str] = {},
    ) -> RegistryFacts:
        asked = Asked(f"{kind}:{name}", name, Endpoint(kind, "a registry", address, ""), tagged)
        return registry_facts(Transport(FakeClock(), 5.0, pauses=()), asked, environment)

    def _versions(self, *asked: Any) -> Optional[dict[str, PublishedVersion]]:
        found = self.ask(*asked).versions
        return None if found is None else {each.version: each for each in found}

    def publish(self, version: str, **vcs: Any) -> None:
        files = {"src/lib.rs": "", VCS: json.dumps({"git": vcs})} if vcs else {"src/lib.rs": ""}
        self.crates.publish(publish_body(read_crate(make_crate("core", version, files=files))))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    clock = FakeClock()
    crates = CratesRegistry(tmp_path / "crates", clock, delay=0)
    site = Site(crates, Registries(crates, PythonIndex(tmp_path / "python", clock)))
    with LoopbackServer(site.answer) as server:
        site.root = server.root
        yield site


def test_a_crate_has_hashes(site: Site) -> None:
    site.publish("0.1.0")
    found = site.crate()
    assert found is not None
    assert found["0.1.0"].hashes == (site.crates.version("core", "0.1.0").checksum,)
    assert (found["0.1.0"].commit, found["0.1.0"].evidence) == (None, "")


class TestSparseIndexes:
    """A registry that is given by the address of its index."""

    def address(self, site: Site) -> str:
        return f"sparse+{site.root}/crates/index/"

    def test_the_api_is_where_the_index_says(self, site: Site) -> None:
        site.publish("0.1.0", sha1=COMMIT)
        by_index = site.ask("crate", "core", self.address(site))
        assert by_index.versions is not None
        assert by_index == site.ask("crate", "core", f"{site.root}/crates")
        assert by_index.versions[0].commit == COMMIT
        assert site.ask("crate", "unheard-of", self.address(site)) == RegistryFacts(())

    def test_an_index_knows_what_an_api_without_pages_does_not(self, site: Site) -> None:
        site.publish("0.1.0")
        site.publish("0.2.0")
        for name in ("core", "unheard-of"):
            site.pages[f"/crates/api/v1/crates/{name}"] = Answer(404, b"Not Found")
        found = site.ask("crate", "core", self.address(site)).versions
        assert found is not None
        assert [(each.version, each.files) for each in found] == [
            ("0.1.0", ("core-0.1.0.crate",)),
            ("0.2.0", ("core-0.2.0.crate",)),
        ]
        assert found[0].hashes == (site.crates.version("core", "0.1.0").checksum,)
        assert site.ask("crate", "unheard-of", self.address(site)) == RegistryFacts(())
        # The page of a proxy is no answer where no index is known.
        told = site.ask("crate", "core", f"{site.root}/crates")
        assert told == RegistryFacts(None, "404 Not Found")

    def test_what_is_no_index_is_unknown(self, site: Site) -> None:
        told = site.ask("crate", "core", f"sparse+{site.root}/elsewhere/")
        assert told.versions is None
        assert "no config.json" in told.silence


class TestPrivateRegistries:
    """Registries that answer nobody whom they do not know."""

    @pytest.fixture(autouse=True)
    def _private(self, site: Site) -> None:
        self.shown: list[Optional[str]] = []
        site.private = self.shown

    def test_what_is_missing_is_said(self, site: Site) -> None:
        for kind, path in (("crate", "crates"), ("wheel", "legacy/")):
            told = site.ask(kind, "core", f"{site.root}/{path}")
            assert told == RegistryFacts(None, "it wants to know who asks: 401 Unauthorized")
        sparse = site.ask("crate", "core", f"sparse+{site.root}/crates/index/")
        assert "401 Unauthorized" in sparse.silence

    @pytest.mark.parametrize("address", ["{}/crates", "sparse+{}/crates/index/"])
    def test_a_crates_registry_is_shown_its_token(self, site: Site, address: str) -> None:
        site.publish("0.1.0")
        variable = f"CARGO_REGISTRIES_{site.label}_TOKEN"
        told = site.ask(
            "crate", "core", address.format(site.root), environment={variable: "let-me-in"}
        )
        assert told.versions is not None
        assert [each.version for each in told.versions] == ["0.1.0"]

    def test_an_index_is_shown_its_password(self, site: Site) -> None:
        site.pages["/simple/demo/"] = simple_page([{"filename": "demo-1.0.tar.gz"}])
        variable = f"TWINE_PASSWORD_{site.label}"
        told = site.ask(
            "wheel", "demo", f"{site.root}/legacy/", environment={variable: "let-me-in"}
        )
        assert told.versions is not None
        assert [each.version for each in told.versions] == ["1.0"]

    def test_the_token_of_another_registry_is_not_shown(self, site: Site) -> None:
        other = {"CARGO_REGISTRY_TOKEN": "let-me-in", "CARGO_REGISTRIES_ELSEWHERE_TOKEN": "x"}
        assert site.ask("crate", "core", f"{site.root}/crates", environment=other).silence
        assert set(self.shown) == {None}


def test_question_and_answer_survive_being_written() -> None:
    asked = (
        Asked(
            "crate:core", "core", Endpoint("crate", "crates.io", "https://x.invalid", ""), "1.0.0"
        ),
        Asked("wheel:py", "py", Endpoint("wheel", "PyPI", "", "")),
    )
    assert loads(dumps(asked)) == asked
    version = PublishedVersion("1.0.0", COMMIT, ("a", "b"), True, ("aa", "bb"), "its attestation")
    answers = {
        "crate:core": RegistryFacts((version, PublishedVersion("0.9.0"))),
        "wheel:py": RegistryFacts(None, "timed out"),
        "wheel:new": RegistryFacts(()),
    }
    assert loads_answers(dumps_answers(answers)) == answers


def test_the_registry_says_what_a_trusted_job_ran_on(site: Site) -> None:
    page = {
        "crate": {"name": "core"},
        "versions": [{"num": "0.1.0", "yanked": False, "trustpub_data": {"sha": COMMIT}}],
    }
    site.pages["/crates/api/v1/crates/core"] = page
    found = site.crate()
    assert found is not None
    assert found["0.1.0"].commit == COMMIT
    assert found["0.1.0"].evidence == "the registry's trusted publishing data"


def test_cargo_notes_the_commit_in_a_crate(site: Site) -> None:
    site.publish("0.1.0", sha1=OTHER)
    site.publish("0.2.0", sha1=COMMIT)
    found = site.crate(tagged="0.1.0")
    assert found is not None
    assert found["0.2.0"].commit == COMMIT
    assert found["0.2.0"].evidence == "the version control information in the crate"
    # What is tagged is settled, and not downloaded.
    assert found["0.1.0"].commit is None
    assert not any("0.1.0/download" in path for path in site.seen)


@pytest.mark.parametrize("noted", [{"sha1": COMMIT, "dirty": True}, {"sha1": "nonsense"}, {}])
def test_what_cargo_noted_of_a_dirty_tree_proves_nothing(site: Site, noted: dict[str, Any]) -> None:
    site.publish("0.1.0", **noted)
    found = site.crate()
    assert found is not None
    assert found["0.1.0"].commit is None


def test_a_project_without_tags_is_not_downloaded_from_end_to_end(site: Site) -> None:
    for minor in range(5):
        site.publish(f"0.{minor}.0", sha1=COMMIT)
    site.crate()
    assert sum("download" in path for path in site.seen) == 1


UNKNOWN = Answer(404, b'{"errors": [{"detail": "crate `core` does not exist"}]}')
PROXY = Answer(404, b"<html>Not here</html>", {"Content-Type": "text/html"})


@pytest.mark.parametrize(
    ("answer", "found"),
    [(UNKNOWN, {}), (PROXY, None), (Answer(503), None), (Answer(200, b"{}"), None)],
    ids=["unknown", "proxy", "down", "no-crate"],
)
def test_only_a_registry_itself_says_that_there_is_no_such_crate(
    site: Site, answer: Answer, found: Optional[dict[str, Any]]
) -> None:
    site.pages["/crates/api/v1/crates/core"] = answer
    assert site.crate() == found


def test_an_index_that_has_no_such_project_has_no_versions_and_one_that_is_silent_is_unknown(
    site: Site,
) -> None:
    assert site.wheel() == {}
    for path in ("/simple/demo/", "/legacy/simple/demo/", "/legacy/demo/"):
        site.pages[path] = Answer(503)
    assert site.wheel() is None


def test_files_that_no_installer_would_take_are_no_versions(site: Site) -> None:
    names = ["demo-0.1.0.tar.gz", "demo-0.2.0-py3-none-any.whl", "demo.whl", "demo-x.zip", "demo"]
    site.pages["/simple/demo/"] = simple_page(
        [{"filename": name, "hashes": {"sha256": "ab" * 32}} for name in names]
    )
    assert set(site.wheel() or {}) == {"0.1.0", "0.2.0"}


def test_all_packages_are_asked_about_by_one_program(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.publish("0.1.0", sha1=COMMIT)
    for path in ("/simple/demo/", "/legacy/simple/demo/", "/legacy/demo/"):
        site.pages[path] = Answer(503)
    asked = [
        Asked("crate:core", "core", Endpoint("crate", "a registry", f"{site.root}/crates", "")),
        Asked("wheel:demo", "demo", Endpoint("wheel", "an index", f"{site.root}/legacy/", "")),
    ]
    written = tmp_path / "asked.json"
    written.write_text(dumps(asked))
    assert main([str(written)]) == 0
    answers = loads_answers(capsys.readouterr().out)
    (core,) = answers["crate:core"].versions or ()
    assert (core.version, core.commit) == ("0.1.0", COMMIT)
    assert answers["wheel:demo"].versions is None


def simple_page(entries: list[dict[str, Any]]) -> Answer:
    """A project's page of the Simple API."""
    document = json.dumps({"files": entries}).encode()
    return Answer(200, document, {"Content-Type": "application/vnd.pypi.simple.v1+json"})


class TestAttestations:
    @pytest.fixture(autouse=True)
    def _page(self, site: Site) -> None:
        entries: list[dict[str, Any]] = []
        for tag in ("py3-none-any", "py2-none-any"):
            filename, _ = make_wheel("demo", "0.2.0", tag=tag)
            where = f"/integrity/{filename}"
            entries.append({"filename": filename, "hashes": {"sha256": tag}, "provenance": where})
            site.pages[where] = provenance(certificate(*SOURCE_DIGEST))
        site.pages["/simple/demo/"] = simple_page(entries)
        self.entries = entries

    def test_a_version_came_from_what_all_its_attestations_name(self, site: Site) -> None:
        found = site.wheel(tagged="0.1.0")
        assert found is not None
        assert found["0.2.0"].commit == COMMIT
        assert found["0.2.0"].evidence == "its attestation"
        assert found["0.2.0"].hashes == ("py3-none-any", "py2-none-any")

    def test_the_older_extension_is_read_as_well(self, site: Site) -> None:
        for entry in self.entries:
            site.pages[entry["provenance"]] = provenance(certificate(*WORKFLOW_SHA))
        found = site.wheel()
        assert found is not None
        assert found["0.2.0"].commit == COMMIT

    @pytest.mark.parametrize(
        "other",
        [
            provenance(certificate(*source_digest(OTHER))),
            provenance(),
            {"version": 1},
            Answer(404),
        ],
        ids=["contradicts", "empty", "malformed", "missing"],
    )
    def test_unless_one_file_says_otherwise_or_nothing(self, site: Site, other: Any) -> None:
        site.pages[self.entries[1]["provenance"]] = other
        found = site.wheel()
        assert found is not None
        assert found["0.2.0"].commit is None
