"""A score is a hill to climb: how alike two faces are is known in one module, and leaves none."""

from __future__ import annotations

import ast
import dataclasses
import re
import typing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import visavis
from visavis import Capture, Consent, Issuer, Policy, Verified, Verifier
from visavis._operating_point import OperatingPoint
from visavis.errors import NoMatch, VisavisError
from visavis.face.fake import fake_pipeline, photo
from visavis.passes import IssuerKey, TrustedIssuer, VerifierKey
from visavis.status import Register

SOURCE = Path(visavis.__file__).parent
ALIKE = re.compile(r"score|distance|confidence|similar|cosine|likeness", re.IGNORECASE)
DECIDES = SOURCE / "verification.py"
MEASURES = SOURCE / "evaluation"  # test participants only: it cannot open a pass (.importlinter)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _names(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.arg | ast.keyword):
            found.add(node.arg or "")
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
    return found


def _modules() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCE.rglob("*.py")}


def test_nothing_is_named_after_likeness_outside_the_one_module_that_decides() -> None:
    modules = _modules()
    assert any(ALIKE.search(name) for name in _names(modules.pop(DECIDES)))
    for path, tree in modules.items():
        if MEASURES not in path.parents:
            assert not [name for name in _names(tree) if ALIKE.search(name)], path


def test_only_the_decision_reads_the_features_of_a_template() -> None:
    readers = {
        path
        for path, tree in _modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "features"
        and not node.args
    }
    assert readers == {DECIDES}


def test_the_threshold_is_read_in_the_decision_only() -> None:
    for path, tree in _modules().items():
        attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        if path != DECIDES:
            assert "same_capture" not in attributes, path


def test_an_answer_holds_no_number() -> None:
    hints = typing.get_type_hints(Verified)
    named = {"tier", "enrolment", "purpose", "operating_point", "checks", "presence"}
    assert set(hints) == named
    for name, hint in hints.items():
        assert hint not in {int, float, complex, bytes}, name
    assert {field.name for field in dataclasses.fields(Verified)} == set(hints)


def _point(match: float) -> OperatingPoint:
    return OperatingPoint("test", "provisional", "fake", "fake", "", 1e-4, match, 0.5)


@pytest.mark.parametrize("match", [0.999999, 0.5])
def test_what_leaves_a_comparison_is_the_same_however_near_it_was(match: float) -> None:
    issuer, verifier = IssuerKey.generate(), VerifierKey.generate()
    faces = fake_pipeline()
    point, register = _point(match), Register(None, issuer=issuer.id)
    enrols = Issuer(
        issuer, verifier=verifier.public, register=register, faces=faces, operating_point=point
    )
    decides = Verifier(
        [verifier],
        issuers=[TrustedIssuer(issuer.public)],
        statuses=register,
        faces=faces,
        operating_point=point,
    )
    consent = Consent("test", timedelta(days=1), NOW)
    made = enrols.enroll(Capture([photo(1)]), consent=consent, now=NOW).credential
    said = set()
    for person, seed in ((1, 5), (2, 0), (9, 3)):
        try:
            answer = decides.verify(
                made, Capture([photo(person, seed=seed)]), policy=Policy(), now=NOW
            )
            assert person == 1
            said.add(repr(answer))
        except NoMatch as error:
            chained = (error.__cause__, error.__context__)
            said.add(repr((error.args, sorted(vars(error).items()), chained)))
    assert all("(None, None)" in each for each in said if "different_person" in each)
    # Near or far, a person who does not match hears the very same.
    assert len(said) == (1 if match > 0.99 else 2)


def test_errors_hold_sentences_only() -> None:
    error = VisavisError("reason", "message", "remedy")
    assert vars(error) == {"reason": "reason", "message": "message", "remedy": "remedy"}
    assert error.args == ("message",)
