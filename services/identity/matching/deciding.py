"""Why two profiles were taken for one person, or were not, in a sentence. Pure; called by `resolving`."""

from services.identity.matching.scoring import HANDLE_AND_NAME, MANY_SIGNS, Comparison

_SIGNS_TOLD = 3


def explain(comparison: Comparison) -> str:
    """One sentence: what speaks for the two being one person, the strongest first, and what speaks against."""
    signs = comparison.signs
    for_it = [sign.rule for sign in signs if sign.bits > 0]
    if comparison.rule not in {HANDLE_AND_NAME, MANY_SIGNS}:
        for_it.sort(key=lambda rule: -int(rule.strength))
    against = [sign.rule.sentence for sign in signs if sign.bits < 0]
    told = [rule.sentence for rule in for_it[:_SIGNS_TOLD]]
    if not told:
        return "Nothing speaks for these two being one person."
    sentence = told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
    return f"{sentence[0].upper()}{sentence[1:]}{f', although {against[0]}' if against else ''}."
