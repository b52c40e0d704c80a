"""What both tools are measured with: the same photos, and a reference of each person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench._measure import SetUpError
from bench.peers._process import Peer
from PIL import Image
from tests import materials

from visavis import Capture, Consent, Home, Issuer, Pass, Policy, Verifier

__all__ = ["PORTRAITS", "Setting", "described", "person_in", "verify"]

PORTRAITS = ("obama.jpg", "biden.jpg", "obama3.jpg")
"""Published portraits of 1 to 3 megapixels, smallest first."""

_ENROLLED = {"obama": "obama2.jpg", "biden": "biden.jpg"}


@dataclass(frozen=True, slots=True)
class Setting:
    """Both tools, ready to run. References stay in memory.

    Attributes:
        peer: the peer's process.
        home: the keys of visavis, in a temporary folder.
        repetitions: how often each figure is measured.
        passes: by person.
        references: the peer's encodings, by person.

    """

    peer: Peer
    home: Home
    repetitions: int
    passes: dict[str, Pass]
    references: dict[str, list[float]]

    @classmethod
    def make(cls, peer: Peer, home: Home, repetitions: int) -> Setting:
        """Enrol both people with both tools."""
        issuer, now = Issuer.from_home(home), datetime.now(UTC)
        consent = Consent("measurement", timedelta(hours=1), now)
        passes, references = {}, {}
        for person, name in _ENROLLED.items():
            photo = materials.path(name)
            passes[person] = issuer.enroll(Capture.read(photo), consent=consent, now=now).credential
            encoding = peer.encode(photo.read_bytes(), located=True)["features"]
            if encoding is None:
                raise SetUpError(f"The peer finds no face in {name}.")
            references[person] = encoding
        return cls(peer, home, repetitions, passes, references)


def person_in(portrait: str) -> str:
    """Return who is on a portrait."""
    return "biden" if portrait.startswith("biden") else "obama"


def described(portrait: str) -> str:
    """Return the name and size of a portrait."""
    with Image.open(materials.path(portrait)) as image:
        width, height = image.size
    return f"{portrait}, {width} x {height}, {width * height / 1e6:.1f} MP"


def verify(verifier: Verifier, presented: Pass, photos: tuple[Path, ...]) -> None:
    """Verify from files, as an application does."""
    capture = Capture.read(*photos)
    verifier.verify(presented, capture, policy=Policy(), now=datetime.now(UTC))
