"""The TLS checks of `spikewatch doctor`: the files are there, belong together, and have not expired."""

import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from stream.config.keys import Config
from stream.doctor.check import Check

SOON_DAYS: Final = 30
_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
# The validity of X.509 (RFC 5280, 4.1.2.5): two times side by side, of two digits for the year until 2049.
_VALID: Final = re.compile(rb"(?:\x17\x0d(\d{12})|\x18\x0f(\d{14}))Z(?:\x17\x0d(\d{12})|\x18\x0f(\d{14}))Z")


def check_certificates(config: Config, now: datetime | None = None) -> Iterator[Check]:
    """Check the certificates for the broker; nothing where TLS is off."""
    broker, now = config.publish, now or datetime.now(UTC)
    if not broker.tls:
        return
    for key in ("ca_file", "certificate_file"):
        path = getattr(broker, key)
        if path:
            yield _checked(f"publish.{key}", Path(path), now)
    if broker.certificate_file:
        try:
            ssl.create_default_context().load_cert_chain(broker.certificate_file, broker.key_file)
        except (OSError, ssl.SSLError) as problem:
            found = f"{broker.key_file} is no key of {broker.certificate_file} ({problem})"
            yield Check("publish.key_file", "fail", found, "name the key that the certificate was made for")


def _checked(key: str, path: Path, now: datetime) -> Check:
    try:
        ends = [_end(ssl.PEM_cert_to_DER_cert(pem)) for pem in _PEM.findall(path.read_text(encoding="ascii"))]
    except (OSError, ValueError) as problem:
        return Check(key, "fail", f"{path} cannot be read ({problem})", f"set {key} to a file of PEM certificates")
    if not ends:
        return Check(key, "fail", f"{path} holds no certificate", f"set {key} to a file of PEM certificates")
    days = (min(ends) - now).days
    found = f"{path} holds until {min(ends):%Y-%m-%d}"
    verdict = Check.rate(days, fail_below=0, warn_below=SOON_DAYS)
    return Check(key, verdict, found, "" if verdict == "ok" else "renew it, then restart")


def _end(der: bytes) -> datetime:
    found = _VALID.search(der)
    if found is None:
        raise ValueError("a certificate without a validity")
    text = (found[4] or (b"20" if found[3] < b"50" else b"19") + found[3]).decode("ascii")
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
