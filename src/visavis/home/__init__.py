"""The home folder: the only thing an operator stores.

::

    issuer.key      private, signs passes             PKCS #8 PEM, mode 0600
    verifier.key    private, opens passes             PKCS #8 PEM, mode 0600
    issuer.pub      for verifiers that trust us       SubjectPublicKeyInfo PEM
    verifier.pub    for issuers that make passes for us
    former/         <id>.issuer.key, <id>.verifier.key: earlier keys that are still used,
                    with their .pub; lost-<time>...: what could not be read any more
    trusted/        <issuer id>.pub: whose passes are accepted here; beside it, if there is more
                    to say, <issuer id>.toml: name, status, ca_file, retired_at
    distrusted/     what was in trusted/ and must not come back by mistake
    register.db     which passes were called back (issuer)
    attempts.db     failed attempts in a row (verifier)
    lists/          status lists of other issuers, as they were fetched
    operating_point.toml
                    the threshold and the embedder to decide with (``visavis calibrate``); without
                    it, those that ship
"""

from visavis.home._entries import KeyEntry
from visavis.home._home import Home, default_home
from visavis.home._trusted import Trusted

__all__ = ["Home", "KeyEntry", "Trusted", "default_home"]
