"""A PIN that a pass cannot be opened without: Argon2id (RFC 9106) into the key derivation."""

from __future__ import annotations

import itertools
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from visavis.errors import InvalidArgument
from visavis.passes import _labels as label
from visavis.passes._rejections import rejected

if TYPE_CHECKING:
    from visavis.passes._strict import Item

__all__ = ["PinParameters", "check_new_pin"]

_SHORTEST: Final = 6
_LONGEST: Final = 16
# RFC 9106, section 4, second recommended option: 64 MiB, three passes, four lanes.
_MEMORY: Final = 1 << 16
_PASSES: Final = 3
_LANES: Final = 4
# A stranger's pass says how much work it is to open; more than this is refused unworked.
_MOST_MEMORY: Final = 1 << 18
_MOST_PASSES: Final = 10
_MOST_LANES: Final = 8
# Among the most frequent in published leaks and not covered by a rule below.
_COMMON: Final = frozenset(
    {"159753", "147258", "147852", "258369", "789456", "456789", "123654", "112233", "332211"}
    | {"696969", "420420", "007007", "101010", "142536", "159357", "246810", "135790", "314159"}
    | {"12345679", "19283746", "11223344", "14789632", "78945612", "10203040"}
)
_ONE_AT_A_TIME: Final = threading.Lock()
_DATES: Final = {6: ("%d%m%y", "%m%d%y", "%y%m%d"), 8: ("%d%m%Y", "%m%d%Y", "%Y%m%d")}


@dataclass(frozen=True, slots=True)
class PinParameters:
    """How a PIN is stretched; stands in the pass.

    Args:
        salt: 16 random bytes.
        memory: KiB.
        passes: over the memory.
        lanes: that can be worked on at a time.
    """

    salt: bytes
    memory: int = _MEMORY
    passes: int = _PASSES
    lanes: int = _LANES

    @classmethod
    def new(cls) -> PinParameters:
        """Return parameters for a new pass."""
        return cls(secrets.token_bytes(label.SALT_BYTES))

    def encode(self) -> list[object]:
        """Return the header's value."""
        # A boolean is read as an integer, and int() writes it differently.
        return [self.salt, int(self.memory), int(self.passes), int(self.lanes)]

    @classmethod
    def decode(cls, value: Item) -> PinParameters:
        """Read the header's value, whatever it costs.

        Raises:
            PassRejected: ``malformed``.
        """
        match value:
            case [bytes(salt), int(memory), int(passes), int(lanes)] if (
                len(salt) == label.SALT_BYTES and min(memory, passes, lanes) >= 0
            ):
                return cls(salt, memory, passes, lanes)
            case _:
                raise rejected("malformed")

    def require_accepted(self) -> None:
        """Make sure that stretching costs neither too little nor too much.

        Raises:
            PassRejected: ``pin_cost_out_of_range``.
        """
        allowed = (
            _MEMORY <= self.memory <= _MOST_MEMORY
            and _PASSES <= self.passes <= _MOST_PASSES
            and 1 <= self.lanes <= _MOST_LANES
        )
        if not allowed:
            raise rejected("pin_cost_out_of_range")

    def stretch(self, pin: str) -> bytes:
        """Return the 32 bytes that enter the key derivation; about 0.1 s and 64 MiB.

        Raises:
            PassRejected: ``wrong_pin``: no PIN can look like this.
        """
        if not _is_pin(pin):
            raise rejected("wrong_pin")
        argon2 = Argon2id(
            salt=self.salt,
            length=label.STRETCHED_BYTES,
            iterations=self.passes,
            lanes=self.lanes,
            memory_cost=self.memory,
        )
        # Two at a time with several lanes wait for each other for ever (cryptography 50).
        with _ONE_AT_A_TIME:
            return argon2.derive(pin.encode("ascii"))


def check_new_pin(pin: str) -> None:
    """Check that a PIN can be given to a pass and is not one that many people choose.

    Refused are repetitions (``121212``), rows (``345678``), dates, fewer than three different
    digits, and a list of patterns on a keypad.

    Raises:
        InvalidArgument: ``bad_pin``, ``common_pin``.
    """
    if not _is_pin(pin):
        raise InvalidArgument(
            "bad_pin",
            f"A PIN is {_SHORTEST} to {_LONGEST} digits.",
            f"Choose at least {_SHORTEST} digits.",
        )
    if _is_common(pin):
        raise InvalidArgument(
            "common_pin",
            "Many people choose PINs like this, so it is tried first.",
            "Choose digits without a pattern, and not a date.",
        )


def _is_pin(pin: object) -> bool:
    if not isinstance(pin, str):
        return False
    return _SHORTEST <= len(pin) <= _LONGEST and pin.isascii() and pin.isdigit()


def _is_common(pin: str) -> bool:
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(pin)}
    repeats = any(
        len(pin) % size == 0 and pin == pin[:size] * (len(pin) // size)
        for size in range(1, len(pin) // 2 + 1)
    )
    few = len(set(pin)) < 3  # noqa: PLR2004
    return few or repeats or len(steps) == 1 or pin in _COMMON or _is_date(pin)


def _is_date(pin: str) -> bool:
    return any(_fits(pin, form) for form in _DATES.get(len(pin), ()))


def _fits(pin: str, form: str) -> bool:
    try:
        day = datetime.strptime(pin, form).replace(tzinfo=UTC)
    except ValueError:
        return False
    return 1900 <= day.year < 2100  # noqa: PLR2004
