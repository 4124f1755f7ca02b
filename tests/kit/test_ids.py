"""Ids are born in order, and are ids like any other."""

import copy
import pickle
from uuid import RFC_4122, UUID

from services.kit.clock import SystemClock
from services.kit.ids import first_id_at, new_id


def test_ids_are_of_version_seven_and_sort_by_their_birth() -> None:
    began = first_id_at(SystemClock().now())
    born = [new_id() for _ in range(2000)]
    assert born == sorted(set(born))
    assert born[0] > began
    assert {(each.version, each.variant) for each in born} == {(7, RFC_4122)}


def test_an_id_is_a_uuid_in_every_way() -> None:
    born = new_id()
    same = UUID(str(born))
    assert (born, hash(born), born.bytes, born.is_safe) == (same, hash(same), same.bytes, same.is_safe)
    assert copy.deepcopy(born) == pickle.loads(pickle.dumps(born)) == born
