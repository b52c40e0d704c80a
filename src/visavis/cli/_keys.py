"""``visavis keys``: everything that changes keys or gives them to others."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from visavis._files import write_atomically
from visavis.cli._confirm import confirm
from visavis.cli._home import ask_passphrase, new_passphrase
from visavis.cli._keys_list import in_groups
from visavis.cli._report import Report, shown
from visavis.errors import HomeProblem, InvalidArgument
from visavis.home import Home

if TYPE_CHECKING:
    from visavis.cli._home import Role
    from visavis.home import Trusted

_NEXT_ONE: Final = "VISAVIS_NEW_PASSPHRASE"
_FEWEST_DIGITS: Final = 4

_WHAT_STOPS: Final = {
    ("issuer", False): "Places that accept your passes refuse new ones until they trust the new"
    " key. Passes made before go on working.",
    ("issuer", True): "A lost issuer key signs no more status lists. Passes made with it stop"
    " working elsewhere when the last list ends.",
    ("verifier", True): "Passes sealed to the lost key can never be opened again. All of them have"
    " to be made again.",
}
_WHAT_NEXT: Final = {
    "issuer": "Give it to everybody who accepts your passes: `visavis keys export issuer`.",
    "verifier": "Give it to everybody who makes passes for you: `visavis keys export verifier`.",
}


def rotate(role: Role, folder: Path | None, report: Report, *, lost: bool, yes: bool) -> None:
    """Make a new key, after asking if something stops working by it."""
    home = Home.open(folder, passphrase=_passphrase_for_new if lost else ask_passphrase)
    before = _public_id(home, role)
    if (role, lost) in _WHAT_STOPS:
        confirm(_WHAT_STOPS[role, lost], report, yes=yes)
    home.rotate(role, now=datetime.now(UTC), lost=lost)
    after = _public_id(home, role)
    if report.as_json:
        values = {"role": role, "key": after, "former": before, "lost": lost}
        report.json({"outcome": "done", **values})
        return
    report.good(f"New {role} key {after}")
    if before == after:
        report.console.print("  Its rotation had been interrupted, and is finished now.")
    elif lost:
        report.console.print("  What is left of the lost one is in the folder former.")
    else:
        report.console.print(f"  The old one, {before}, serves the passes made with it.")
    report.console.print(f"→ {_WHAT_NEXT[role]}", markup=False)


def export(
    role: Role, out: Path | None, folder: Path | None, report: Report, *, force: bool
) -> None:
    """Write a public key to a file, or to the output."""
    home = Home.open(folder)
    key = home.issuer_public if role == "issuer" else home.verifier_public
    pem = key.to_pem()
    if out is not None:
        write_atomically(out, pem, mode=0o644, overwrite=force)
    if report.as_json:
        where = {"pem": pem.decode()} if out is None else {"file": str(out)}
        values = {"role": role, "key": key.id, "thumbprint": key.thumbprint}
        report.json({"outcome": "done", **values, **where})
    elif out is None:
        sys.stdout.write(pem.decode())
    else:
        report.good(f"Wrote the {role} key {key.id} to {out}")
        _compare(key.thumbprint, report)


def trust(
    file: Path,
    folder: Path | None,
    report: Report,
    *,
    name: str | None,
    status: str | None,
    ca_file: Path | None,
    force: bool,
) -> None:
    """Trust an issuer, and say whether its passes will be accepted."""
    home = Home.open(folder)
    known = home.trust(file, name=name, status=status, ca_file=ca_file, again=force)
    ours = known.key == home.issuer_public
    if report.as_json:
        values = {**_described(known), "accepted": ours or known.status is not None}
        report.json({"outcome": "done", **values})
        return
    report.good(f"Trusted  {known.key.id}" + (f"  {known.name}" if known.name else ""))
    _compare(known.key.thumbprint, report)
    if ours:
        report.console.print("  It is our own; our register says which passes are in force.")
    elif known.status is not None:
        report.console.print(f"  status list  {shown(known.status)}", markup=False)
    else:
        report.messages.print(
            "[bold yellow]No status list:[/] all passes of this issuer are refused (status_missing)"
            " until you say where its list is."
        )
        again = f"visavis keys trust {shown(file)} --status PLACE"
        report.messages.print(f"→ Run `{again}`.", markup=False)


def retire(
    prefix: str,
    folder: Path | None,
    report: Report,
    *,
    at: str | None,
    compromised: bool,
    yes: bool,
) -> None:
    """End the use of an issuer's key here, from a time on or altogether."""
    if compromised and at is not None:
        raise InvalidArgument(
            "wrong_usage", "A compromised key is refused at once.", "Leave out --at."
        )
    moment = datetime.now(UTC).replace(microsecond=0) if at is None else _parse_time(at)
    home = Home.open(folder)
    known = _trusted(home, prefix)
    who = f"{known.key.id} ({known.name})" if known.name else known.key.id
    if compromised:
        confirm(f"Every pass of {who} will be refused, earlier ones too.", report, yes=yes)
        home.distrust(known.key.id)
    else:
        when = "now" if at is None else f"{moment:%Y-%m-%d %H:%M:%S %Z}"
        confirm(
            f"Passes that {who} makes from {when} on will be refused. Earlier ones work until"
            " they end.",
            report,
            yes=yes,
        )
        home.retire(known.key.id, at=moment)
    if report.as_json:
        state = "distrusted" if compromised else "retired"
        report.json({"outcome": "done", **_described(_now_known(home, known)), "state": state})
        return
    report.good(f"{'Distrusted' if compromised else 'Retired'}  {who}")
    if known.key == home.issuer_public:
        report.console.print("  It is our own key: passes made with it now are refused here.")
        command = "`visavis keys rotate issuer`"
        report.console.print(f"→ To go on issuing, make a new one: {command}.", markup=False)


def passphrase(folder: Path | None, report: Report, *, remove: bool) -> None:
    """Set, change or remove the passphrase of all private keys."""
    locked = any(entry.locked for entry in Home.open(folder).keys(now=datetime.now(UTC)))
    present = ask_passphrase() if locked else None
    home = Home.open(folder, passphrase=lambda: present)
    home.protect(None if remove else new_passphrase("New passphrase", _NEXT_ONE))
    if report.as_json:
        report.json({"outcome": "done", "home": str(home.folder), "locked": not remove})
    elif remove:
        report.good("The private keys need no passphrase.")
    else:
        report.good("The private keys are locked by the new passphrase.")
        report.console.print("  Copies made before, in backups for instance, are as they were.")


def _passphrase_for_new() -> str:
    return new_passphrase("Passphrase of the other keys, or a new one if it was forgotten")


def _public_id(home: Home, role: Role) -> str | None:
    try:
        return (home.issuer_public if role == "issuer" else home.verifier_public).id
    except HomeProblem:
        return None


def _trusted(home: Home, prefix: str) -> Trusted:
    """Return the one trusted issuer whose thumbprint begins in this way."""
    digits = "".join(prefix.split()).lower()
    if len(digits) < _FEWEST_DIGITS or not set(digits) <= set("0123456789abcdef"):
        raise InvalidArgument(
            "bad_key_id",
            f"{prefix!r} is not the beginning of a key's id.",
            f"Use at least {_FEWEST_DIGITS} of the digits that `visavis keys list` shows.",
        )
    found = [each for each in home.trusted if each.key.thumbprint.startswith(digits)]
    if len(found) > 1:
        raise InvalidArgument(
            "ambiguous_key", f"Several trusted keys begin with {digits}.", "Type more digits."
        )
    if not found:
        raise HomeProblem(
            "not_trusted",
            f"No trusted issuer key begins with {digits}.",
            "Look at `visavis keys list`.",
        )
    return found[0]


def _now_known(home: Home, before: Trusted) -> Trusted:
    return next((each for each in home.trusted if each.key == before.key), before)


def _described(known: Trusted) -> dict[str, str | None]:
    ends = known.retired_at
    return {
        "key": known.key.id,
        "thumbprint": known.key.thumbprint,
        "name": known.name,
        "status": known.status,
        "ca_file": None if known.ca_file is None else str(known.ca_file),
        "retired_at": None if ends is None else f"{ends.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }


def _compare(thumbprint: str, report: Report) -> None:
    """Show what two people read to each other, to be sure that they have the same key."""
    first, second = in_groups(thumbprint)
    report.console.print(f"  thumbprint   {first}\n               {second}")


def _parse_time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None:
        raise InvalidArgument(
            "bad_time",
            f"{text!r} is not a time with a time zone.",
            "Write it as in 2026-01-31T18:00:00Z.",
        )
    return moment
