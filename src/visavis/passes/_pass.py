"""What a holder carries and presents: a sealed pass, and a proof if it is tied to a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

import cbor2

from visavis._files import read_bounded, write_atomically
from visavis.errors import FileProblem, InvalidArgument
from visavis.passes._envelope import Envelope
from visavis.passes._labels import MAX_PRESENTATION_BYTES
from visavis.passes._rejections import rejected
from visavis.passes._strict import NotStrict, Truncated, loads

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Pass"]

_PRESENTATION: Final = b"\x82"  # an array of two


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pass:
    """A pass as its holder carries it: bytes that mean nothing to anyone but one verifier.

    The sealed bytes are not looked at before the pass is opened. Two passes cannot be compared.

    Args:
        sealed: the sealed bytes.
        proof: that the one who presents it holds the key it is tied to, made moments ago;
            only with passes of the tier ``holder-key``.

    Raises:
        InvalidArgument: ``bad_pass``: not bytes.
    """

    sealed: bytes
    proof: bytes | None = None

    def __post_init__(self) -> None:
        parts: tuple[object, ...] = (self.sealed, b"" if self.proof is None else self.proof)
        if not all(isinstance(part, bytes) for part in parts):
            raise InvalidArgument(
                "bad_pass", "A pass is made of bytes.", "Use Pass.read() to read a file."
            )

    @classmethod
    def decode(cls, data: bytes) -> Pass:
        """Take apart what is in a file or a code: a pass, or a pass with a proof.

        Raises:
            PassRejected: ``too_large``, ``truncated``, ``malformed``.
        """
        if len(data) > MAX_PRESENTATION_BYTES:
            raise rejected("too_large")
        if not data.startswith(_PRESENTATION):
            return cls(data)
        try:
            match loads(data):
                case [bytes(sealed), bytes(proof)]:
                    return cls(sealed, proof)
        except Truncated as error:
            raise rejected("truncated") from error
        except NotStrict as error:
            raise rejected("malformed") from error
        raise rejected("malformed")

    def encode(self) -> bytes:
        """Return what stands in a file or a code."""
        if self.proof is None:
            return self.sealed
        return cbor2.dumps([self.sealed, self.proof])

    @classmethod
    def read(cls, path: Path) -> Pass:
        """Read a pass, with its proof if there is one, from a file.

        Raises:
            FileProblem: ``file_missing``, ``not_a_file``, ``file_unreadable``.
            PassRejected: ``too_large``: more than 65 KiB; ``truncated``, ``malformed``.
        """
        try:
            return cls.decode(read_bounded(path, MAX_PRESENTATION_BYTES))
        except FileProblem as error:
            if error.reason == "file_too_large":
                raise rejected("too_large") from error
            raise

    def write(self, path: Path, *, overwrite: bool = False) -> None:
        """Write the pass to a file that only its owner can read, whole or not at all.

        Raises:
            FileProblem: ``file_exists``, ``not_a_file``, ``folder_missing``, ``cannot_write``,
                ``disk_full``.
        """
        write_atomically(path, self.encode(), overwrite=overwrite)

    @property
    def verifier_id(self) -> str:
        """The id of the verifier key that opens the pass, read without any key.

        Raises:
            PassRejected: the pass is not well-formed.
        """
        return Envelope.decode(self.sealed).verifier_id.hex()

    @property
    def needs_pin(self) -> bool:
        """Whether the pass cannot be opened without a PIN, read without any key.

        Raises:
            PassRejected: the pass is not well-formed.
        """
        return Envelope.decode(self.sealed).pin is not None

    def __repr__(self) -> str:
        return f"<Pass: {len(self.sealed)} bytes, sealed>"
