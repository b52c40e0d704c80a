"""A template gives nothing away by being printed, logged, copied, pickled or put into JSON."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
import re
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.unit.liveness.tasks import far

from visavis.evaluation._machines.work import LocalWork
from visavis.evaluation._participants.examine import Outcome, examine_photo
from visavis.evaluation._participants.people import LeftOut, Participant, Participants
from visavis.evaluation._participants.reading import Readings, read_photos
from visavis.face import Capture, CaptureFeatures, Examined, FacePipeline, Photo, Seen
from visavis.face.fake import fake_pipeline, photo
from visavis.liveness import LiveCapture, Step, recorded
from visavis.liveness._look import Look, look
from visavis.liveness.frames import Frame
from visavis.passes import (
    IssuerKey,
    OpenedPass,
    TrustedIssuer,
    VerifierKey,
    issue,
    open_pass,
)
from visavis.types import EnrolmentMethod, Template

VALUES = np.random.default_rng(7).integers(-127, 128, 128).astype(np.int8)


def _template() -> Template:
    return Template(VALUES.copy(), embedder="e", preprocessing="p")


def _opened() -> OpenedPass:
    issuer, verifier = IssuerKey.generate(), VerifierKey.generate()
    made = issue(
        _template(),
        issuer=issuer,
        verifier=verifier.public,
        purpose="test",
        enrolment=EnrolmentMethod.PHOTO,
        consent=bytes(32),
        issued_at=datetime(2026, 1, 1, tzinfo=UTC),
        lifetime=timedelta(days=1),
        status=7,
    )
    return open_pass(made, verifiers=[verifier], issuers=[TrustedIssuer(issuer.public)])


def _features() -> CaptureFeatures:
    return fake_pipeline().features(Capture([photo(1)]))


def _examined() -> Examined:
    return fake_pipeline().examine(Photo("photo", photo(1)))


def _seen() -> Seen:
    return fake_pipeline().look(Photo("photo", photo(1)), embed_within=20.0)


def _look() -> Look:
    return look(Frame(photo(1), 0.0), fake_pipeline())


def _live_capture() -> LiveCapture:
    challenge = recorded([far(Step.TURN_LEFT, 0.3), far(Step.COME_CLOSER, 0.3)])
    frames = [Frame(photo(1, seed=number), float(number)) for number in range(8)]
    return LiveCapture.of(challenge, frames, fake_pipeline())


def _fakes(embedder: str) -> FacePipeline:  # noqa: ARG001
    return fake_pipeline()


def _outcome() -> Outcome:
    return examine_photo(_fakes, "fake", photo(1), "ann/1.png")


def _participant() -> Participant:
    return Participant((Path("ann/1.png"), Path("ann/2.png")), {"sex": "female"})


def _participants() -> Participants:
    left_out = (LeftOut("ann/3.txt", "not_an_image", "ann/3.txt is no image."),)
    return Participants("set", (_participant(),), ("sex",), left_out, Path("set"))


def _readings() -> Readings:
    return read_photos(
        _participants(),
        embedder="fake",
        work=LocalWork(1),
        progress=lambda *_: None,
        load=_fakes,
    )


SHOWN: list[Callable[[object], str]] = [
    repr,
    str,
    lambda value: f"{value}",
    lambda value: repr([value, (value,), {1: value}]),
    lambda value: "".join(traceback.format_exception(ValueError(value))),
]


@pytest.mark.parametrize("show", SHOWN)
@pytest.mark.parametrize(
    "make",
    [_template, _opened, _features, _examined, _seen, _look, _live_capture, _outcome, _readings],
)
def test_showing_it_shows_no_numbers(
    make: Callable[[], object], show: Callable[[object], str]
) -> None:
    shown = show(make())
    assert shown
    assert "redacted" in shown
    assert not re.search(r"-?\d+,\s*-?\d+,\s*-?\d+", shown)
    assert not any(str(VALUES[i : i + 3].tolist())[1:-1] in shown for i in range(100))


def test_logging_it_writes_no_numbers() -> None:
    stream = io.StringIO()
    logger = logging.Logger("test")
    logger.addHandler(logging.StreamHandler(stream))
    logger.error("template %s %r", _template(), _opened())
    assert "redacted" in stream.getvalue()
    assert not re.search(r"-?\d+, -?\d+, -?\d+", stream.getvalue())


@pytest.mark.parametrize("make", [_template, _features, _examined, _seen, _look])
def test_it_cannot_be_copied_pickled_or_put_into_json(make: Callable[[], object]) -> None:
    value = make()
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps, json.dumps):
        with pytest.raises(TypeError):
            attempt(value)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError):
            pickle.dumps([value], protocol)
    with pytest.raises(TypeError):
        vars(value)
    with pytest.raises(TypeError):
        bytes(value)  # type: ignore[call-overload]


def test_an_opened_pass_cannot_be_copied_pickled_or_put_into_json() -> None:
    opened = _opened()
    for attempt in (copy.deepcopy, pickle.dumps, json.dumps):
        with pytest.raises(TypeError):
            attempt(opened)


def test_a_live_capture_cannot_be_copied_pickled_or_put_into_json() -> None:
    value = _live_capture()
    assert len(value.looks) == 8
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps, json.dumps):
        with pytest.raises(TypeError):
            attempt(value)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError):
            pickle.dumps([value], protocol)


def test_photos_are_not_shown() -> None:
    data = photo(1)
    for value in (Capture([data]), Photo("name", data)):
        assert data[:4].hex() not in repr(value)
        assert "PNG" not in repr(value)


@pytest.mark.parametrize("show", SHOWN)
@pytest.mark.parametrize("make", [_participant, _participants, _readings, _outcome])
def test_showing_participants_shows_nobody(
    make: Callable[[], object], show: Callable[[object], str]
) -> None:
    shown = show(make())
    assert "redacted" in shown
    for said in ("ann", "png", "txt", "sex", "female", "Path"):
        assert said not in shown


def test_what_was_left_out_shows_its_reason_only() -> None:
    assert repr(LeftOut("a", "not_an_image", "b")) == "LeftOut(reason='not_an_image')"
