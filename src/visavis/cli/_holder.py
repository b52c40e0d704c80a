"""``visavis holder``: what the holder's phone does, for tests and scripts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from visavis import carriers, passes
from visavis._files import read_bounded, write_atomically
from visavis.cli._report import Report
from visavis.cli._verify import parse_nonce
from visavis.errors import FileProblem, InvalidArgument
from visavis.passes import Action, HolderKey

_LARGEST_KEY = 8192


@dataclass(frozen=True, slots=True)
class Request:
    """The options of one presentation."""

    presented: str
    key: Path
    out: Path | None
    nonce: str | None
    withdraw: bool
    force: bool


def new(out: Path, report: Report) -> None:
    """Write a new key pair: the private key to ``out``, the public one beside it."""
    if not out.name or out.suffix == ".pub":
        raise InvalidArgument(
            "bad_key_name",
            "The private key cannot have this name.",
            "Use a name such as phone.key; the public key is put beside it as phone.pub.",
        )
    public = out.with_suffix(".pub")
    if public.exists():
        raise FileProblem(
            "file_exists", f"{public} exists already.", "Choose another name for the key."
        )
    key = HolderKey.generate()
    write_atomically(out, key.to_pem())
    write_atomically(public, key.public.to_pem(), mode=0o644)
    if report.as_json:
        report.json({"outcome": "done", "key": str(out), "public": str(public), "id": key.id})
        return
    report.good(f"New key in {out}")
    report.console.print(f"  id {key.id}. Give {public.name} to whoever makes the pass.")


def present(request: Request, report: Report) -> None:
    """Sign that the pass is presented here and now, or withdrawn."""
    nonce = parse_nonce(request.nonce)
    sealed = carriers.read_presented(request.presented)
    key = HolderKey.from_pem(read_bounded(request.key, _LARGEST_KEY))
    action = Action.WITHDRAW if request.withdraw else Action.PRESENT
    shown = passes.present(sealed, holder=key, now=datetime.now(UTC), nonce=nonce, action=action)
    text = carriers.to_text(shown)
    if request.out is not None:
        _write(shown, request.out, force=request.force)
    if report.as_json:
        out = None if request.out is None else str(request.out)
        report.json({"outcome": "done", "out": out, "text": text, "bytes": len(shown.encode())})
    elif request.out is None:
        # As it is, for a pipe: one line, however long.
        report.plain(text)
    else:
        report.good(f"Signed in {request.out}")
        how_long = "for this occasion" if nonce is not None else "for about half a minute"
        report.console.print(f"  Good {how_long}, once.")


def _write(shown: passes.Pass, out: Path, *, force: bool) -> None:
    if out.suffix.lower() in carriers.PICTURES:
        write_atomically(out, carriers.code_picture(shown, out.suffix), overwrite=force)
    else:
        shown.write(out, overwrite=force)
