"""What is told of groups is never about a few people, however it is added and subtracted."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from visavis.evaluation._rates.disclosure import FEWEST_PEOPLE, told


def labels(**counts: int) -> list[str]:
    return [label.strip("_") for label, count in counts.items() for _ in range(count)]


def told_of(*columns: list[str]) -> list[set[str]]:
    everybody = np.ones(len(columns[0]), np.bool_)
    named = {str(number): column for number, column in enumerate(columns)}
    return list(told(named, everybody, everybody).values())


def test_neither_a_small_group_nor_a_small_rest_is_told_of() -> None:
    assert told_of(labels(a=30, b=20)) == [{"a", "b"}]
    assert told_of(labels(a=30, b=20, c=9)) == [{"a"}]  # b joins c: 29 people
    assert told_of(labels(a=30, b=20, _=9)) == [{"a"}]  # nine declared nothing
    assert told_of(labels(a=30, b=20, _=10)) == [{"a", "b"}]
    assert told_of(labels(a=11, b=5)) == [set()]
    assert told_of(labels(_=40)) == [set()]


def test_columns_cannot_be_crossed_to_point_at_somebody() -> None:
    one = labels(a=20, b=20)
    same = labels(c=20, d=20)
    crossing = labels(c=10, d=10, e=0) + labels(c=10, d=10)
    singling = labels(c=19, d=21)
    assert told_of(one, same) == [{"a", "b"}, {"c", "d"}]
    assert told_of(one, crossing) == [{"a", "b"}, {"c", "d"}]
    assert told_of(one, singling) == [{"a", "b"}, set()]  # somebody is in a and d


def test_whose_number_is_written_in_columns_is_not_found() -> None:
    """Forty people and somebody else, each column a bit of everybody's number."""
    columns = [[str(number >> bit & 1) for number in range(40)] for bit in range(6)]
    told_labels = told_of(*columns)
    parts = [
        tuple(
            column[number] if column[number] in kept else ""
            for column, kept in zip(columns, told_labels, strict=True)
        )
        for number in range(40)
    ]
    assert min(parts.count(part) for part in parts) >= FEWEST_PEOPLE


def test_who_is_not_compared_makes_no_group_large_and_is_given_away_by_none() -> None:
    column = labels(a=30, b=10)
    present = np.ones(40, np.bool_)
    compared = present.copy()
    compared[-1] = False  # one of b has a single photo
    assert told({"x": column}, present, compared) == {"x": set()}
    present[-1] = False  # who has no photo at all is in no rate
    compared[-2:] = True
    assert told({"x": column}, present, compared) == {"x": {"a", "b"}}


people = st.lists(
    st.tuples(st.sampled_from("ab "), st.sampled_from("xyz "), st.booleans(), st.booleans()),
    max_size=60,
)


@given(people)
def test_every_combination_holds_nobody_or_enough(drawn: list[tuple[str, str, bool, bool]]) -> None:
    columns = [[one.strip() for one, _, _, _ in drawn], [two.strip() for _, two, _, _ in drawn]]
    present = np.array([each[2] for each in drawn], np.bool_)
    compared = present & np.array([each[3] for each in drawn], np.bool_)
    kept = told({"one": columns[0], "two": columns[1]}, present, compared)
    seen = [
        tuple(
            column[number] if column[number] in kept[name] else ""
            for name, column in zip(kept, columns, strict=True)
        )
        for number in range(len(drawn))
    ]
    for part in set(itertools.compress(seen, present)):
        enough = sum(at == part and who for at, who in zip(seen, compared, strict=True))
        assert enough >= FEWEST_PEOPLE or not any(kept.values())
