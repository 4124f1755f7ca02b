"""Slips of the keyboard: how many letters lie between two words. Pure; called by `names`, `places` and `evidence`."""


def distance(one: str, other: str, *, limit: int) -> int:
    """Letters to add, drop, change or swap with their neighbour, counted to `limit` + 1 (Damerau's, each place touched once)."""
    if abs(len(one) - len(other)) > limit or _strangers(one, other) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, start=1):
        earlier, before, row = before, row, [index] + [0] * len(other)
        for place, mine in enumerate(other, start=1):
            best = min(before[place] + 1, row[place - 1] + 1, before[place - 1] + (letter != mine))
            if index > 1 and place > 1 and letter == other[place - 2] and mine == one[index - 2]:
                best = min(best, earlier[place - 2] + 1)
            row[place] = best
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


def _strangers(one: str, other: str) -> int:
    """Letters that only one of two words has: each of them is a slip of its own, so that there are no fewer slips than these."""
    mine, yours = set(one), set(other)
    return max(len(mine - yours), len(yours - mine))


def is_slip(one: str, other: str) -> bool:
    """Whether one slip lies between two words of four letters or more. One more or another vowel at the end makes another name."""
    if min(len(one), len(other)) < 4 or one == other or distance(one, other, limit=1) > 1:
        return False
    short, long = sorted((one, other), key=len)
    return not (long.startswith(short) or (len(short) == len(long) and short[:-1] == long[:-1]))


def is_garbled(one: str, other: str) -> bool:
    """Whether two words of three letters or more may be a badly written one: a slip for every third letter, or the letters in disorder."""
    shortest = min(len(one), len(other))
    if shortest < 3 or one == other:
        return False
    limit = min(3, shortest // 3)
    return distance(one, other, limit=limit) <= limit or (shortest > 3 and sorted(one) == sorted(other))
