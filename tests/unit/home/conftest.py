"""Passphrases that take no second to try."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _quick_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("visavis.passes.keys._ROUNDS", 1)
