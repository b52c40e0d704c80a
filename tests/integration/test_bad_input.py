"""Photos and passes that are not what they should be: the right code, what is wrong, what to do."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from PIL import Image
from tests import materials
from tests.integration._cli import Machine

from visavis._images import _decode
from visavis.passes import IssuerKey, Pass, VerifierKey, issue
from visavis.types import EnrolmentMethod, Template

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


def png(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def scene(*people: str) -> bytes:
    both = Image.new("RGB", (400 * max(1, len(people)), 500), (120, 120, 120))
    for place, name in enumerate(people):
        with Image.open(materials.path(name)) as photo:
            both.paste(photo.convert("RGB").resize((400, 500)), (400 * place, 0))
    return png(both)


@functools.cache
def photos() -> dict[str, bytes]:
    jpeg = materials.path("obama3.jpg").read_bytes()
    return {
        "random bytes": bytes(range(7, 256)) * 40,
        "a text file": b"This is a letter, and no photo.\n" * 20,
        "cut off": jpeg[: len(jpeg) // 3],
        "empty": b"",
        "100 megapixels": png(Image.new("1", (10_000, 10_000))),
        "1 pixel": png(Image.new("RGB", (1, 1))),
        "too many bytes": b"\xff\xd8\xff" + bytes(33 * 2**20),
        "nobody": scene(),
        "two people": scene("obama.jpg", "biden.jpg"),
    }


PHOTOS = {
    "random bytes": ("not_a_photo", "Use a JPEG"),
    "a text file": ("not_a_photo", "Use a JPEG"),
    "cut off": ("photo_damaged", "copy the photo again"),
    "empty": ("photo_empty", "copy the photo again"),
    "100 megapixels": ("photo_too_large", "smaller copy"),
    "1 pixel": ("photo_too_small", "as the camera saved it"),
    "too many bytes": ("photo_too_large", "smaller copy"),
    "nobody": ("no_face", "Look at the camera"),
    "two people": ("several_faces", "One person only"),
}


@pytest.mark.parametrize("kind", PHOTOS)
def test_photo_that_nothing_can_be_decided_from(machine: Machine, kind: str) -> None:
    reason, remedy = PHOTOS[kind]
    name = machine.file(f"{kind}.jpg", photos()[kind])
    before = machine.tree()
    words = machine.call("verify", "made.pass", name)
    assert words.code == 11
    assert "Cannot decide" in words.refusal()
    assert f"{kind}.jpg" in words.refusal()
    assert remedy in words.refusal()
    values = machine.call("verify", "made.pass", name, "--json").json()
    assert (values["outcome"], values["reason"]) == ("cannot_decide", reason)
    enrolled = machine.call("enroll", name, "--out", "no.pass", "--i-consent", "--json")
    assert (enrolled.code, enrolled.json()["reason"]) == (11, reason)
    assert machine.tree() == before
    (machine.work / name).unlink()


NO_FILES = {
    "missing.jpg": "file_missing",
    ".": "not_a_file",
    "/dev/zero": "not_a_file",
    "/proc/self/mem": "file_unreadable",  # an ordinary file that cannot be read, even by root
    "n" * 300: "file_unreadable",
    "made.pass/x.jpg": "file_missing",
}


@pytest.mark.parametrize("path", NO_FILES, ids=lambda path: str(path)[:20])
@pytest.mark.parametrize("place", ["photo", "pass"])
def test_path_that_is_no_readable_file_is_wrong_usage(
    machine: Machine, same: str, path: str, place: str
) -> None:
    arguments = ("made.pass", path) if place == "photo" else (path, same)
    before = machine.tree()
    result = machine.call("verify", *arguments)
    assert result.code == 2
    assert path in result.stderr.replace("\n", "")
    result.refusal()
    values = machine.call("verify", *arguments, "--json").json()
    assert (values["outcome"], values["reason"]) == ("error", NO_FILES[path])
    assert machine.tree() == before


def test_more_than_twenty_photos_are_wrong_usage(machine: Machine, same: str) -> None:
    result = machine.call("verify", "made.pass", *[same] * 21)
    assert result.code == 2
    assert "21 photos were given; the most is 20." in result.refusal()


def test_photos_of_two_people_are_no_capture(machine: Machine, same: str, other: str) -> None:
    for command in (("verify", "made.pass"), ("enroll", "--out", "no.pass", "--i-consent")):
        result = machine.call(*command, same, other, "--json")
        assert (result.code, result.json()["reason"]) == (11, "photos_differ")
    assert not (machine.work / "no.pass").exists()


def test_heic_photo_without_support_says_what_to_install(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = machine.file("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200))
    monkeypatch.setattr(_decode, "_READS_HEIF", False)
    result = machine.call("verify", "made.pass", name)
    assert result.code == 11
    assert "HEIC support is not installed" in result.refusal()
    assert "pip install pillow-heif" in result.refusal()


NAMES = [
    "with spaces and 'quotes' \".jpg",
    "Ünïcødé-照片-😀-e\u0301.jpg",
    "new\nline.jpg",
    "[red]x[\\red].jpg",
    "[bold]loud.jpg",
    "-dash.jpg",
    "--json",
    "escape\x1b[31m\x07.jpg",
    "not-utf-8-\udcff.jpg",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_odd_file_names_work_and_are_shown_on_one_line(machine: Machine, name: str) -> None:
    photo = machine.work / name
    photo.write_bytes(materials.path("obama3.jpg").read_bytes())
    assert machine.call("verify", "made.pass", "--", name).code == 0
    photo.unlink()
    lost = machine.call("verify", "made.pass", "--", name)
    assert lost.code == 2
    assert "\x1b" not in lost.stderr
    shown = name if name.isprintable() else ascii(name)[1:-1]
    joined = lost.stderr.replace("\n", "").encode("utf-8", "backslashreplace").decode()
    assert shown.replace(" ", "") in joined.replace(" ", "")


@pytest.mark.parametrize("name", ["[red]y[bold].pass", "line\nend.pass", "odd-\udcff.pass"])
def test_odd_names_of_a_new_pass_are_shown_as_they_are(
    machine: Machine, same: str, name: str
) -> None:
    made = machine.run("enroll", same, "--i-consent", "--out", name)
    assert made.code == 0
    assert (machine.work / name).is_file()
    shown = name if name.isprintable() else ascii(name)[1:-1]
    assert shown in made.stdout
    as_json = machine.run("enroll", same, "--i-consent", "--force", "--json", "--out", name)
    assert as_json.json()["pass"] == name


@functools.cache
def template(embedder: str) -> Template:
    values = np.random.default_rng(5).normal(size=128).astype(np.float32)
    features = values / np.linalg.norm(values)
    return Template.from_features(features, embedder=embedder, preprocessing="mesh5-150")


def made_pass(
    machine: Machine,
    *,
    issuer: IssuerKey | None = None,
    verifier: VerifierKey | None = None,
    embedder: str = "dlib-resnet29-v1",
    issued_at: datetime = NOW,
) -> bytes:
    made: Pass = issue(
        template(embedder),
        issuer=issuer or machine.home.issuer,
        verifier=(verifier or machine.home.verifier).public,
        purpose="entry",
        enrolment=EnrolmentMethod.PHOTO,
        consent=bytes(32),
        issued_at=issued_at,
        lifetime=DAY,
        status=machine.home.register.take(),
    )
    return made.sealed


def flipped(machine: Machine, place: int) -> bytes:
    data = bytearray((machine.work / "made.pass").read_bytes())
    data[place] ^= 1
    return bytes(data)


PASSES: dict[str, tuple[str, Callable[[Machine], bytes]]] = {
    "empty": ("empty", lambda _: b""),
    "cut off": ("truncated", lambda m: (m.work / "made.pass").read_bytes()[:200]),
    "random": ("malformed", lambda _: bytes(range(256))),
    "a text file": ("malformed", lambda _: b"Let me in, please.\n"),
    "huge": ("too_large", lambda _: bytes(10_000_000)),
    "one bit of the content": ("altered", lambda m: flipped(m, 250)),
    "one bit of the last byte": ("truncated", lambda m: flipped(m, -1)),
    "one bit of the first byte": ("malformed", lambda m: flipped(m, 0)),
    "for another verifier": (
        "wrong_verifier",
        lambda m: made_pass(m, verifier=VerifierKey.generate()),
    ),
    "by an unknown issuer": ("unknown_issuer", lambda m: made_pass(m, issuer=IssuerKey.generate())),
    "expired": ("expired", lambda m: made_pass(m, issued_at=NOW - 2 * DAY)),
    "not yet valid": ("not_yet_valid", lambda m: made_pass(m, issued_at=NOW + DAY)),
    "of another embedder": ("wrong_embedder", lambda m: made_pass(m, embedder="other-net")),
}


@pytest.mark.parametrize("kind", PASSES)
def test_pass_that_is_rejected(machine: Machine, same: str, kind: str) -> None:
    reason, make = PASSES[kind]
    name = machine.file("bad.pass", make(machine))
    before = machine.tree()
    words = machine.call("verify", name, same)
    assert words.code == 12
    assert "Pass rejected" in words.refusal()
    as_json = machine.call("verify", name, same, "--json")
    assert as_json.code == 12
    assert as_json.json()["reason"] == reason
    assert machine.tree() == before


def test_nobody_is_looked_for_before_the_pass_is_accepted(machine: Machine) -> None:
    machine.file("bad.pass", flipped(machine, 250))
    nothing = machine.file("nothing.jpg", b"")
    assert machine.call("verify", "bad.pass", nothing, "--json").json()["reason"] == "altered"
