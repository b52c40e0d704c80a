"""The page says what the numbers say, no more; and it needs nothing but itself."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.synthetic import sample_report
from tests.synthetic.sample_report import rate

from visavis.evaluation._page import summary as say
from visavis.evaluation._page.page import page
from visavis.evaluation._page.wording import (
    how_often,
    interval,
    label,
    listed,
    many,
    one_in,
    percent,
    plain,
    with_counts,
)

VOID = {"meta", "br", "link", "img", "input", "hr", "use", "path"}


class Reader(HTMLParser):
    """Collects what a page is made of, and whether every element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.open: list[str] = []
        self.styles = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@functools.cache
def made(name: str) -> str:
    """Drawing takes a while: each page once."""
    return page(getattr(sample_report, name)())


@pytest.fixture(params=sample_report.__all__)
def html(request: pytest.FixtureRequest) -> str:
    return made(request.param)


def test_it_is_one_file_without_script_or_network(html: str) -> None:
    reader = read(html)
    assert html.startswith("<!doctype html>")
    assert not reader.tags.keys() & {"script", "link", "img", "iframe", "object", "form", "base"}
    for tag, name, value in reader.attributes:
        assert not name.startswith("on"), (tag, name)
        if name in {"href", "src", "action", "data"}:
            assert value.startswith("#"), (tag, name, value)
    assert not re.search(r"url\((?!#)|@import|javascript:", html)
    assert len(html.encode()) < 1_500_000


def test_every_id_is_there_once_and_every_link_leads_to_one(html: str) -> None:
    attributes = read(html).attributes
    ids = Counter(value for _, name, value in attributes if name == "id")
    assert max(ids.values()) == 1
    for _, name, value in attributes:
        if name == "href":
            assert value[1:] in ids
        if name == "aria-labelledby":
            assert value in ids
    assert set(re.findall(r"url\(#([^)]+)\)", html)) <= ids.keys()


def test_it_can_be_read_aloud(html: str) -> None:
    reader = read(html)
    labels = [
        value for tag, name, value in reader.attributes if (tag, name) == ("svg", "aria-label")
    ]
    assert reader.tags["svg"] == len(labels) == reader.tags["figcaption"]
    assert all(len(text) > 20 for text in labels)
    assert reader.tags["h1"] == 1
    scopes = [value for tag, name, value in reader.attributes if (tag, name) == ("th", "scope")]
    assert len(scopes) == reader.tags["th"]
    assert ("html", "lang", "en") in reader.attributes


def test_the_same_report_gives_the_same_page() -> None:
    assert page(sample_report.bare()) == made("bare")


def test_names_and_labels_are_text() -> None:
    html = made("hostile")
    text = read(html).text
    assert "<script>alert(1)</script> &" in text
    assert "<script>alert(2)</script>" in text
    assert "<script>alert('column')</script>" in text
    assert "{{ 7 * 7 }}" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e\ud800-\udfff]", html)


def test_colours_go_with_light_and_dark_paper() -> None:
    html = made("bare")
    assert "prefers-color-scheme: dark" in html
    svg = html[html.index("<svg") :]
    assert "var(--ink, #1b1f23)" in svg
    assert not re.search(r"(fill|stroke): #(ffffff|1b1f23|000000)\b", svg)


def test_what_is_in_the_report_is_on_the_page() -> None:
    report = sample_report.full()
    text = " ".join(read(made("full")).text.split())
    for system in report["systems"]:
        assert system["model_sha256"] in text
        assert system["licence"] in text
    assert report["data"]["sha256"] in text
    assert report["made"]["command"] in text
    assert "cannot be shown with 1,369,500 comparisons" in text
    assert "\u206875 and older\u2069 (9 people)" in text


# What sentences say


def test_of_so_many_attempts_so_many() -> None:
    assert say.let_in(_rate(200, 10_000, 0.0151, 0.0249)) == (
        "Of 10,000 attempts by a different person, about 200 would be let in (between 151 and 249)."
    )
    assert say.let_in(_rate(7, 78_000, 1.3e-5, 2.9e-4)) == (
        "Of 100,000 attempts by a different person, about 9 would be let in (between 1.3 and 29)."
    )
    assert say.turned_away(_rate(36, 1_800, 0.0121, 0.0333)) == (
        "Of 100 attempts by the right person, about 2 are turned away (between 1.2 and 3.4)."
    )


def test_no_errors_are_not_never() -> None:
    sentence = say.let_in(rate(0, 30_000))
    assert sentence.startswith("In 30,000 comparisons of different people nobody was let in.")
    assert "does not mean never: up to 1 of 10,000 attempts could be" in sentence
    sentence = say.turned_away(rate(0, 400))
    assert "never turned away. Up to 7.5 of 1,000 attempts could be" in sentence


@pytest.mark.parametrize("few", [rate(0, 0), rate(0, 3), rate(0, 2)])
def test_too_few_comparisons_are_said_to_be_too_few(few: dict[str, Any]) -> None:
    assert "cannot be said" in say.let_in(few)
    assert "cannot be said" in say.turned_away(few)


@given(
    st.floats(1e-8, 1),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from([100, 10_000]),
)
def test_rounding_never_makes_an_interval_narrower(
    value: float, down: float, up: float, base: int
) -> None:
    found = {"value": value, "low": value * down, "high": value + (1 - value) * up}
    often = how_often(found, base)
    times, about, low, high = (
        float(text.replace(",", "")) for text in (often.base, often.about, often.low, often.high)
    )
    assert about >= 0.99
    assert abs(about / times - value) <= 0.06 * value
    slack = 1 + 1e-9
    assert low <= found["low"] * times * slack
    assert high * slack >= found["high"] * times


@given(st.floats(0, 1), st.floats(0, 1))
def test_intervals_in_per_cent_are_rounded_outwards(one: float, two: float) -> None:
    found: dict[str, Any] = {
        "value": 0.5,
        "low": min(one, two),
        "high": max(one, two),
        "method": "bootstrap",
    }
    low, high = (float(part) for part in interval(found).removesuffix("\xa0%").split(" to "))
    assert low <= found["low"] * 100 * (1 + 1e-9)
    assert high * (1 + 1e-9) >= found["high"] * 100


def test_numbers_are_read_as_people_read_them() -> None:
    assert percent(0.03) == "3\xa0%"
    assert percent(0.0000897) == "0.009\xa0%"
    assert percent(0.12345) == "12\xa0%"
    assert percent(1.0) == "100\xa0%"
    assert percent(0.0) == "0\xa0%"
    assert percent(None) == "-"
    assert interval(rate(0, 0)) == "-"
    assert interval(rate(0, 300)) == "up to 1\xa0%"
    assert one_in(1e-4) == "1 in 10,000"
    assert one_in(0.003) == "0.3\xa0%"
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert many(1, "pair") == "1 pair"
    assert many(2_000, "pair") == "2,000 pairs"
    assert with_counts({"turned_away": 2, "blurred": 1}) == "turned away (2) and blurred (1)"


def test_text_is_one_line_without_what_cannot_be_shown() -> None:
    assert plain(" a\n\tb\x00\u202e\udcff ") == "a b\ufffd\ufffd\ufffd"
    assert plain("25\xa0%") == "25\xa0%"
    assert plain("\u0645\u06cc\u200c\u062e") == "\u0645\u06cc\u200c\u062e"
    assert label("中文") == "\u2068中文\u2069"


def test_an_operating_point_is_as_proven_as_its_status() -> None:
    system = sample_report.one_system()["systems"][0]
    assert "do not prove" in say.operating_point(system)
    system["operating_point"]["status"] = "proven"
    assert "no interval reached above its target" in say.operating_point(system)
    system["operating_point"] = None
    assert "lets nobody in" in say.operating_point(system)


def test_a_threshold_chosen_here_is_said_to_be() -> None:
    used, chosen = sample_report.full()["systems"]
    assert say.where(used).startswith("At the threshold that visavis uses")
    assert "chosen on these same data, which 1 in 100,000 comparisons" in say.where(chosen)
    assert "cannot be shown" in say.where(sample_report.bare()["systems"][0])


def test_what_is_calibrated_is_no_more_than_the_interval_says() -> None:
    proven, provisional, impossible = sample_report.one_system()["systems"][0]["calibration"]
    reaches = (
        f"the interval reaches up to {percent(proven['worst_group']['high'], 'ROUND_CEILING')}"
    )
    said = say.calibrated(proven)
    assert "1 in 100 in the worst group is proven by these data: in the worst case" in said
    assert f"{reaches} for the group \u2068female\u2069 (\u2068sex\u2069)." in said
    said = say.calibrated(provisional)
    assert f"1 in 10,000 in the worst group is not proven by these data: {reaches}" in said
    assert "beyond what these data can show" in say.calibrated(impossible)


def test_without_groups_even_a_low_rate_is_not_proven() -> None:
    found = sample_report.no_errors()["systems"][0]["calibration"][0]
    assert found["overall"]["high"] < found["target"]
    assert say.calibrated(found).endswith("because not enough is known about groups.")


def test_photos_that_could_not_be_used_are_counted() -> None:
    acquisition = sample_report.one_system()["systems"][0]["acquisition"]
    [sentence] = say.unusable(acquisition)
    assert sentence.startswith("16 of 1,660 photos were not good enough to compare (0.96\xa0%; ")
    assert "blurred (9) and turned away (7)" in sentence
    acquisition.update(not_enrolled=2)
    assert say.unusable(acquisition)[1].startswith("Of 2 of 166 people no photo was good enough")
    assert say.unusable(sample_report.no_errors()["systems"][0]["acquisition"]) == [
        "All 1,660 photos were good enough to compare."
    ]


def _groups(change: Callable[[dict[str, Any]], None]) -> str:
    report = sample_report.one_system()
    change(report["systems"][0]["differentials"]["columns"][0])
    name, sentences = say.groups(report, report["systems"][0])[0]
    assert name == "sex"
    return " ".join(sentences).replace("\u2068", "").replace("\u2069", "")


def test_the_worst_group_is_named_with_what_chance_could_do() -> None:
    said = _groups(lambda _column: None)
    assert "confused most often in female: 0.011\xa0% (0.0023 to 0.037\xa0%), 1.3 times" in said
    assert "That may be chance: the interval holds the rate of everybody." in said
    assert "turned away most often in female: 2.6\xa0%" in said
    assert "The interval does not hold the rate of everybody." in said
    assert "Too small to say anything of: another (4 people)." in said
    assert "in female the right person is turned away 30\xa0% more often" in said


def test_no_group_is_worse_when_none_stands_out() -> None:
    def alike(column: dict[str, Any]) -> None:
        column["worst"] = {"fmr": None, "fnmr": None}
        column["nist_25"] = {"holds": None, "worst": None, "excess": None}

    said = _groups(alike)
    assert "How often two different people of one group are confused is the same in all" in said
    assert "cannot be judged" in said


def test_what_cannot_be_compared_is_not_said_to_be_alike() -> None:
    def silent(column: dict[str, Any]) -> None:
        column["worst"] = {"fmr": None, "fnmr": None}
        column["groups"][0].update(fmr_ratio=None, fnmr_ratio=None)

    said = _groups(silent)
    assert said.count("cannot be compared between these groups: too few errors") == 2
    assert "the same in all" not in said


def test_the_limit_of_nist_is_judged_by_rates_and_doubted_by_intervals() -> None:
    def kept(column: dict[str, Any], *, high: float) -> None:
        column["nist_25"].update(holds=True, excess=0.1)
        for group in column["groups"]:
            group["fnmr"]["high"] = high

    assert "kept by the groups that could be judged" in _groups(lambda each: kept(each, high=1e-3))
    assert "leave room" not in _groups(lambda each: kept(each, high=1e-3))
    assert "but the intervals leave room for more." in _groups(lambda each: kept(each, high=0.1))
    assert "25\xa0% are allowed. Too small" in _groups(lambda _each: None)
    unsure = _groups(lambda each: each["groups"][0]["fnmr"].update(low=0.0))
    assert "25\xa0% are allowed. With so few people that may be chance." in unsure
    alike = _groups(lambda each: each["nist_25"].update(worst=None))
    assert "not kept: in all groups the right person" in alike


@pytest.mark.parametrize(
    ("large", "expected"), [(1, "Only female is large enough"), (0, "No group is large enough")]
)
def test_with_fewer_than_two_groups_nothing_is_compared(large: int, expected: str) -> None:
    def shrink(column: dict[str, Any]) -> None:
        for group in column["groups"][large:]:
            group["too_small"] = True

    said = _groups(shrink)
    assert expected in said
    assert "most often" not in said


def test_without_groups_nothing_is_known_about_groups() -> None:
    report = sample_report.no_errors()
    assert say.groups(report, report["systems"][0]) == []
    assert "Nothing is known about groups, because none were declared." in say.limits(report)
    text = " ".join(read(made("no_errors")).text.split())
    assert "Whether the system treats groups of people alike is not known from this test." in text


def test_limits_name_people_and_the_least_rate() -> None:
    said = " ".join(say.limits(sample_report.one_system()))
    assert "1,369,500 comparisons of different people, but on only 13,695 pairs of people" in said
    assert "False match rates below 2.2 in 1,000,000 cannot be shown" in said
    assert "twins" in said
    assert "flattered" in said
    assert "flattered" not in " ".join(say.limits(sample_report.bare()))


def _rate(errors: int, comparisons: int, low: float, high: float) -> dict[str, Any]:
    return {
        "errors": errors,
        "comparisons": comparisons,
        "value": errors / comparisons,
        "low": low,
        "high": high,
        "method": "bootstrap",
    }
