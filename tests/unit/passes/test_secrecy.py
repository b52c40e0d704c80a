from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import cbor2

from visavis.passes import IssuerKey, Pass, VerifierKey
from visavis.types import Template

MakePass = Callable[..., Pass]
MakeTemplate = Callable[..., Template]


def _substrings(data: bytes, length: int = 8) -> set[bytes]:
    return {data[start : start + length] for start in range(len(data) - length + 1)}


def _varying(sealed: bytes) -> tuple[list[bytes], bytes]:
    """Split a pass into the fields that are never the same twice, and all the rest."""
    _, unprotected, ciphertext, [[_, public, _]] = cbor2.loads(sealed).value
    fields = [unprotected[5], ciphertext, public[-1][-2]]
    rest = sealed
    for field in fields:
        before, found, after = rest.partition(field)
        assert found
        rest = before + bytes(len(field)) + after
    return fields, rest


def test_passes_of_one_template_have_only_the_header_in_common(
    make_pass: MakePass, make_template: MakeTemplate
) -> None:
    template = make_template()
    parts = [_varying(make_pass(template=template).sealed) for _ in range(20)]
    for (fields, rest), (other_fields, other_rest) in pairwise(parts):
        assert rest == other_rest
        for field in fields:
            for other in other_fields:
                assert not _substrings(field) & _substrings(other)


def test_one_pass_does_not_repeat_itself(make_pass: MakePass) -> None:
    fields, _ = _varying(make_pass().sealed)
    text = fields[1]
    assert len(_substrings(text)) == len(text) - 7


def test_nothing_inside_can_be_seen(
    make_pass: MakePass, make_template: MakeTemplate, issuer: IssuerKey
) -> None:
    template = make_template()
    sealed = make_pass(template=template, purpose="Gym entrance").sealed
    assert not _substrings(template.reveal().tobytes(), 4) & _substrings(sealed, 4)
    for inside in (b"Gym", b"embedder", b"chip-1", issuer.id.encode(), bytes.fromhex(issuer.id)):
        assert inside not in sealed
    assert bytes(range(8)) not in sealed


def test_the_length_depends_on_nothing_but_public_sizes(
    make_pass: MakePass, make_template: MakeTemplate
) -> None:
    lengths = {len(make_pass(template=make_template(seed)).sealed) for seed in range(20)}
    assert len(lengths) == 1


def test_the_header_names_the_verifier_and_nobody_else(make_pass: MakePass) -> None:
    verifier = VerifierKey.generate()
    sealed = make_pass(verifier=verifier.public).sealed
    assert sealed.count(bytes.fromhex(verifier.id)) == 1
