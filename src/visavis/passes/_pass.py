"""The sealed pass that a holder carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from visavis._files import read_bounded, write_atomically
from visavis.errors import FileProblem, InvalidArgument
from visavis.passes._envelope import Envelope
from visavis.passes._labels import MAX_PASS_BYTES
from visavis.passes._rejections import rejected

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Pass"]


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pass:
    """A pass as its holder carries it: bytes that mean nothing to anyone but one verifier.

    The bytes are not looked at before the pass is opened. Two passes cannot be compared.

    Args:
        sealed: the sealed bytes.

    Raises:
        InvalidArgument: ``bad_pass``: not bytes.
    """

    sealed: bytes

    def __post_init__(self) -> None:
        if not isinstance(self.sealed, bytes):
            raise InvalidArgument(
                "bad_pass", "A pass is made of bytes.", "Use Pass.read() to read a file."
            )

    @classmethod
    def read(cls, path: Path) -> Pass:
        """Read a pass from a file.

        Raises:
            FileProblem: ``file_missing``, ``not_a_file``, ``file_unreadable``.
            PassRejected: ``too_large``: more than 64 KiB.
        """
        try:
            return cls(read_bounded(path, MAX_PASS_BYTES))
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
        write_atomically(path, self.sealed, overwrite=overwrite)

    @property
    def verifier_id(self) -> str:
        """The id of the verifier key that opens the pass, read without any key.

        Raises:
            PassRejected: the pass is not well-formed.
        """
        return Envelope.decode(self.sealed).verifier_id.hex()

    def __repr__(self) -> str:
        return f"<Pass: {len(self.sealed)} bytes, sealed>"
