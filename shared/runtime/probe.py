"""`python -m shared.runtime.probe 8002`: exits 0 when the service on that port of loopback is ready. For container probes."""

from __future__ import annotations

import http.client
import sys

_SECONDS = 2.0


def is_ready(port: int) -> bool:
    """Whether `/readyz` answers 200."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(not is_ready(int(sys.argv[1])))
