"""TA1 and 999: what was wrong with what came. ASC X12C/005010X231A1"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from .interchange import Group, Interchange, SetFault
from .segments import Printer

GUIDE: Final = "005010X231A1"
MOST_FAULTS: Final = 100
"""As many are told of one transaction set; the rest shows when these are mended."""


def ta1(interchange: Interchange, say: Printer) -> str:
    """The one segment that refuses a whole interchange."""
    isa = interchange.isa
    return say("TA1", isa[13], isa[9], isa[10], "R", interchange.note)


def lines_999(group: Group, faults: Sequence[Sequence[SetFault]], say: Printer) -> Iterator[str]:
    """Between ST and SE: the fate of every set of a group. `faults` are those of each set, in order."""
    gs = group.gs
    yield say("AK1", gs[1], gs[6], gs[8])
    if not group.faults:
        for found, wrong in zip(group.sets, faults, strict=True):
            yield say("AK2", found.st[1], found.st[2], found.st[3])
            yield from _of_set(wrong, say)
    taken = 0 if group.faults else sum(not wrong for wrong in faults)
    verdict = "A" if taken == len(group.sets) and not group.faults else "P" if taken else "R"
    counted = str(len(group.sets))
    yield say("AK9", verdict, counted, counted, str(taken), *group.faults[:5])


def _of_set(faults: Sequence[SetFault], say: Printer) -> Iterator[str]:
    for fault in islice(faults, MOST_FAULTS):
        if fault.where is not None:
            yield say("IK3", fault.where.id, str(fault.where.place), fault.loop, fault.wrong)
            if fault.element:
                yield say("IK4", str(fault.element), "", fault.element_wrong)
    codes = list(dict.fromkeys(fault.code for fault in faults))
    yield say("IK5", "R" if faults else "A", *codes[:5])
