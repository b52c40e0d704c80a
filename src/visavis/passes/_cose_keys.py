"""Our keys in the form that the COSE library takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cwt import COSEKey

from visavis.passes import _labels as label

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cwt.cose_key_interface import COSEKeyInterface

    from visavis.passes.keys import HolderKey, HolderPublicKey, IssuerKey, IssuerPublicKey

__all__ = ["signing_key", "verifying_key"]


def signing_key(key: IssuerKey | HolderKey) -> COSEKeyInterface:
    """Return the private key that signs."""
    return COSEKey.new({label.KEY_ALG: label.ES256, **_private(key._key)})


def verifying_key(key: IssuerPublicKey | HolderPublicKey) -> COSEKeyInterface:
    """Return the public key that checks signatures."""
    return COSEKey.new({label.KEY_ALG: label.ES256, **_point(key._key)})


def _point(key: ec.EllipticCurvePublicKey) -> dict[int, object]:
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
    return {**_point(key.public_key()), label.D: secret.to_bytes(label.COORDINATE_BYTES, "big")}
