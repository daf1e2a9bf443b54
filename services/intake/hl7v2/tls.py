"""TLS on the line, if the settings name a certificate: CARE_MLLP_TLS_…"""

from __future__ import annotations

import ssl

from shared.kernel.settings import Settings


def context(settings: Settings) -> ssl.SSLContext | None:
    """None: the line is plain. With a client CA only senders that show a certificate of it are heard.

    Raises ValueError that names the setting at fault.
    """
    certificate, key, ca = settings.mllp_tls_certificate, settings.mllp_tls_key, settings.mllp_tls_client_ca
    if not certificate:
        if key or ca:
            raise ValueError("CARE_MLLP_TLS_KEY and CARE_MLLP_TLS_CLIENT_CA need CARE_MLLP_TLS_CERTIFICATE")
        return None
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        found.load_cert_chain(certificate, key or None)
    except OSError as error:
        raise ValueError(f"CARE_MLLP_TLS_CERTIFICATE {certificate}, CARE_MLLP_TLS_KEY {key}: {error}") from error
    if ca:
        found.verify_mode = ssl.CERT_REQUIRED
        try:
            found.load_verify_locations(ca)
        except OSError as error:
            raise ValueError(f"CARE_MLLP_TLS_CLIENT_CA {ca}: {error}") from error
    return found
