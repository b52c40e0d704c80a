"""From what an evaluation found to the threshold that decides, at the command line."""

from __future__ import annotations

import copy
import json
import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import TensorProto, helper
from tests.integration import _evaluations as made
from tests.integration._cli import MODELS, Machine
from tests.synthetic.ten import write_ten

from visavis._operating_point import read_operating_point, shipped_operating_point
from visavis.cli._measured import read_evaluation
from visavis.cli._rates import parse_rate, shown_rate
from visavis.errors import EvaluationProblem, InvalidArgument
from visavis.registry import ModelStore
from visavis.registry._files import sha256

PROVISIONAL = f"{made.EMBEDDER}/orl-1in10000-2026-11-22-provisional"
PROVEN = f"{made.EMBEDDER}/orl-1in10000-2026-11-22"


@pytest.fixture
def home(bare: Machine) -> Machine:
    """With keys, and no pass."""
    assert bare.call("init").code == 0
    return bare


def evaluated(machine: Machine, *calibration: dict[str, Any]) -> str:
    return made.write(machine.work, made.report(made.system(*calibration)))


def own_point(machine: Machine) -> Path:
    return machine.keys / "operating_point.toml"


def refused(machine: Machine, *arguments: str, code: int = 1) -> str:
    """Return the reason, after seeing that nothing was written and the words are there."""
    before = machine.tree()
    words = machine.call("calibrate", *arguments)
    assert words.code == code, words.stderr
    words.refusal()
    as_json = machine.call("calibrate", *arguments, "--json")
    assert (as_json.code, as_json.json()["outcome"]) == (code, "error")
    changed = {name for name, data in machine.tree().items() if before.get(name, b"-") != data}
    assert changed <= {"keys/.lock"}  # empty; locked while something is about to be changed
    return str(as_json.json()["reason"])


def test_what_is_not_proven_is_not_used_unless_that_is_wanted(home: Machine) -> None:
    folder = evaluated(home, made.provisional())
    assert refused(home, folder) == "not_proven"
    said = home.call("calibrate", folder).refusal()
    assert made.WHY in said
    assert "--accept-provisional" in said
    result = home.run("calibrate", folder, "--accept-provisional")
    assert result.code == 0
    assert PROVISIONAL in result.stdout
    said = " ".join(result.stdout.split())
    assert "false matches 1 in 8,670 (9 of 78,000) 95 %: 1 in 25,000 to 1 in 4,170" in said
    assert "missed 2.0 % (36 of 1,800) 95 %: 1 in 83 to 3.1 %" in said
    assert "provisional. Not proven" in result.stdout
    point = read_operating_point(own_point(home))
    assert (point.id, point.status, point.fmr_target) == (PROVISIONAL, "provisional", 1e-4)
    assert (point.match, point.same_capture) == (made.MATCH, made.SAME_CAPTURE)


def test_the_threshold_itself_is_not_printed(home: Machine) -> None:
    folder = evaluated(home, made.proven())
    said = home.run("calibrate", folder).stdout
    said += home.run("calibrate", folder, "--json", "--force").stdout
    said += home.run("doctor").stdout
    for threshold in (made.MATCH, made.SAME_CAPTURE):
        assert str(threshold)[:5] not in said
    assert "match" not in said.replace("false matches", "")


def test_a_proven_threshold_is_used_and_can_be_asked_for(
    machine: Machine, home: Machine, same: str
) -> None:
    passed = ("verify", "made.pass", same, "--json", "--proven-operating-point")
    shutil.copyfile(machine.work / "made.pass", home.work / "made.pass")
    for name in ("issuer.key", "verifier.key", "issuer.pub", "verifier.pub", "register.db"):
        shutil.copyfile(machine.keys / name, home.keys / name)
    shutil.copytree(machine.keys / "trusted", home.keys / "trusted", dirs_exist_ok=True)

    shipped = home.run(*passed)
    assert (shipped.code, shipped.json()["reason"]) == (1, "operating_point_provisional")
    assert not (home.keys / "attempts.db").exists()
    words = home.call(*passed[:3], passed[4])
    assert "visavis calibrate" in words.refusal()

    values = home.call("calibrate", evaluated(home, made.proven()), "--json").json()
    assert values == {
        "outcome": "done",
        "operating_point": PROVEN,
        "status": "proven",
        "why": made.proven()["why"],
        "embedder": made.EMBEDDER,
        "fmr_target": 1e-4,
        "worst_group": "region: north",
        "fmr": 2e-5,
        "fmr_low": 1e-5,
        "fmr_high": 4e-5,
        "fmr_worst_group": 0.0,
        "fmr_worst_group_low": 0.0,
        "fmr_worst_group_high": 9.8e-5,
        "fnmr": 0.02,
        "fnmr_low": 0.012,
        "fnmr_high": 0.031,
        "written": str(own_point(home)),
    }
    answer = home.run(*passed)
    assert (answer.code, answer.json()["operating_point"]) == (0, PROVEN)
    assert PROVEN in home.call("verify", "made.pass", same).stdout


def finding(machine: Machine, **environment: str) -> tuple[str, str]:
    rows = machine.run("doctor", "--json", **environment).json()["findings"]
    (row,) = (row for row in rows if row["name"] == "operating point")
    return row["state"], row["detail"] + row["remedy"]


def test_doctor_says_which_threshold_is_used_and_whether_it_is_proven(home: Machine) -> None:
    state, detail = finding(home)
    assert state == "ok"
    assert detail.startswith(f"{shipped_operating_point(made.EMBEDDER).id}, as shipped; provis")
    home.call("calibrate", evaluated(home, made.proven()))
    assert finding(home) == ("ok", f"{PROVEN}, of this home; proven")
    own_point(home).write_bytes(b"")
    state, detail = finding(home)
    assert state == "broken"
    assert "visavis calibrate" in detail
    assert home.call("doctor").code == 1


def test_a_damaged_threshold_decides_nothing(home: Machine, same: str) -> None:
    evaluated(home, made.proven())
    home.call("calibrate", "evaluation")
    text = own_point(home).read_text(encoding="utf-8")
    for damaged in (text.replace("match = 0", "match = 9"), text[:300], ""):
        own_point(home).write_text(damaged, encoding="utf-8")
        result = home.call("enroll", same, "--out", "new.pass", "--i-consent")
        assert result.code == 1
        assert "cannot be used" in result.refusal()
    other = home.call("calibrate", "evaluation", "--force")
    assert other.code == 0
    assert home.call("enroll", same, "--out", "new.pass", "--i-consent").code == 0


def test_the_one_that_is_there_is_replaced_only_by_force(home: Machine) -> None:
    folder = evaluated(home, made.proven(), made.provisional(1e-3))
    assert home.call("calibrate", folder).code == 0
    again = (folder, "--target", "1/1000", "--accept-provisional")
    assert refused(home, *again, code=2) == "file_exists"
    assert "--force" in home.call("calibrate", *again).refusal()
    assert home.call("calibrate", *again, "--force").code == 0
    assert read_operating_point(own_point(home)).fmr_target == 1e-3


def test_a_file_elsewhere_with_its_evidence(bare: Machine) -> None:
    folder = evaluated(bare, made.proven())
    command = ("calibrate", f"{folder}/report.json", "--out", "point.toml")
    assert bare.call(*command).code == 0
    assert not bare.keys.exists()
    path = bare.work / "point.toml"
    assert read_operating_point(path).id == PROVEN
    evidence = tomllib.loads(path.read_text(encoding="utf-8"))["evidence"]
    assert evidence["report_sha256"] == sha256((bare.work / folder / "report.json").read_bytes())
    assert evidence["data"] == "orl"
    assert evidence["data_sha256"] == "cd" * 32
    assert (evidence["people"], evidence["photos"], evidence["folds"]) == (40, 400, 10)
    assert str(evidence["measured_on"]) == "2026-11-22"
    assert evidence["visavis"] == "0.1.0"
    assert evidence["fmr"] == made.proven()["overall"]
    worst = made.proven()["worst_group"] | {"column": "region", "label": "north"}
    assert evidence["fmr_worst_group"] == worst
    assert evidence["fnmr"] == made.proven()["fnmr"]
    assert refused(bare, *command[1:], code=2) == "file_exists"
    assert bare.call(*command, "--force").code == 0
    assert refused(bare, folder, "--out", "none/point.toml", code=2) == "folder_missing"
    assert refused(bare, folder, "--out", "p.toml", "--home", "keys", code=2) == "two_places"
    assert refused(bare, folder) == "home_missing"


def test_odd_names_of_data_and_groups(bare: Machine) -> None:
    odd = "old\n\x1b[31m \"photos\" of 'us' \udcff [red]"
    entry = made.proven() | {"worst": {"column": "[bold]\t", "label": "\x00\\ ça"}}
    folder = made.write(bare.work, made.report(made.system(entry), name=odd))
    result = bare.call("calibrate", folder, "--out", "point.toml")
    assert result.code == 0
    assert "\x1b" not in result.stdout
    assert "\\x00\\ ça ([bold]\\t): none (0 of 1,000,000)" in result.stdout
    path = bare.work / "point.toml"
    assert read_operating_point(path).id.startswith(f"{made.EMBEDDER}/old-31m-photos-of-us-red-1in")
    evidence = tomllib.loads(path.read_text(encoding="utf-8"))["evidence"]
    assert evidence["data"] == odd.replace("\udcff", "?")
    assert evidence["fmr_worst_group"]["label"] == "\x00\\ ça"
    for name in ("照片", "...", "x" * 300):
        made.write(bare.work, made.report(made.system(entry), name=name))
        assert bare.call("calibrate", folder, "--out", "point.toml", "--force").code == 0
        assert read_operating_point(path).match == made.MATCH


def test_targets_that_were_not_measured_are_not_made_up(home: Machine) -> None:
    folder = evaluated(home, made.proven(), made.provisional(1e-3), made.impossible())
    assert refused(home, folder, "--target", "1e-5") == "target_not_evaluated"
    said = home.call("calibrate", folder, "--target", "1e-5").refusal()
    assert "1 in 10,000, 1 in 1,000, 1 in 1,000,000" in said
    assert "--target 1e-05" in said
    for accept in ((), ("--accept-provisional",)):
        assert refused(home, folder, "--target", "1e-6", *accept) == "target_impossible"
    short = made.proven() | {"same_capture": None}
    assert refused(home, evaluated(home, short)) == "too_few_photos_each"
    assert refused(home, evaluated(home)) == "target_not_evaluated"


def test_one_of_several_embedders_is_chosen(home: Machine) -> None:
    other = made.system(made.proven(), embedder="other-net", model_sha256="ef" * 32)
    folder = made.write(home.work, made.report(made.system(made.proven()), other))
    assert refused(home, folder, code=2) == "embedder_needed"
    assert refused(home, folder, "--embedder", "third", code=2) == "embedder_not_evaluated"
    assert refused(home, folder, "--embedder", "other-net") == "model_unknown"
    assert home.call("calibrate", folder, "--embedder", made.EMBEDDER).code == 0


@pytest.mark.parametrize(
    "change", [{"model_sha256": "ef" * 32}, {"preprocessing": "mesh4"}, {"embedder": "mesh"}]
)
def test_other_weights_than_those_here(home: Machine, change: dict[str, str]) -> None:
    folder = made.write(home.work, made.report(made.system(made.proven(), **change)))
    assert refused(home, folder) == "wrong_operating_point"


Change = Callable[[dict[str, Any]], object]


def calibrated(values: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = values["systems"][0]["calibration"][0]
    return entry


def trial(values: dict[str, Any]) -> dict[str, Any]:
    first: dict[str, Any] = values["systems"][0]["trials"][0]
    return first


DAMAGED: dict[str, bytes | Change] = {
    "empty": b"",
    "no JSON": b'{"schema": ',
    "no UTF-8": b"\xff\xfe",
    "no object": b"[]",
    "deep": b"[" * 100_000,
    "another schema": lambda v: v.update(schema="visavis-evaluation-2"),
    "no schema": lambda v: v.pop("schema"),
    "no systems": lambda v: v.update(systems=[]),
    "one system twice": lambda v: v["systems"].append(v["systems"][0]),
    "no date": lambda v: v["made"].update(date="2026-22-11"),
    "a threshold beyond one": lambda v: calibrated(v).update(match=1.5),
    "a threshold that is no number": lambda v: calibrated(v).update(match=float("nan")),
    "a threshold that is text": lambda v: calibrated(v).update(match="0.9375"),
    "a threshold that is true": lambda v: calibrated(v).update(match=True),
    "a threshold by hand": lambda v: calibrated(v).update(match=0.93),
    "another by hand": lambda v: calibrated(v).update(same_capture=0.9),
    "no threshold": lambda v: calibrated(v).update(match=None),
    "a status of its own": lambda v: calibrated(v).update(status="approved"),
    "a status by hand": lambda v: calibrated(v).update(made.provisional(), status="proven"),
    "a worst group that is worse": lambda v: calibrated(v)["worst_group"].update(high=0.01),
    "a target by hand": lambda v: calibrated(v).update(target=3e-5),
    "proven without groups": lambda v: v["data"].update(columns={}),
    "proven with one group": lambda v: v["data"]["columns"]["region"].pop("south"),
    "proven with one group in each column": lambda v: v["data"].update(
        columns={name: {"yes": {"people": 40}} for name in ("here", "there")}
    ),
    "proven with a group of nine": lambda v: v["data"]["columns"]["region"].update(
        south={"people": 9}
    ),
    "proven, but not with several photos": lambda v: calibrated(v)["trials"][0].update(
        fmr=made.rate(2, 20_000, 1e-5, 3e-4)
    ),
    "a trial taken out": lambda v: calibrated(v).update(trials=[]),
    "provisional, and made proven": lambda v: calibrated(v).update(
        made.provisional() | {"status": "proven", "overall": made.proven()["overall"]}
    ),
    "proven, and made provisional": lambda v: calibrated(v).update(status="provisional"),
    "a reason by hand": lambda v: calibrated(v).update(why="Not proven: nothing is."),
    "a much lower threshold": lambda v: calibrated(v).update(match=-0.5),
    "the same without exact points": lambda v: (
        calibrated(v).update(match=-0.5),
        trial(v).update(points=trial(v)["points"][2:]),
    ),
    "a slightly lower threshold": lambda v: calibrated(v).update(match=61399 / 65536),
    "lower points, too": lambda v: (
        calibrated(v).update(match=0.75),
        [point.update(threshold=0.75) for point in trial(v)["points"]],
    ),
    "a threshold for another target": lambda v: calibrated(v).update(match=57600 / 65536),
    "the very lowest threshold": lambda v: calibrated(v).update(match=-1),
    "one that most strangers pass, within a capture": lambda v: calibrated(v).update(
        same_capture=-0.5
    ),
    "the very lowest within a capture": lambda v: calibrated(v).update(same_capture=-1),
    "one above all within a capture": lambda v: calibrated(v).update(same_capture=65537 / 65536),
    "no points": lambda v: trial(v).update(points=[]),
    "a curve that ends too early": lambda v: trial(v).update(
        det={"threshold": [-1.0], "fmr": [1.0], "fnmr": [0.0]}
    ),
    "an empty curve": lambda v: trial(v).update(det={"threshold": [], "fmr": [], "fnmr": []}),
    "a curve that falls": lambda v: trial(v)["det"]["threshold"].reverse(),
    "rates that rise": lambda v: trial(v)["det"]["fmr"].reverse(),
    "no trials": lambda v: v["systems"][0].update(trials=[]),
    "a share by hand": lambda v: calibrated(v)["overall"].update(value=1e-6),
    "fewer errors by hand": lambda v: calibrated(v)["overall"].update(errors=1),
    "a rate of nothing": lambda v: calibrated(v)["fnmr"].update(comparisons=0),
    "negative errors": lambda v: calibrated(v)["overall"].update(errors=-1),
    "an interval turned round": lambda v: calibrated(v)["overall"].update(low=9e-5, high=1e-5),
    "a hash of something": lambda v: v["data"].update(sha256="../../etc"),
    "a name twice": json.dumps(made.report(made.system(made.proven())))
    .replace('"match"', '"match": 0.5, "match"')
    .encode(),
    "an endless number": b'{"schema": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_report_gives_no_threshold(bare: Machine, kind: str) -> None:
    damage = DAMAGED[kind]
    if callable(damage):
        values = copy.deepcopy(made.report(made.system(made.proven())))
        damage(values)
        damage = json.dumps(values).encode()
    folder = made.write(bare.work, damage)
    arguments = (folder, "--out", "point.toml", "--accept-provisional")
    assert refused(bare, *arguments) == "report_invalid"
    assert "report.json" in bare.call("calibrate", *arguments).refusal()


def test_a_threshold_that_nobody_reaches_spoils_nothing_else(home: Machine) -> None:
    """Photos of two people that are the same put it above 1: for one target, not for another."""
    above = made.provisional(1e-5) | {"match": 65537 / 65536}
    folder = evaluated(home, made.proven(), above)
    for accept in ((), ("--accept-provisional",)):
        assert refused(home, folder, "--target", "1e-5", *accept) == "nobody_would_match"
    assert home.call("calibrate", folder).code == 0


def test_a_door_that_lets_in_more_than_one_in_a_hundred_is_none(home: Machine) -> None:
    folder = evaluated(home, made.proven(0.5), made.proven(1e-2))
    for target in ("0.5", "1/99", "0.0101"):
        assert refused(home, folder, "--target", target, code=2) == "bad_target"
    assert (
        "lets in more than 1 in 100" in home.call("calibrate", folder, "--target", "0.5").refusal()
    )
    assert home.call("calibrate", folder, "--target", "1/100").code == 0
    assert refused(home, "none", "--out", "p.toml", "--target", "0.02", code=2) == "bad_target"


def test_what_is_provisional_needs_no_groups(home: Machine) -> None:
    values = made.report(made.system(made.provisional()), grouped=False)
    folder = made.write(home.work, values)
    assert home.call("calibrate", folder, "--accept-provisional").code == 0


def test_odd_labels_of_a_damaged_report_are_not_printed_as_they_are(bare: Machine) -> None:
    values = made.report(made.system(made.proven()))
    values["data"]["columns"]["\x1b[31m"] = {"[red]\n": {"people": -1}}
    folder = made.write(bare.work, values)
    assert refused(bare, folder, "--out", "point.toml") == "report_invalid"
    assert "\x1b" not in bare.call("calibrate", folder, "--out", "point.toml").stderr


def _places(values: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = values.items() if isinstance(values, dict) else enumerate(values)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from _places(value, (*path, key))


# Where nothing is calibrated there is no threshold that could be wrong. Where a point is missing
# there are the curve and other points. False non-matches of the curve, where it begins, and trials
# of several attempts are not looked at.
FIRST = ("systems", 0, "trials", 0)
NOT_LOOKED_AT = {
    ("systems", 0, "calibration"),
    ("systems", 0, "calibration", 0),
    (*FIRST, "det", "threshold", 0),
    *((*FIRST, "points", place) for place in range(3)),
    (*FIRST, "points", 2, "shown"),  # False already
    ("systems", 0, "trials", 2),
    ("systems", 0, "trials", 2, "name"),
}
PLACES = [
    path
    for path in _places(made.report(made.system(made.proven())))
    if path not in NOT_LOOKED_AT and path[:6] != (*FIRST, "det", "fnmr")
]


@pytest.mark.parametrize("wrong", ["missing", {}, [], "", -1, 10**400, False])
def test_whatever_is_missing_or_of_another_kind_is_noticed(tmp_path: Path, wrong: object) -> None:
    for path in PLACES:
        values = copy.deepcopy(made.report(made.system(made.proven())))
        parent = values
        for key in path[:-1]:
            parent = parent[key]
        if wrong == "missing":
            del parent[path[-1]]
        else:
            parent[path[-1]] = wrong
        folder = tmp_path / made.write(tmp_path, values)
        with pytest.raises(EvaluationProblem) as caught:
            read_evaluation(folder)
        assert caught.value.reason == "report_invalid", path


NO_FILES = {"none": "file_missing", "/dev/zero": "not_a_file", "/proc/self/mem": "file_unreadable"}


@pytest.mark.parametrize("path", NO_FILES)
def test_what_is_no_report_at_all(bare: Machine, path: str) -> None:
    assert refused(bare, path, code=2) == NO_FILES[path]


RATES = {
    "1e-4": 1e-4,
    "0.0001": 1e-4,
    "1/10000": 1e-4,
    "1 in 10,000": 1e-4,
    ".5": 0.5,
    " 1:8 ": 0.125,
}


@pytest.mark.parametrize("text", RATES)
def test_a_rate_as_people_write_it(text: str) -> None:
    assert parse_rate(text) == RATES[text]


@pytest.mark.parametrize("text", ["", "0", "1", "1/1", "2", "-1e-4", "nan", "1/0", "1e-400", "ten"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        parse_rate(text)
    assert caught.value.reason == "bad_rate"


def test_a_rate_as_people_read_it() -> None:
    shown = {1: "100.0 %", 0.105: "10.5 %", 0.02: "2.0 %", 0.019: "1 in 53", 1e-4: "1 in 10,000"}
    shown |= {8.97e-5: "1 in 11,100", 1 / 78_000: "1 in 78,000", 0: "none"}
    assert {rate: shown_rate(rate) for rate in shown} == shown


SIDE = 32
MANIFEST = f"""
[model]
id = "own-net"
task = "embed"
sha256 = "%s"
licence = "MIT"
licence_url = "https://example.org"
training_faces = "none"

[model.embedding]
input_size = {SIDE}
mean = [127.5, 127.5, 127.5]
scale = [0.0078125, 0.0078125, 0.0078125]
channels = "rgb"
layout = "nchw"
dimension = 192
preprocessing = "own-{SIDE}"
alignment = [{{ mesh = [33], x = 8, y = 12 }}, {{ mesh = [263], x = 24, y = 12 }}]
"""


def own_embedder() -> bytes:
    """Make a network that sees 8 by 8 coarse pixels: enough to be an embedder, and no more."""
    taken = helper.make_tensor_value_info("chip", TensorProto.FLOAT, ["N", 3, SIDE, SIDE])
    given = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", 192])
    nodes = [
        helper.make_node("AveragePool", ["chip"], ["coarse"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Flatten", ["coarse"], ["features"]),
    ]
    graph = helper.make_graph(nodes, "g", [taken], [given])
    opset = [helper.make_opsetid("", 13)]
    model: onnx.ModelProto = helper.make_model(graph, opset_imports=opset, ir_version=8)
    return bytes(model.SerializeToString())


@pytest.fixture
def with_own(home: Machine, tmp_path: Path) -> Machine:
    """A machine with keys to which an embedder was added."""
    weights = tmp_path / "weights"
    weights.mkdir()
    for file in MODELS.glob("*.onnx"):
        (weights / file.name).symlink_to(file)
    home.environment["VISAVIS_MODELS"] = str(weights)
    home.file("own.onnx", own_embedder())
    home.file("own.toml", (MANIFEST % sha256(own_embedder())).encode())
    assert home.call("models", "add", "own.onnx", "--manifest", "own.toml").code == 0
    return home


def test_an_embedder_of_ones_own_from_calibration_to_verification(
    with_own: Machine, same: str, other: str
) -> None:
    machine = with_own
    before = machine.run("enroll", same, "--out", "before.pass", "--i-consent")
    assert before.code == 0
    entry = made.proven() | {"match": 0.25, "same_capture": 0.125}
    # Nothing was measured like this: such a network tells hardly anybody from others.
    curve = {"threshold": [0.125, 0.25], "fmr": [1e-5, 0.0], "fnmr": [0.0, 0.0]}
    first, *several = made.trials()
    first |= {"det": curve, "points": [{"target": 1e-4, "shown": True, "threshold": 0.125}]}
    own = made.system(
        entry,
        embedder="own-net",
        preprocessing=f"own-{SIDE}",
        model_sha256=sha256(own_embedder()),
        trials=[first, *several],
    )
    folder = made.write(machine.work, made.report(own, name="door"))
    result = machine.run("calibrate", folder)
    assert result.code == 0
    assert "Make new passes" in result.stdout
    assert "Make new passes" not in machine.run("calibrate", folder, "--force").stdout

    assert finding(machine)[1].startswith("own-net/door-1in10000-2026-11-22, of this home")
    assert machine.run("enroll", same, "--out", "made.pass", "--i-consent").code == 0
    assert machine.call("inspect", "made.pass", "--json").json()["embedder"] == "own-net"
    answer = machine.run("verify", "made.pass", same, "--json", "--proven-operating-point")
    assert answer.code == 0
    assert answer.json()["operating_point"] == "own-net/door-1in10000-2026-11-22"
    rejected = machine.run("verify", "before.pass", same, "--json")
    assert (rejected.code, rejected.json()["reason"]) == (12, "wrong_embedder")

    # Where the threshold is higher than any two photos are alike, the same person is turned away.
    entry["match"] = 1.0
    made.write(machine.work, made.report(own, name="door"))
    assert machine.call("calibrate", folder, "--force").code == 0
    assert machine.call("verify", "made.pass", other).code == 10


def test_weights_that_were_exchanged_after_calibration_decide_nothing(
    with_own: Machine, same: str
) -> None:
    machine, store = with_own, Path(with_own.environment["VISAVIS_MODELS"])
    own = made.system(
        made.proven(),
        embedder="own-net",
        preprocessing=f"own-{SIDE}",
        model_sha256=sha256(own_embedder()),
    )
    folder = made.write(machine.work, made.report(own))
    assert machine.call("calibrate", folder).code == 0
    # Other weights under the same name, and a manifest that fits them.
    changed = onnx.load_from_string(own_embedder())
    changed.doc_string = "another"
    data = changed.SerializeToString()
    (store / "own" / "own-net.onnx").write_bytes(data)
    (store / "own" / "own-net.toml").write_text(MANIFEST % sha256(data), encoding="utf-8")
    assert ModelStore(store).load("own-net") == data
    result = machine.run("enroll", same, "--out", "new.pass", "--i-consent", "--json")
    assert (result.code, result.json()["reason"]) == (1, "wrong_operating_point")
    state, detail = finding(machine)
    assert state == "broken"
    assert "visavis evaluate" in detail
    assert refused(machine, folder, "--force") == "wrong_operating_point"


def test_two_embedders_are_compared_in_one_report(with_own: Machine) -> None:
    machine = with_own
    write_ten(machine.work / "faces")
    both = ("--embedder", made.EMBEDDER, "--embedder", "own-net")
    done = machine.run("evaluate", "faces", "--out", "both", *both)
    assert done.code == 0, done.stderr
    report = json.loads((machine.work / "both" / "report.json").read_text(encoding="utf-8"))
    ours, own = report["systems"]
    assert (ours["embedder"], own["embedder"]) == (made.EMBEDDER, "own-net")
    assert own["model_sha256"] == sha256(own_embedder())
    assert own["operating_point"] is None
    assert ours["trials"][0]["impostor"] == own["trials"][0]["impostor"] == 45 * 2 * 2
    page = (machine.work / "both" / "report.html").read_text(encoding="utf-8")
    assert made.EMBEDDER in page
    assert "own-net" in page
    # So few comparisons of different people show no rate that a door could use.
    assert refused(machine, "both", "--embedder", "own-net") == "target_impossible"
