"""Our keys in the form that the COSE library takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cwt import COSEKey

from visavis.passes import _labels as label

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cwt.cose_key_interface import COSEKeyInterface

    from visavis.passes.keys import IssuerKey, IssuerPublicKey, VerifierKey, VerifierPublicKey

__all__ = ["opening_key", "point", "sealing_key", "signing_key", "verifying_key"]


def signing_key(key: IssuerKey) -> COSEKeyInterface:
    """Return the private key that signs."""
    return COSEKey.new({label.KEY_ALG: label.ES256, **_private(key._key)})


def verifying_key(key: IssuerPublicKey) -> COSEKeyInterface:
    """Return the public key that checks signatures."""
    return COSEKey.new({label.KEY_ALG: label.ES256, **point(key._key)})


def sealing_key(key: VerifierPublicKey) -> COSEKeyInterface:
    """Return the public key that seals."""
    return COSEKey.new({**_for_agreement(key.id), **point(key._key)})


def opening_key(key: VerifierKey) -> COSEKeyInterface:
    """Return the private key that opens."""
    return COSEKey.new({**_for_agreement(key.id), **_private(key._key)})


def point(key: ec.EllipticCurvePublicKey) -> dict[int, object]:
    """Return the members of a COSE_Key that say where on P-256 a public key is."""
    numbers = key.public_numbers()
    return {
        label.KTY: label.EC2,
        label.CRV: label.P256,
        label.X: numbers.x.to_bytes(label.COORDINATE_BYTES, "big"),
        label.Y: numbers.y.to_bytes(label.COORDINATE_BYTES, "big"),
    }


def _private(key: ec.EllipticCurvePrivateKey) -> dict[int, object]:
    secret = key.private_numbers().private_value
    return {**point(key.public_key()), label.D: secret.to_bytes(label.COORDINATE_BYTES, "big")}


def _for_agreement(key_id: str) -> dict[int, object]:
    # The library looks for the recipient's key by this id.
    return {label.KEY_KID: bytes.fromhex(key_id), label.KEY_ALG: label.ECDH_ES_HKDF_256}
