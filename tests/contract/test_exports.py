"""What the package offers to others is decided here, and nowhere else by accident."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import visavis

EXPORTS = {
    "Capture",
    "Consent",
    "Frame",
    "Home",
    "Issuer",
    "LiveCapture",
    "Pass",
    "Policy",
    "Presence",
    "Verified",
    "Verifier",
    "errors",
}
PUBLIC_MODULES = {
    "visavis.attempts",
    "visavis.camera",
    "visavis.carriers",
    "visavis.cli",
    "visavis.enrolment",
    "visavis.errors",
    "visavis.evaluation",
    "visavis.face",
    "visavis.face.capture",
    "visavis.face.fake",
    "visavis.face.pipeline",
    "visavis.home",
    "visavis.liveness",
    "visavis.liveness.capture",
    "visavis.liveness.check",
    "visavis.liveness.challenge",
    "visavis.liveness.frames",
    "visavis.liveness.guidance",
    "visavis.passes",
    "visavis.passes.keys",
    "visavis.registry",
    "visavis.status",
    "visavis.types",
    "visavis.verification",
}
MOST_EXPORTS = 12


def modules() -> list[ModuleType]:
    names = [
        module.name
        for module in pkgutil.walk_packages(visavis.__path__, "visavis.")
        if module.name != "visavis.__main__"
    ]
    return [importlib.import_module(name) for name in names]


def test_the_public_api_is_a_dozen_names_at_most() -> None:
    assert set(visavis.__all__) == EXPORTS
    assert len(visavis.__all__) <= MOST_EXPORTS
    assert all(hasattr(visavis, name) for name in visavis.__all__)


def test_no_module_is_public_by_accident() -> None:
    public = {
        module.__name__
        for module in modules()
        if not any(part.startswith("_") for part in module.__name__.split("."))
    }
    assert public == PUBLIC_MODULES


def test_every_public_module_states_its_names_and_has_them() -> None:
    for module in modules():
        if module.__name__ in PUBLIC_MODULES:
            assert all(hasattr(module, name) for name in module.__all__), module.__name__


def test_every_exported_name_is_documented() -> None:
    for module in (visavis, *(m for m in modules() if m.__name__ in PUBLIC_MODULES)):
        for name in module.__all__:
            exported = getattr(module, name)
            if callable(exported):
                assert exported.__doc__, f"{module.__name__}.{name}"
