"""What is done about each state that a registry can be in: one test a row of the two tables."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any, Callable, Optional

import pytest
from fake_clock import FakeClock
from made_packages import make_crate, make_sdist, make_wheel
from marked_secrets import secret
from releases import Maker, Outcome, run

from cratewheel.errors import CratewheelError
from cratewheel.registries.crate_file import publish_body, read_crate
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.multipart import Form, Part
from cratewheel.registries.python_index import PythonIndex, simple_document
from cratewheel.registries.server import Answer, LoopbackServer, Registries, Request, json_answer

DAY = 24 * 60 * 60
TOKENS = {"CARGO_REGISTRY_TOKEN": secret("crates"), "TWINE_PASSWORD": secret("python")}
WHEEL = "demo-0.1.0-py3-none-any.whl"
Interference = Callable[[Request, Callable[[], Answer]], Answer]


@dataclass
class Site:
    """Registries at an address, a release to them, and what may come in between."""

    root: str
    clock: FakeClock
    crates: CratesRegistry
    python: PythonIndex
    maker: Maker
    registries: Registries
    interferences: list[Interference] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    pages: dict[str, Answer] = field(default_factory=dict)

    def answer(self, request: Request) -> Answer:
        if request.path in self.pages:
            return self.pages[request.path]
        if request.method in ("PUT", "POST"):
            self.uploads.append(request.path)
            if self.interferences:
                return self.interferences.pop(0)(request, lambda: self.registries(request))
        return self.registries(request)

    def has_crate(self, name: str, version: str = "0.1.0", **options: Any) -> None:
        self.crates.publish(publish_body(read_crate(make_crate(name, version, **options))))

    def has_file(self, filename: str, data: bytes, version: str = "0.1.0") -> None:
        is_sdist = filename.endswith(".tar.gz")
        fields = {
            ":action": "file_upload",
            "metadata_version": "2.1",
            "name": "demo",
            "version": version,
            "filetype": "sdist" if is_sdist else "bdist_wheel",
            "pyversion": "source" if is_sdist else "py3",
            "md5_digest": "unchecked",
        }
        parts = [Part(name, None, "", value.encode()) for name, value in fields.items()]
        content = Part("content", filename, "application/octet-stream", data)
        self.python.upload(Form((*parts, content)))

    def release(self) -> Outcome:
        request = self.maker.request(
            self.maker.folder,
            destination="registries",
            crates_registry=f"{self.root}/crates",
            python_repository=f"{self.root}/legacy/",
        )
        return run(request, clock=self.clock, environment=TOKENS)

    def stopped(self) -> CratewheelError:
        """The error of a release that uploads nothing at all."""
        with pytest.raises(CratewheelError) as caught:
            self.release()
        assert self.uploads == []
        return caught.value


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    clock = FakeClock()
    crates = CratesRegistry(tmp_path / "crates", clock, delay=1.0)
    python = PythonIndex(tmp_path / "python", clock)
    maker = Maker(tmp_path / "release")
    site = Site("", clock, crates, python, maker, Registries(crates, python))
    with LoopbackServer(site.answer) as server:
        site.root = server.root
        yield site


def refusing(detail: str, status: int = 400) -> Interference:
    """Answers like crates.io and PyPI at once, without passing the upload on."""
    document = {"errors": [{"detail": detail}], "message": detail}
    return lambda request, pass_on: json_answer(document, status)


def stored_but(status: int) -> Interference:
    """Takes the upload and answers as if it had not."""

    def interfere(request: Request, pass_on: Callable[[], Answer]) -> Answer:
        pass_on()
        return Answer(status)

    return interfere


class TestCrates:
    def test_absent_is_published(self, site: Site) -> None:
        site.has_crate("core", "0.0.9")
        site.maker.crate("core")
        assert site.release().statuses() == {"core-0.1.0.crate": "uploaded"}

    def test_present_with_the_same_bytes_is_done(self, site: Site) -> None:
        site.has_crate("core", tables="[dependencies]\n")
        site.maker.crate("core")
        assert site.release().statuses() == {"core-0.1.0.crate": "present"}
        assert site.uploads == []

    def test_other_contents_stop_with_both_hashes_and_what_differs(self, site: Site) -> None:
        site.has_crate("core", files={"src/lib.rs": "other", "src/gone.rs": ""})
        site.maker.crate("core").wheel("demo")
        said = str(site.stopped())
        assert "CW-BYTES-DIFFER core-0.1.0.crate" in said
        assert site.crates.version("core", "0.1.0").checksum in said
        assert site.maker.artifacts[0].sha256 in said
        assert "these files differ: src/gone.rs, src/lib.rs" in said

    def test_same_sources_from_another_commit_are_recognised(self, site: Site) -> None:
        commit = '{"git": {"sha1": "%s"}}'
        sources = {"src/lib.rs": "", "Cargo.lock": "one", ".cargo_vcs_info.json": commit % "aa11"}
        site.has_crate("core", files=sources)
        ours = {**sources, "Cargo.lock": "two", ".cargo_vcs_info.json": commit % "bb22"}
        site.maker.crate("core", files=ours)
        said = str(site.stopped())
        assert "the sources are the same" in said
        assert "published from commit aa11, these were packaged from bb22" in said

    def test_same_sources_from_another_toolchain_are_recognised(self, site: Site) -> None:
        site.has_crate("core", files={"src/lib.rs": "", "Cargo.lock": "one"})
        site.maker.crate("core", files={"src/lib.rs": "", "Cargo.lock": "two"})
        said = str(site.stopped())
        assert "the sources are the same, only files that cargo generates differ" in said

    @pytest.mark.parametrize("status", [500, 503, 504])
    def test_an_unclear_answer_is_followed_by_a_question(self, site: Site, status: int) -> None:
        site.interferences.append(stored_but(status))
        site.maker.crate("core")
        assert site.release().statuses() == {"core-0.1.0.crate": "uploaded"}
        assert len(site.uploads) == 1

    def test_an_upload_that_did_not_arrive_is_repeated(self, site: Site) -> None:
        site.interferences.append(lambda request, pass_on: Answer(502))
        site.maker.crate("core")
        assert site.release().live
        assert len(site.uploads) == 2

    def test_a_registry_that_never_answers_clearly_is_given_up(self, site: Site) -> None:
        site.interferences += [lambda request, pass_on: Answer(500)] * 100
        site.maker.crate("core")
        outcome = site.release()
        assert "CW-REGISTRY-UNREACHABLE" in outcome.said
        assert outcome.statuses() == {"core-0.1.0.crate": "failed"}
        assert len(site.uploads) < 10

    def test_a_race_with_the_same_bytes_is_won_by_both(self, site: Site) -> None:
        site.interferences.append(_raced(lambda: site.has_crate("core", tables="[dependencies]\n")))
        site.maker.crate("core")
        assert site.release().statuses() == {"core-0.1.0.crate": "present"}

    def test_a_race_with_other_bytes_stops_this_run(self, site: Site) -> None:
        site.interferences.append(_raced(lambda: site.has_crate("core", files={"a": "b"})))
        site.maker.crate("core")
        outcome = site.release()
        assert "CW-BYTES-DIFFER" in outcome.said
        assert outcome.statuses() == {"core-0.1.0.crate": "failed"}

    def test_too_many_requests_are_waited_for_as_told(self, site: Site) -> None:
        def limited(request: Request, pass_on: Callable[[], Answer]) -> Answer:
            when = formatdate(site.clock.now() + 600, usegmt=True)
            detail = "You have published too many new crates in a short period of time."
            return json_answer({"errors": [{"detail": detail}]}, 429, **{"Retry-After": when})

        started = site.clock.now()
        site.interferences.append(limited)
        site.maker.crate("core")
        outcome = site.release()
        assert outcome.live
        assert "crates.io asks to wait 600 s" in outcome.said
        assert 599 <= site.clock.now() - started < 700

    def test_a_wait_beyond_the_budget_is_not_begun(self, site: Site) -> None:
        def limited(request: Request, pass_on: Callable[[], Answer]) -> Answer:
            return json_answer({"errors": []}, 429, **{"Retry-After": "86400"})

        started = site.clock.now()
        site.interferences.append(limited)
        site.maker.crate("core")
        assert "CW-RATE-LIMITED" in site.release().said
        assert site.clock.now() - started < 3600

    def test_a_yanked_version_with_our_bytes_is_done_and_reported(self, site: Site) -> None:
        site.has_crate("core", tables="[dependencies]\n")
        site.crates.yank("core", "0.1.0")
        site.maker.crate("core")
        outcome = site.release()
        assert outcome.statuses() == {"core-0.1.0.crate": "present"}
        assert "core-0.1.0.crate is yanked" in outcome.said

    def test_the_index_that_never_shows_it_is_an_error(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(site.crates, "_delay", 10 * DAY)
        site.maker.crate("core").crate("facade", "core")
        outcome = site.release()
        assert "CW-NOT-VISIBLE crate:core" in outcome.said
        assert outcome.statuses() == {
            "core-0.1.0.crate": "uploaded",
            "facade-0.1.0.crate": "not-attempted",
        }

    def test_waiting_for_the_index_is_said_after_a_while_and_now_and_then(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(site.crates, "_delay", 100.0)
        site.maker.crate("core")
        outcome = site.release()
        assert outcome.live
        waiting = re.findall(
            r"^waiting for crates.io to show core 0.1.0 to installers, (\d+) s so far; gives up",
            outcome.said,
            re.MULTILINE,
        )
        seconds = list(map(int, waiting))
        assert 5 <= seconds[0] <= 10
        assert 3 <= len(seconds) <= 4
        assert all(later - earlier >= 30 for earlier, later in zip(seconds, seconds[1:]))

    def test_an_index_that_is_quick_needs_no_word(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(site.crates, "_delay", 3.0)
        site.maker.crate("core")
        assert "waiting for" not in site.release().said


class TestPython:
    def test_a_new_project_is_uploaded(self, site: Site) -> None:
        site.maker.wheel("demo")
        assert set(site.release().statuses().values()) == {"uploaded"}

    def test_a_part_that_is_missing_is_added(self, site: Site) -> None:
        site.has_file(*make_wheel("demo", "0.1.0"))
        site.maker.wheel("demo", tags=("py3-none-any", "py2-none-any"))
        assert site.release().statuses() == {
            "demo-0.1.0-py3-none-any.whl": "present",
            "demo-0.1.0-py2-none-any.whl": "uploaded",
            "demo-0.1.0.tar.gz": "uploaded",
        }

    def test_a_release_that_is_closed_cannot_be_completed(self, site: Site) -> None:
        site.has_file(*make_wheel("demo", "0.1.0"))
        site.clock.sleep(15 * DAY)
        site.maker.crate("core").wheel("demo")
        error = site.stopped()
        assert error.codes == ("CW-RELEASE-CLOSED",)
        assert "demo-0.1.0.tar.gz" in str(error)

    def test_a_complete_release_stays_done_for_ever(self, site: Site) -> None:
        site.has_file(*make_wheel("demo", "0.1.0"))
        site.clock.sleep(100 * DAY)
        site.maker.wheel("demo", sdist=False)
        assert site.release().statuses() == {WHEEL: "present"}

    @pytest.mark.parametrize("yanked", [True, "it does not import"])
    def test_a_yanked_file_with_our_bytes_is_done_and_reported(
        self, site: Site, yanked: object
    ) -> None:
        site.maker.wheel("demo", sdist=False)
        site.release()
        page = simple_document(site.python.project("demo"))
        page["files"][0]["yanked"] = yanked
        headers = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
        site.pages["/simple/demo/"] = Answer(200, json.dumps(page).encode(), headers)
        again = site.release()
        assert again.live
        assert again.statuses() == {WHEEL: "present"}
        assert f"{WHEEL} is yanked" in again.said
        assert len(site.uploads) == 1

    def test_other_bytes_under_the_name_stop_everything(self, site: Site) -> None:
        site.has_file(*make_wheel("demo", "0.1.0", module="VALUE = 2\n"))
        site.maker.crate("core").wheel("demo")
        error = site.stopped()
        assert error.codes == ("CW-BYTES-DIFFER",)
        assert site.maker.artifacts[-1].sha256 in str(error)

    def test_another_sdist_of_the_release(self, site: Site) -> None:
        site.has_file("demo-0.1.0.tar.gz", make_sdist("demo", "0.1.0", metadata="Summary: x")[1])
        site.maker.wheel("demo")
        assert "CW-BYTES-DIFFER demo-0.1.0.tar.gz" in str(site.stopped())

    def test_another_sdist_under_another_name(self, site: Site) -> None:
        wheel, data = make_wheel("demo", "0.1.0")
        site.has_file(wheel, data)
        site.maker.wheel("demo")
        files = [
            {"filename": name, "url": name, "hashes": {"sha256": sha256}}
            for name, sha256 in (
                (wheel, hashlib.sha256(data).hexdigest()),
                ("demo-0.1.0.zip", "5d" * 32),
            )
        ]
        kind = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
        site.pages["/simple/demo/"] = Answer(200, json.dumps({"files": files}).encode(), kind)
        error = site.stopped()
        assert error.codes == ("CW-UPLOAD-REFUSED",)
        assert "demo-0.1.0.zip as the one sdist" in str(error)

    def test_a_race_with_the_same_bytes(self, site: Site) -> None:
        site.interferences.append(_raced(lambda: site.has_file(*make_wheel("demo", "0.1.0"))))
        site.maker.wheel("demo", sdist=False)
        assert site.release().live

    def test_a_race_with_other_bytes(self, site: Site) -> None:
        other = make_wheel("demo", "0.1.0", module="VALUE = 2\n")
        site.interferences.append(_raced(lambda: site.has_file(*other)))
        site.maker.wheel("demo", sdist=False)
        outcome = site.release()
        assert "CW-BYTES-DIFFER" in outcome.said
        assert outcome.statuses() == {WHEEL: "failed"}

    def test_a_burnt_filename_needs_a_new_version(self, site: Site) -> None:
        site.has_file(*make_wheel("demo", "0.1.0"))
        site.python.delete("demo", WHEEL)
        site.maker.wheel("demo", sdist=False)
        outcome = site.release()
        assert "previously used by a file that has since been deleted" in outcome.said
        assert "raise the version" in outcome.said

    @pytest.mark.parametrize("status", [500, 503])
    def test_an_unclear_answer_is_followed_by_a_question(self, site: Site, status: int) -> None:
        site.interferences.append(stored_but(status))
        site.maker.wheel("demo", sdist=False)
        assert site.release().statuses() == {WHEEL: "uploaded"}
        assert len(site.uploads) == 1

    def test_a_token_that_expired_and_cannot_be_renewed(self, site: Site) -> None:
        site.interferences += [refusing("Invalid API Token: token is expired", 403)] * 2
        site.maker.wheel("demo", sdist=False)
        outcome = site.release()
        assert "token is expired" in outcome.said
        assert outcome.statuses() == {WHEEL: "failed"}

    def test_the_sdist_waits_for_every_wheel(self, site: Site) -> None:
        site.maker.wheel("demo", tags=("py3-none-any", "cp39-cp39-linux_x86_64"))
        assert site.release().statuses() == {
            "demo-0.1.0-py3-none-any.whl": "uploaded",
            "demo-0.1.0-cp39-cp39-linux_x86_64.whl": "failed",
            "demo-0.1.0.tar.gz": "not-attempted",
        }


def _raced(other: Callable[[], None]) -> Interference:
    """Lets another run upload just before this upload arrives."""

    def interfere(request: Request, pass_on: Callable[[], Answer]) -> Answer:
        other()
        return pass_on()

    return interfere


def test_unreachable_is_never_absent(site: Site, tmp_path: Path) -> None:
    site.maker.crate("core").wheel("demo")
    request = site.maker.request(
        tmp_path,
        destination="registries",
        crates_registry=f"{site.root}/crates",
        python_repository="http://127.0.0.1:9/legacy/",
    )
    with pytest.raises(CratewheelError) as caught:
        run(request, clock=site.clock, environment=TOKENS)
    assert caught.value.codes == ("CW-REGISTRY-UNREACHABLE",)
    assert site.uploads == []


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://registry.example", "plain http is accepted for this machine only"),
        ("ftp://registry.example", "expected an address that begins with https://"),
        ("registry.example", "expected an address that begins with https://"),
        ("https://user:secret@registry.example", "must not carry a user name or a password"),
    ],
)
def test_addresses_that_no_secret_may_be_sent_to(
    site: Site, tmp_path: Path, address: str, message: str
) -> None:
    site.maker.crate("core")
    request = site.maker.request(
        tmp_path, destination="registries", registries={"crate:core": address}
    )
    error: Optional[str] = None
    with pytest.raises(CratewheelError) as caught:
        run(request, clock=site.clock, environment=TOKENS)
    error = str(caught.value)
    assert "CW-ADDRESS-INVALID" in error
    assert message in error
    assert "secret@" not in error
