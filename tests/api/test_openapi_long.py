"""The whole volume of what the OpenAPI document promises; where it is left out, it is not even collected."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import settings

from tests.api.described import HOWEVER_LONG, check, described

schema = described()


@pytest.mark.schema
@pytest.mark.long
@schema.parametrize()
@settings(max_examples=25, **HOWEVER_LONG)
def test_the_api_does_all_that_its_document_says(case: schemathesis.Case, used_key: str) -> None:
    check(case, used_key)
