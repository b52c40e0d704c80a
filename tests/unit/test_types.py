from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.face import CaptureFeatures
from visavis.passes import Claims, OpenedPass
from visavis.types import EnrolmentMethod, Presence, Template, Tier

Biometric = Template | CaptureFeatures

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CLAIMS = Claims(
    id=bytes(16),
    issuer="i",
    audience="v",
    purpose="Gym entrance",
    issued_at=NOW,
    expires_at=NOW,
    enrolment=EnrolmentMethod.PHOTO,
    consent=bytes(32),
    embedder="e",
    preprocessing="p",
    quantisation=Template.QUANTISATION,
    tier=Tier.BEARER,
    status=7,
)


def template() -> Template:
    values = np.full(128, 77, np.int8)
    return Template(values, embedder="e", preprocessing="p")


def features() -> CaptureFeatures:
    rows = np.full((3, 128), 0.77, np.float32)
    return CaptureFeatures(rows, embedder="e", preprocessing="p")


both = pytest.mark.parametrize("make", [template, features])


@both
def test_nothing_biometric_is_shown(make: Callable[[], Biometric]) -> None:
    value = make()
    for shown in (
        repr(value),
        str(value),
        f"{value}",
        f"{value!r}",
        repr([value]),
        repr({1: value}),
    ):
        assert "redacted" in shown
        assert "77" not in shown


@both
def test_a_format_is_refused_rather_than_obeyed(make: Callable[[], Biometric]) -> None:
    with pytest.raises(TypeError):
        format(make(), ".3f")


@both
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_cannot_be_pickled(make: Callable[[], Biometric], protocol: int) -> None:
    with pytest.raises(TypeError, match="cannot be copied or pickled"):
        pickle.dumps(make(), protocol)


@both
@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy])
def test_it_cannot_be_copied(
    make: Callable[[], Biometric], copier: Callable[[object], object]
) -> None:
    for value in (make(), [make()]):
        if copier is copy.deepcopy or not isinstance(value, list):
            with pytest.raises(TypeError, match="cannot be copied or pickled"):
                copier(value)


@both
def test_it_cannot_become_json(make: Callable[[], Biometric]) -> None:
    with pytest.raises(TypeError):
        json.dumps({"value": make()})
    assert "77" not in json.dumps({"value": make()}, default=str)


@both
def test_it_has_no_dictionary_of_its_values(make: Callable[[], Biometric]) -> None:
    with pytest.raises(TypeError):
        vars(make())


@both
def test_it_is_not_an_array(make: Callable[[], Biometric]) -> None:
    value = make()
    assert not hasattr(value, "__array__")
    with pytest.raises(TypeError):
        iter(value)  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        memoryview(value)  # type: ignore[arg-type]


@both
def test_two_of_them_cannot_be_compared(make: Callable[[], Biometric]) -> None:
    assert make() != make()
    with pytest.raises(TypeError):
        assert make() < make()  # type: ignore[operator]


def test_an_opened_pass_neither_shows_nor_gives_away_its_template() -> None:
    opened = OpenedPass(CLAIMS, template())
    assert "77" not in repr(opened)
    for take in (dataclasses.asdict, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="cannot be copied or pickled"):
            take(opened)


@both
def test_erasing_leaves_only_zeros(make: Callable[[], Biometric]) -> None:
    value = make()
    numbers = value.reveal()
    assert numbers.any()
    value.erase()
    assert not numbers.any()
    assert not value.reveal().any()


def test_a_template_outlives_the_features_it_was_made_from() -> None:
    source = features()
    made = source.template()
    source.erase()
    assert made.reveal().all()
    assert (made.embedder, made.preprocessing) == ("e", "p")


def test_the_mean_is_not_brought_back_to_length_one() -> None:
    rows = np.eye(128, dtype=np.float32)[:2]
    source = CaptureFeatures(rows, embedder="e", preprocessing="p")
    assert np.linalg.norm(source.mean()) == pytest.approx(2**-0.5)
    # So the product of two means is the mean of all the products.
    assert float(source.mean() @ source.mean()) == pytest.approx((rows @ rows.T).mean())


@settings(derandomize=True, database=None, deadline=None, max_examples=200)
@given(dimension=st.integers(32, 2048), seed=st.integers(0, 2**32 - 1), length=st.floats(0.1, 1))
def test_rounding_moves_no_number_by_more_than_half_a_step(
    dimension: int, seed: int, length: float
) -> None:
    drawn = np.random.default_rng(seed).normal(size=dimension)
    # Numbers of a face lie within 4.5 times the usual size; what lies beyond is clipped.
    drawn = np.clip(drawn, -4, 4)
    exact = (length * drawn / np.linalg.norm(drawn)).astype(np.float32)
    step = 4.5 / (127 * dimension**0.5)
    made = Template.from_features(exact, embedder="e", preprocessing="p")
    clipped = np.clip(exact, -127 * step, 127 * step)
    assert np.abs(made.features() - clipped).max() <= step / 2 * 1.001
    assert made.features().dtype == np.float32
    # So the whole vector moves by at most 1.8 %, and a cosine by a fraction of that.
    assert np.linalg.norm(made.features() - clipped) <= 4.5 / 254 * 1.001


def test_what_is_too_large_for_a_byte_is_clipped_and_not_wrapped() -> None:
    extreme = np.zeros(128, np.float32)
    extreme[0], extreme[1] = 1, -1
    values = Template.from_features(extreme, embedder="e", preprocessing="p").reveal()
    assert values.tolist() == [127, -127, *[0] * 126]


@pytest.mark.parametrize(
    "weakest_first",
    [
        [Tier.BEARER, Tier.PIN, Tier.HOLDER_KEY],
        [EnrolmentMethod.PHOTO, EnrolmentMethod.LIVE, EnrolmentMethod.LIVE_ATTENDED],
        [Presence.NOT_CHECKED, Presence.RECORDING, Presence.LIVE],
    ],
)
def test_levels_are_ordered_from_the_weakest(weakest_first: list[Tier]) -> None:
    assert max(weakest_first) == weakest_first[-1]
    for weak, strong in pairwise(weakest_first):
        assert weak < strong
        assert weak <= strong
        assert strong > weak
        assert not strong < weak
    assert list(type(weakest_first[0])) == weakest_first


def test_levels_of_different_kinds_have_no_order() -> None:
    with pytest.raises(TypeError):
        assert Tier.BEARER < EnrolmentMethod.LIVE
    with pytest.raises(TypeError):
        assert Tier.BEARER < "pin"
