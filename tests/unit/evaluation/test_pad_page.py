"""The page on presentation attacks says what the numbers say, no more, and needs only itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.unit.evaluation._pad import UNSEEN, Shelf, shown
from tests.unit.evaluation.test_page import read

from visavis.evaluation import Evaluation, write
from visavis.evaluation._page import pad_summary as say
from visavis.evaluation._page.canvas import drawn
from visavis.evaluation._page.figures import drawings
from visavis.evaluation._page.page import page
from visavis.evaluation._presentations.judging import ACCEPTED

NEVER, ALWAYS = 0.1, 4.5
HOSTILE = "<b>$mask$ & co"


def plain(text: str) -> str:
    """Return a sentence without the marks that keep words of other scripts apart."""
    return text.replace("\u2068", "").replace("\u2069", "").replace("\u00a0", " ")


def attack(*people: Sequence[float | None]) -> dict[str, Any]:
    presented = shown(*people)
    return {
        "class": "still_print",
        **presented.counts(0),
        "apcer": presented.rate(ACCEPTED, 0),
    }


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A report with everything in it."""
    shelf = Shelf(tmp_path_factory.mktemp("full") / "set")
    for person in range(3):
        shelf.put("bona-fide", person, 2.0, 2.0, 0.9, UNSEEN)
        shelf.put("attacks/still_print", person, NEVER, UNSEEN, UNSEEN)
        shelf.put(f"attacks/{HOSTILE}", person, 1.5, NEVER)
    shelf.put("attacks/wax", 0, NEVER)
    (shelf.folder / "attacks/wax/broken/film").mkdir(parents=True)
    (shelf.folder / "about.txt").write_text("Drawn <i>here</i>.\n\nBy us.", encoding="utf-8")
    return shelf.report()


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """A report without attacks, and one without honest people."""
    found = []
    for kind in ("bona-fide", "attacks/mask"):
        shelf = Shelf(tmp_path_factory.mktemp("half") / "set")
        for person in range(2):
            shelf.put(kind, person, ALWAYS)
        found.append(shelf.report())
    return found


@pytest.fixture(scope="module")
def pages(full: dict[str, Any], halves: list[dict[str, Any]]) -> list[str]:
    """The pages of all three; drawing takes a while."""
    return [page(report) for report in (full, *halves)]


def test_where_none_was_accepted_it_says_how_many_may_be() -> None:
    assert plain(say.accepted(attack(*[[NEVER]] * 50))) == (
        "Of 50 presentations of the class “still print” none was accepted. "
        "With no more than 50 people, up to 1 in 16 may be."
    )


def test_two_people_say_nothing() -> None:
    said = plain(say.accepted(attack([NEVER] * 25, [NEVER] * 25)))
    assert said.endswith("none was accepted. With 2 people that says nothing: all might be.")


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ([[ALWAYS]] + [[NEVER]] * 9, "1 was accepted: 10 %, between "),
        ([[ALWAYS]] * 3 + [[NEVER]] * 7, "3 were accepted: 30 %, between "),
        ([[ALWAYS]] * 10, "all were accepted: 100 %, between 69 % and 100 %."),
    ],
)
def test_where_some_were_accepted_it_says_how_many(
    people: list[list[float | None]], said: str
) -> None:
    whole = plain(say.accepted(attack(*people)))
    assert whole.startswith(f"Of 10 presentations of the class “still print” {said}")


def test_an_attack_about_which_nothing_was_decided_is_not_called_recognised() -> None:
    said = plain(say.accepted(attack(*[[None]] * 6, *[[NEVER]] * 4)))
    assert said.endswith(
        "Nothing could be decided about 6: that stops an attack, but does not recognise it."
    )
    assert "Nothing" not in say.accepted(attack(*[[None]] * 4, *[[NEVER]] * 6))


@pytest.mark.parametrize(
    ("high", "words"), [(0.06, "1 in 16"), (0.1, "1 in 10"), (3 / 7, "1 in 2"), (0.751, "76 %")]
)
def test_an_upper_end_is_never_told_as_less_than_it_is(high: float, words: str) -> None:
    assert plain(say.at_most({"high": high})) == words


def test_the_worst_class_is_the_headline(full: dict[str, Any]) -> None:
    said = plain(say.headline(full))
    assert said.startswith(f"Of 6 presentations of the class “{HOSTILE}” 3 were accepted")
    harmless = full | {"attacks": [attack(*[[NEVER]] * each) for each in (30, 10)]}
    said = plain(say.headline(harmless))
    assert said.startswith(
        "Of 40 presentations of 2 classes none was accepted. "
        "With no more than 10 people, up to 1 in 3 may be."
    )


def test_honest_people_are_told_in_both_parts(full: dict[str, Any]) -> None:
    first, second = map(plain, say.honest(full))
    assert first.startswith("Of 12 honest presentations 6 were not let through: 50 %, between ")
    assert second == (
        "3 were taken for a spoof, and 3 would be asked to try again, because nothing could be "
        "decided."
    )


def test_honest_people_who_all_got_through_may_not_always(halves: list[dict[str, Any]]) -> None:
    (said,) = say.honest(halves[0])
    assert said.startswith("Of 2 honest presentations every one was let through. With 2 people")


def test_the_price_of_strictness_is_told(
    full: dict[str, Any], halves: list[dict[str, Any]]
) -> None:
    said = plain(" ".join(say.target(full)))
    assert said.startswith(
        "From 1.54 times the usual strictness on, no class has more than 7 % of its presentations "
        "accepted. There, 6 of 12 honest presentations were not let through"
    )
    assert "cannot be said: no attacks" in " ".join(say.target(halves[0]))
    never = plain(" ".join(say.target(halves[1])))
    assert never.endswith("not even 4 times the usual one.")
    everywhere = full | {"at_target": full["at_target"] | {"reached": "everywhere", "bpcer": None}}
    assert "even at the laxest" in (said := " ".join(say.target(everywhere)))
    assert "none were recorded" in said


def test_the_usual_strictness_is_called_so() -> None:
    assert say.times(1.0) == "the"
    assert say.times(2 ** (1 / 4)) == "1.19 times the"
    assert say.times(4.0) == "4 times the"


def test_what_is_missing_is_said(full: dict[str, Any], halves: list[dict[str, Any]]) -> None:
    (said,) = say.missing(full)
    assert plain(said).startswith("Nothing is told of “wax”")
    assert "no attacks" in " ".join(say.missing(halves[0]))
    assert "no honest presentations" in " ".join(say.missing(halves[1]))


def test_every_page_says_that_no_laboratory_tested_and_that_simulations_are_not_real(
    pages: list[str],
) -> None:
    for html in pages:
        text = read(html).text
        assert "No laboratory has tested how visavis recognises attacks." in text
        assert "Simulated attacks are not real ones" in text


def test_a_page_needs_nothing_but_itself(pages: list[str]) -> None:
    for html in pages:
        reader = read(html)
        assert not {"script", "link", "img", "iframe", "object"} & set(reader.tags)
        values = [value for _, name, value in reader.attributes if name in {"href", "src"}]
        assert values
        assert all(value.startswith("#") for value in values)
        ids = [value for _, name, value in reader.attributes if name == "id"]
        assert len(ids) == len(set(ids))
        assert {value[1:] for value in values} <= set(ids)


def test_what_somebody_named_or_wrote_stays_text(pages: list[str]) -> None:
    html = pages[0]
    assert "<b>" not in html
    assert "<i>" not in html
    text = plain(read(html).text)
    assert HOSTILE in text
    assert "Drawn <i>here</i>." in text
    assert "By us." in text
    assert "still print" in text


def test_every_count_of_the_report_is_in_the_page(full: dict[str, Any], pages: list[str]) -> None:
    text = " ".join(plain(read(pages[0]).text).split())
    for kind in full["attacks"]:
        assert f"{kind['accepted']} of {kind['presentations']}" in text
    assert "no turn (6)" in text
    for each in ("6 of 12", "3 of 12"):
        assert each in text


def test_there_is_a_figure_for_all_that_was_measured(
    full: dict[str, Any], halves: list[dict[str, Any]]
) -> None:
    names = [[drawing.name for drawing in drawings(report)] for report in (full, *halves)]
    assert names == [
        ["classes", "honest", "strictness"],
        ["honest", "strictness"],
        ["classes", "strictness"],
    ]
    for drawing in drawings(full):
        one, two = (drawn(drawing, "svg")[0] for _ in range(2))
        assert one == two
    classes, _, strictness = drawings(full)
    assert f"{HOSTILE}: 50\u00a0%" in classes.text
    assert "BPCER goes from 25\u00a0% to 100\u00a0%" in strictness.text


def test_a_report_is_written_with_its_page_and_figures(
    full: dict[str, Any], pages: list[str], tmp_path: Path
) -> None:
    write(Evaluation(full, ()), tmp_path)
    assert json.loads((tmp_path / "report.json").read_text("utf-8")) == full
    assert (tmp_path / "report.html").read_text("utf-8") == pages[0]
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {
        f"{name}.{kind}" for name in ("classes", "honest", "strictness") for kind in ("svg", "png")
    }
