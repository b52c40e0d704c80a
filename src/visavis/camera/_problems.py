"""What can be wrong with a recording."""

from __future__ import annotations

from visavis.errors import InvalidArgument

__all__ = ["invalid", "unreadable"]


def invalid(message: str) -> InvalidArgument:
    """Return the error for a recording that is not what a recording has to be."""
    return InvalidArgument(
        "recording_invalid",
        message,
        "See the guide to liveness for what a recording consists of.",
    )


def unreadable(message: str) -> InvalidArgument:
    """Return the error for a video that holds no pictures that can be had."""
    return InvalidArgument(
        "recording_unreadable",
        message,
        "Record it again, or save it as MP4 with another program.",
    )
