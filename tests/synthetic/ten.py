"""Ten "people" to measure with: altered copies of four portraits, each with a name of its own.

They stand in for participants, of whom an evaluation needs ten. Who is in them says nothing, and
no test may say anything about it.
"""

from __future__ import annotations

import functools
import io
from pathlib import Path
from typing import Final

from PIL import Image, ImageEnhance, ImageOps
from tests import materials

__all__ = ["FILES", "NAMES", "write_ten"]

NAMES: Final = (
    "aurelia-9",
    "bertrand-9",
    "cassandra-9",
    "demetrius-9",
    "esmeralda-9",
    "ferdinand-9",
    "guinevere-9",
    "humphrey-9",
    "ingeborg-9",
    "jeremias-9",
)
"""Unlike any other word, to be found wherever they were written."""

FILES: Final = ("portrait-9-first.jpg", "portrait-9-second.jpg")
"""Of each of them."""

_PORTRAITS: Final = ("obama.jpg", "biden.jpg", "obama2.jpg", "obama3.jpg")
_HEIGHT: Final = 640


def write_ten(folder: Path) -> None:
    """Make ten folders with two photos each, every one of them different.

    Args:
        folder: where to put them; made if it is not there.
    """
    for person, name in enumerate(NAMES):
        (folder / name).mkdir(parents=True)
        for number, file in enumerate(FILES):
            (folder / name / file).write_bytes(_photo(person, number))


@functools.cache
def _photo(person: int, number: int) -> bytes:
    with Image.open(materials.path(_PORTRAITS[person % len(_PORTRAITS)])) as portrait:
        image = ImageOps.contain(portrait.convert("RGB"), (_HEIGHT, _HEIGHT))
    # Wider or narrower for each person; a little cut off and more or less light for each photo.
    image = image.resize((round(image.width * (0.9 + 0.02 * person)), image.height))
    if person % 2:
        image = ImageOps.mirror(image)
    cut = 4 * (person + 1) * number
    image = image.crop((cut // 2, 0, image.width - cut // 3, image.height - cut))
    image = ImageEnhance.Brightness(image).enhance(1 - 0.1 * number)
    data = io.BytesIO()
    image.save(data, "JPEG", quality=92)
    return data.getvalue()
