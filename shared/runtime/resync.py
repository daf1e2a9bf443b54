"""`python -m shared.runtime.resync services.directory <service> [<type> …]`: a running service loads its copies again."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

import httpx

from shared.kernel.settings import Settings
from shared.service import Directory

_SECONDS = 600.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints how many versions were read of each type; answers 1 with a sentence on stderr where that failed."""
    parser = argparse.ArgumentParser(prog="resync", description=__doc__)
    parser.add_argument("directory", help="module whose DIRECTORY names the services")
    parser.add_argument("service", help="name of the service")
    parser.add_argument("types", nargs="*", metavar="type", help="a followed type; without any, all of them")
    asked = parser.parse_args(arguments)
    directory: Directory = importlib.import_module(asked.directory).DIRECTORY
    if asked.service not in directory.owns:
        print(f"SERVICE is one of {', '.join(directory.owns)}", file=sys.stderr)
        return 1
    url = Settings().service_url(asked.service, directory.owns)
    try:
        answer = httpx.post(f"{url}/admin/resync", params={"type": asked.types}, timeout=_SECONDS)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        print(f"{asked.service} at {url}: {error}", file=sys.stderr)
        return 1
    for type, versions in answer.json().items():
        print(f"{type:<32} {versions} versions read")
    return 0


if __name__ == "__main__":
    sys.exit(main())
