"""The headers that conditions are made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

from hypothesis import given
from hypothesis import strategies as st

from shared.rest.precondition import last_modified
from shared.store.version import Version


@given(st.datetimes(datetime(1970, 1, 2), datetime(2999, 1, 1)), st.integers(-12 * 60, 14 * 60))
def test_last_modified_is_written_as_the_standard_library_writes_it(moment: datetime, offset: int) -> None:
    updated = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))

    assert last_modified(Version("Patient", "p", 1, updated, b"")) == format_datetime(updated.astimezone(UTC), usegmt=True)
