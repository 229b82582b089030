"""While a batch is decided memory is not looked through, and afterwards as before, whatever happened."""

from __future__ import annotations

import gc

import pytest

from routing.services.batches.garbage import collected_afterwards


def test_nothing_is_collected_while_a_batch_is_decided() -> None:
    with collected_afterwards():
        assert not gc.isenabled()

    assert gc.isenabled()


def test_a_batch_that_fails_leaves_collecting_as_it_was() -> None:
    with pytest.raises(ValueError), collected_afterwards():
        raise ValueError

    assert gc.isenabled()


def test_where_nothing_is_collected_a_batch_does_not_begin_with_it() -> None:
    gc.disable()
    try:
        with collected_afterwards():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
