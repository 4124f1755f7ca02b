"""Values of attributes are kept as they were given (W8)."""

from services.contracts.vocabulary import AttributeType
from services.identity.facts.values import read_value


def test_w8_a_number_keeps_all_the_digits_that_it_may_have() -> None:
    given = {"123456789012345678901234567890": None, "0.12345678901234567890123456789": None, "1E+3": "1000", "2.500": "2.5", "-0.0": "0"}

    assert [read_value("size", AttributeType.NUMBER, (), each) for each in given] == [kept or each for each, kept in given.items()]
