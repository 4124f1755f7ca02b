"""How common names are, roughly, per 100,000 people of Europe and the Americas: an estimate by hand, for weighing agreement. Pure."""

import math
from functools import cache

from services.identity.matching.normalising.names import NameFit, PersonName

_FAMILIES = """
900 garcia wang li zhang
800 smith rodriguez martinez
600 johnson williams lopez gonzalez hernandez chen liu nguyen silva santos kim
450 brown jones miller davis perez sanchez muller lee singh kumar khan fernandez
300 wilson anderson taylor thomas jackson moore martin thompson white gomez diaz ramirez torres schmidt oliveira souza
300 patel ali
200 harris clark lewis walker hall young king wright hill green adams baker nelson campbell mitchell roberts carter
200 evans turner flores rivera
200 ruiz alvarez romero moreno munoz schneider fischer weber meyer rossi ferrari pereira costa rodrigues bernard dubois
200 ivanov yilmaz tran
120 phillips parker edwards collins stewart morris murphy cook rogers morgan cooper peterson reed bailey bell kelly
120 howard ward cox richardson wood watson
120 brooks bennett gray james hughes price myers long foster ross powell jenkins perry butler russell henderson barnes
120 jordan reynolds west fisher
120 ortiz gutierrez jimenez reyes cruz morales ramos mendoza castillo chavez vargas castro vazquez wagner becker
120 hoffmann schulz russo bianchi petit durand
"""
_GIVEN = """
2500 maria
1300 jose john james david michael robert mary juan anna ana
800 william richard thomas joseph daniel carlos antonio jennifer elizabeth mohammed muhammad ali peter paul luis jean
500 matthew christopher anthony mark steven andrew joshua kevin brian patricia linda barbara susan jessica sarah karen
500 laura manuel francisco
500 emily emma ashley amanda nicole stephanie alexander martin jorge pedro miguel andrea julia marie olivia sophia
500 isabella jacob ethan oliver jack harry george
250 kenneth george edward ronald timothy jason jeffrey ryan eric jonathan stephen larry justin scott brandon benjamin
250 samuel gregory patrick raymond
250 lisa nancy betty sandra margaret donna michelle carol deborah melissa rebecca sharon cynthia kathleen amy angela
250 anna brenda pamela katherine
250 javier fernando rafael alejandro sergio pablo alberto lucia carmen marta paula sofia elena christian stefan michael
250 klaus hans peter lukas
"""
_RARE_FAMILY, _RARE_GIVEN = 15.0, 80.0
_PEOPLE = 100_000


@cache
def _table(text: str) -> dict[str, float]:
    return {word: float(line.split()[0]) for line in reversed(text.strip().splitlines()) for word in line.split()[1:]}


def family_bits(word: str) -> float:
    """How surprising it is that a stranger has this family name, in bits; an initial says four."""
    return 4.0 if len(word) == 1 else math.log2(_PEOPLE / _table(_FAMILIES).get(word, _RARE_FAMILY))


def given_bits(word: str) -> float:
    """As `family_bits`, of a given name."""
    return 4.0 if len(word) == 1 else math.log2(_PEOPLE / _table(_GIVEN).get(word, _RARE_GIVEN))


def agreement_bits(one: PersonName, other: PersonName, *, fit: NameFit) -> float:
    """How surprising it is that two strangers agree in these names as `fit` says."""
    given = min(given_bits(one.given), given_bits(other.given))
    if fit is NameFit.FIRST:
        return given
    shared = set(one.families) & set(other.families)
    mine, yours = (max((family_bits(word) for word in each.families), default=0.0) for each in (one, other))
    family = max((family_bits(word) for word in shared), default=min(mine, yours))
    return given + family - (2.0 if fit is NameFit.FORM else 0.0)
