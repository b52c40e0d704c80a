"""Figures: there when the data suffice, the same bytes each time, and safe whatever labels say."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image
from tests.synthetic import sample_report

from visavis.errors import FileProblem
from visavis.evaluation._page.canvas import drawn
from visavis.evaluation._page.figures import drawings, write_figures

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: bytes) -> list[str]:
    """Return every text of a figure."""
    root = ET.fromstring(svg)  # noqa: S314 - our own
    return ["".join(each.itertext()) for each in root.iter(f"{SVG}text")]


def shown_in(report: dict[str, Any], name: str) -> list[str]:
    [drawing] = [each for each in drawings(report) if each.name == name]
    return texts(drawn(drawing, "svg")[0])


def names(report: dict[str, Any]) -> list[str]:
    return [drawing.name for drawing in drawings(report)]


def test_one_system_has_a_figure_for_everything_that_was_measured() -> None:
    expected = ["det", "trials", "scores", "groups-1", "groups-2", "groups-3", "quality"]
    assert names(sample_report.one_system()) == expected


def test_figures_of_several_systems_are_named_after_them() -> None:
    found = names(sample_report.full())
    assert found[:3] == ["det", "trials", "scores-1-synthetic-normal-v1"]
    assert "groups-2-2-synthetic-normal-v2-of-a-longer-name" in found
    assert len(found) == len(set(found)) == 12


def test_there_is_no_figure_without_data() -> None:
    assert names(sample_report.bare()) == ["det", "scores"]
    report = sample_report.one_system()
    for group in report["systems"][0]["differentials"]["columns"][0]["groups"]:
        group["too_small"] = True
    assert "groups-1" not in names(report)


def test_every_name_can_be_a_file_and_an_id() -> None:
    report = sample_report.full()
    report["systems"][0]["embedder"] = "../Ä b/../$HOME"
    report["systems"][1]["embedder"] = "日本"
    for name in names(report):
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
        assert not name.endswith((".", "-"))


def test_the_same_report_gives_the_same_bytes_whatever_the_users_settings(tmp_path: Path) -> None:
    report = sample_report.no_errors()
    report["systems"][0]["quality"] = report["systems"][0]["quality"][:2]
    first, second = tmp_path / "first", tmp_path / "second"
    write_figures(report, first)
    with mpl.rc_context({"font.size": 30, "lines.color": "red", "figure.dpi": 33}):
        write_figures(report, second)
    files = sorted(path.name for path in first.iterdir())
    assert files == sorted(f"{n}.{kind}" for n in names(report) for kind in ("png", "svg"))
    for name in files:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_figures_hold_no_date_and_no_program(tmp_path: Path) -> None:
    write_figures(sample_report.bare(), tmp_path)
    for path in tmp_path.glob("*.svg"):
        text = path.read_text("utf-8")
        assert "<dc:date>" not in text
        assert "Matplotlib" not in text
    for path in tmp_path.glob("*.png"):
        with Image.open(path) as image:
            assert "Software" not in image.info


def test_labels_are_text_and_nothing_else() -> None:
    report = sample_report.hostile()
    [drawing] = [each for each in drawings(report) if each.name == "groups-1"]
    [data] = drawn(drawing, "svg")
    assert b"<script" not in data
    shown = " ".join(texts(data))
    assert "<script>alert(2)</script" in shown
    assert "$x_1^{2$ &amp;" in shown
    assert "\x1b" not in shown
    assert "]]> --> \" onload='x'" in shown


def test_a_group_that_is_too_small_is_named_without_a_rate() -> None:
    shown = shown_in(sample_report.one_system(), "groups-1")
    assert shown.count("too few to say") == 2
    assert "another, 4 people" in shown


def test_long_labels_are_cut_but_not_how_many_people_there_are() -> None:
    shown = shown_in(sample_report.one_system(), "groups-3")
    assert "d'Aoste, appris à la …" in shown
    assert "30 people" in shown


def test_the_operating_point_stands_in_the_scores() -> None:
    assert "operating point 0.9428" in shown_in(sample_report.one_system(), "scores")


def test_without_an_operating_point_the_threshold_says_what_it_was_chosen_for() -> None:
    report = sample_report.full()
    del report["systems"][0]
    assert any(text.startswith("FMR 1e-05 ") for text in shown_in(report, "scores"))
    assert "chosen threshold, with 95 % intervals" in shown_in(report, "det")


def test_without_errors_the_curve_says_so_and_the_bound_is_drawn() -> None:
    shown = shown_in(sample_report.no_errors(), "det")
    assert sum(text.endswith("(no curve: never both errors)") for text in shown) == 3
    assert "operating point, nobody turned away: upper end of the interval" in shown


@pytest.mark.parametrize(
    "name", ["det", "trials", "scores", "groups-1", "groups-2", "groups-3", "quality"]
)
def test_nothing_is_cut_off_at_the_edges(name: str) -> None:
    [drawing] = [each for each in drawings(sample_report.one_system()) if each.name == name]
    with Image.open(io.BytesIO(drawn(drawing, "png")[0])) as image:
        pixels = np.asarray(image.convert("L"))
    for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
        assert (edge == 255).all()


def test_a_folder_that_cannot_be_made_is_a_problem_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileProblem):
        write_figures(sample_report.bare(), tmp_path / "file" / "figures")


def test_a_home_that_cannot_be_written_to_is_no_trouble(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path\n"
        "from tests.synthetic import sample_report\n"
        "from visavis.evaluation._page.figures import write_figures\n"
        f"write_figures(sample_report.bare(), Path({str(tmp_path)!r}))\n"
    )
    kept = {"PATH", "SYSTEMROOT", "TMPDIR"}
    environment = {name: value for name, value in os.environ.items() if name in kept}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=Path(__file__).parents[3],
        env=environment | {"HOME": "/dev/null/nowhere", "PYTHONPATH": "."},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert (tmp_path / "det.png").is_file()
