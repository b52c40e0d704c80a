"""Who answers a challenge is compared with one pass, and nothing of it is kept or given away."""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.liveness.tasks import both, far
from tests.unit.staged_verification import (
    HOLDER,
    RELATIVE,
    STRANGER,
    TWIN,
    Person,
    Staged,
    capture,
    features,
    frames,
)

import visavis
from visavis import Policy, Verifier
from visavis._operating_point import OperatingPoint
from visavis.attempts import Attempts
from visavis.errors import NoMatch, NotVerified, SpoofSuspected
from visavis.liveness import Challenge, LiveCapture, Look, Step, recorded
from visavis.passes import IssuerKey, Pass, TrustedIssuer, VerifierKey, issue
from visavis.status import Register
from visavis.types import EnrolmentMethod, Template

SOURCE = Path(visavis.__file__).parent
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=40)
SESSION = bytes(range(100, 132))
ISSUER, KEY = IssuerKey.generate(), VerifierKey.generate()
REGISTER = Register(None, issuer=ISSUER.id)
POINT = OperatingPoint("test", "provisional", "fake", "fake", "", 1e-4, 0.943, 0.924)


def pass_of(person: Person) -> Pass:
    template = Template.from_features(features(person), embedder="fake", preprocessing="fake")
    return issue(
        template,
        issuer=ISSUER,
        verifier=KEY.public,
        purpose="test",
        enrolment=EnrolmentMethod.LIVE,
        consent=bytes(32),
        issued_at=NOW,
        lifetime=timedelta(days=1),
        status=REGISTER.take(),
    )


def verifier(attempts: Attempts | None = None) -> Verifier:
    return Verifier(
        [KEY],
        issuers=[TrustedIssuer(ISSUER.public)],
        statuses=REGISTER,
        faces=Staged(),
        operating_point=POINT,
        attempts=attempts,
    )


def refused(person: Callable[[int, int], Person], *, flat: bool, live: bool) -> NotVerified:
    """Return the error of an answer to a challenge, as it leaves the verifier."""
    by, presented = verifier(), pass_of(HOLDER)
    challenge, token = by.challenge(presented, session=SESSION, policy=Policy(), now=NOW)
    # What a step shows is the same in all of them: which one it is must not matter here.
    seen = capture(challenge if live else recorded(challenge.tasks), person, flat=flat)
    with pytest.raises(NotVerified) as caught:
        _ = (
            by.verify_live(
                presented, seen, token=token, session=SESSION, policy=Policy(), now=LATER
            )
            if live
            else by.verify_recording(presented, seen, policy=Policy(), now=LATER)
        )
    return caught.value


def numbers(value: object) -> Iterator[object]:
    """Yield every number that is left in something and might say how alike faces are."""
    if isinstance(value, float | np.floating):
        yield value
    elif isinstance(value, np.ndarray):
        yield from value[value != 0].tolist()
    elif isinstance(value, Template):
        yield from numbers(value.reveal())
    elif isinstance(value, Look):
        yield from numbers([value.row, value.mesh])
    elif isinstance(value, LiveCapture):
        yield from numbers(value.looks)
    elif isinstance(value, list | tuple | set):
        for each in value:
            yield from numbers(each)
    elif isinstance(value, dict):
        yield from numbers(list(value.values()))


def left_behind(error: BaseException) -> Iterator[tuple[str, str, object]]:
    """Yield the numbers in the frames of our own code that an error can be traced back to."""
    traceback: types.TracebackType | None = error.__traceback__
    while traceback is not None:
        frame = traceback.tb_frame
        if SOURCE in Path(frame.f_code.co_filename).parents:
            for name, value in frame.f_locals.items():
                # The caller's own argument, and the end of a wait.
                if name not in {"strictness", "wait"}:
                    for number in numbers(value):
                        yield frame.f_code.co_name, name, number
        traceback = traceback.tb_next


REFUSED: list[tuple[type[NotVerified], Callable[[int, int], Person], bool]] = [
    (NoMatch, lambda *_: STRANGER, False),
    (NoMatch, lambda *_: TWIN, False),
    (SpoofSuspected, lambda rest, _: STRANGER if rest else HOLDER, False),
    (SpoofSuspected, lambda rest, _: RELATIVE if rest else HOLDER, False),
    (SpoofSuspected, lambda *_: HOLDER, True),
]


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize(("kind", "person", "flat"), REFUSED)
def test_no_number_leaves_with_an_error(
    kind: type[NotVerified], person: Callable[[int, int], Person], flat: bool, live: bool
) -> None:
    error = refused(person, flat=flat, live=live)
    assert type(error) is kind
    assert set(vars(error)) == {"reason", "message", "remedy"}
    assert error.args == (error.message,)
    assert not any(character.isdigit() for character in error.message + error.remedy)
    assert (error.__cause__, error.__context__) == (None, None)
    assert list(left_behind(error)) == []


def test_the_search_for_numbers_finds_what_is_left_behind() -> None:
    nod = both(Step.LOOK_UP, Step.TURN_RIGHT, 0.4, 0.4)
    seen = capture(recorded([far(Step.TURN_LEFT, 0.4), nod]))
    assert len(list(numbers(seen))) > 1000
    assert list(numbers([0.5, {"a": np.array([0.0, 2.0])}])) == [0.5, 2.0]
    seen.erase()
    assert list(numbers(seen)) == []


def test_near_or_far_the_same_is_said() -> None:
    for first, second in (REFUSED[:2], REFUSED[2:4]):
        errors = [refused(person, flat=flat, live=True) for _, person, flat in (first, second)]
        assert repr(vars(errors[0])) == repr(vars(errors[1]))


class _Written:
    """Which files are opened for writing, while it is on."""

    def __init__(self) -> None:
        self.on = False
        self.paths: list[str] = []
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.on:
            return
        writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND
        opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & writes
        if opened or event in {"os.rename", "os.link", "os.mkdir", "os.symlink", "sqlite3.connect"}:
            self.paths.append(str(arguments[0]))


def test_nothing_is_written_but_the_count_of_attempts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("work", "tmp", "home"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    for variable in ("TMPDIR", "HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "tmp"))
    file = tmp_path / "home" / "attempts.db"
    by, presented, written = verifier(Attempts(file)), pass_of(HOLDER), _Written()
    shown: list[bytes] = []
    kept: list[bytes] = []
    written.on = True
    try:
        for number, person in enumerate([HOLDER, STRANGER, HOLDER, RELATIVE, HOLDER]):
            now = NOW + number * timedelta(minutes=1)
            challenge, token = by.challenge(presented, session=SESSION, policy=Policy(), now=now)
            seen = LiveCapture.of(challenge, pictures(challenge, person, shown), by.faces)
            kept += [look.row.tobytes() for look in seen.looks if look.row is not None]
            with suppress(NotVerified):
                by.verify_live(
                    presented,
                    seen,
                    token=token,
                    session=SESSION,
                    policy=Policy(),
                    now=now + timedelta(seconds=40),
                )
            again = LiveCapture.of(
                recorded(challenge.tasks), pictures(challenge, person, shown), by.faces
            )
            with suppress(NotVerified):
                by.verify_recording(presented, again, policy=Policy(), now=now)
            data = file.read_bytes()
            sought = [SESSION, token[-24:], challenge.id, presented.sealed[:24], *shown, *kept]
            assert not any(item[:24] in data or item[-24:] in data for item in sought)
    finally:
        written.on = False
    assert set(written.paths) == {str(file)}
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {file}
    assert len(shown) > 100
    # And the watch does see what is written.
    written.on = True
    (tmp_path / "leak").write_bytes(b"leak")
    written.on = False
    assert str(tmp_path / "leak") in written.paths


def pictures(challenge: Challenge, person: Person, shown: list[bytes]) -> Any:
    made = frames(challenge.tasks, lambda *_: person)
    shown += [frame.data for frame in made]
    return made
