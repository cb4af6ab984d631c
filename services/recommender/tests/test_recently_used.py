"""The bounded memory of indexes and answers."""

from recommender.recently_used import RecentlyUsed


def test_what_was_not_used_for_the_longest_time_goes_first() -> None:
    memory: RecentlyUsed[str, int] = RecentlyUsed(30)
    for n, key in enumerate("abc"):
        memory.put(key, n, 10)
    assert memory.get("a") == 0
    memory.put("d", 3, 10)
    assert [memory.get(key) for key in "abcd"] == [0, None, 2, 3]


def test_one_large_value_takes_the_place_of_several_small_ones() -> None:
    memory: RecentlyUsed[str, int] = RecentlyUsed(30)
    for n, key in enumerate("abc"):
        memory.put(key, n, 10)
    memory.put("d", 3, 20)
    assert [memory.get(key) for key in "abcd"] == [None, None, 2, 3]
    assert memory.size == 30


def test_a_value_larger_than_everything_is_not_kept_and_pushes_nothing_out() -> None:
    memory: RecentlyUsed[str, int] = RecentlyUsed(30)
    memory.put("a", 0, 30)
    memory.put("b", 1, 31)
    assert (memory.get("a"), memory.get("b"), memory.size) == (0, None, 30)


def test_a_replaced_or_dropped_value_frees_its_room() -> None:
    memory: RecentlyUsed[str, int] = RecentlyUsed(30)
    memory.put("a", 0, 10)
    memory.put("a", 1, 20)
    assert (memory.get("a"), memory.size) == (1, 20)
    memory.drop("a")
    memory.drop("never there")
    assert (memory.get("a"), memory.size, len(memory)) == (None, 0, 0)
