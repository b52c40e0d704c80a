"""The integers of the format: COSE (RFC 9052, 9053), CWT (RFC 8392) and our own.

``spec/pass.md`` explains them. Labels below -65536 are for private use.
"""

from __future__ import annotations

from typing import Final

VERSION: Final = 1

# CBOR tags
TAG_ENCRYPT: Final = 96
TAG_SIGN1: Final = 18

# COSE header parameters
ALG: Final = 1
CONTENT_TYPE: Final = 3
KID: Final = 4
TYPE: Final = 16  # RFC 9596
IV: Final = 5
EPHEMERAL_KEY: Final = -1
FORMAT_VERSION: Final = -65537
PIN_PARAMETERS: Final = -65538  # recipient's protected header

# Algorithms and content
ES256: Final = -7
A256GCM: Final = 3
ECDH_ES_HKDF_256: Final = -25
CONTENT_CWT: Final = 61  # application/cwt, CoAP content format (RFC 8392, section 9.3)

# COSE_Key parameters
KTY: Final = 1
KEY_KID: Final = 2
KEY_ALG: Final = 3
CRV: Final = -1
X: Final = -2
Y: Final = -3
D: Final = -4
EC2: Final = 2
P256: Final = 1

# CWT claims
ISS: Final = 1
AUD: Final = 3
EXP: Final = 4
IAT: Final = 6
CTI: Final = 7
CNF: Final = 8  # RFC 8747
CNF_COSE_KEY: Final = 1
VISAVIS: Final = -65537

# CWT claims of a status list (draft-ietf-oauth-status-list)
SUB: Final = 2
STATUS_LIST: Final = 65533
TTL: Final = 65534

# Sizes in bytes
KEY_ID_BYTES: Final = 8
COORDINATE_BYTES: Final = 32
IV_BYTES: Final = 12
TAG_BYTES: Final = 16
SIGNATURE_BYTES: Final = 64
CTI_BYTES: Final = 16
CONSENT_BYTES: Final = 32
HASH_BYTES: Final = 32
SALT_BYTES: Final = 16
STATUS_BYTES: Final = 3
STRETCHED_BYTES: Final = 32
SERIAL_BYTES: Final = 8
NONCE_BYTES: Final = range(16, 65)
MAX_PASS_BYTES: Final = 64 * 1024
MAX_PRESENTATION_BYTES: Final = 65 * 1024
MAX_STATUS_LIST_BYTES: Final = 256 * 1024

# Status lists, in entries
SMALLEST_STATUS_LIST: Final = 1 << 17
LARGEST_STATUS_LIST: Final = 1 << 20
