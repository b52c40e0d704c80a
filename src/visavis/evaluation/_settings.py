"""What an evaluation is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from visavis._operating_point import LARGEST_TARGET
from visavis.errors import InvalidArgument

__all__ = ["POINTS", "Settings"]

POINTS: Final = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
"""False match rates at which every report gives the false non-match rate."""

_MOST_PHOTOS: Final = 20


@dataclass(frozen=True, slots=True)
class Settings:
    """What an evaluation is asked for.

    Args:
        enrolled: photos in an enrolled capture, 1 to 20.
        verified: photos in a verified capture, 1 to 20.
        targets: false match rates to choose thresholds for, above 0 and at most 1 in 100.
        seed: of everything that is drawn at random.

    Raises:
        InvalidArgument: `bad_photos`, `bad_target`, `bad_seed`.

    """

    enrolled: int = 3
    verified: int = 3
    targets: tuple[float, ...] = (1e-3, 1e-4, 1e-5, 1e-6)
    seed: int = 0

    def __post_init__(self) -> None:
        if not all(1 <= number <= _MOST_PHOTOS for number in (self.enrolled, self.verified)):
            raise InvalidArgument(
                "bad_photos",
                "The number of enrolled or verified photos is not 1 to 20.",
                "Use 3, or as many as people are asked for.",
            )
        if not all(0 < target <= LARGEST_TARGET for target in self.targets):
            raise InvalidArgument(
                "bad_target",
                "A target is not above 0 and at most 1 in 100 comparisons.",
                "Write 1e-4 for one false match in 10,000 comparisons.",
            )
        if self.seed < 0:
            raise InvalidArgument("bad_seed", "The seed is negative.", "Use 0, 1, 2, ...")
