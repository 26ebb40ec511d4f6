from __future__ import annotations

import operator

from kgreview.partitions import on, over, workers


class Backwards:
    """Workers that take all partitions and begin with the last."""

    elsewhere = True

    def share(self, value):
        return value

    def each(self, work, shared, partitions):
        found = [work(*shared, each) for each in reversed(list(partitions))]
        return reversed(found)


def test_here_a_partition_is_taken_when_the_one_before_it_is_done():
    taken = []

    def partitions():
        for each in (1, 2, 3):
            taken.append(each)
            yield each

    found = over(operator.add, (10,), partitions())
    assert next(found) == 11
    assert taken == [1]
    assert list(found) == [12, 13]


def test_others_work_within_and_nobody_else_after():
    assert not workers().elsewhere
    with on(Backwards()):
        assert workers().elsewhere
        assert list(over(operator.sub, (10,), [1, 2, 3])) == [9, 8, 7]
    assert not workers().elsewhere
