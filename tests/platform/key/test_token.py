import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.platform.key.token import BASE62, checksum, new_token, well_formed


@pytest.mark.parametrize("kind", ["sk", "pk"])
@pytest.mark.parametrize("environment", ["live", "test"])
def test_a_key_says_its_kind_and_environment_and_ends_in_its_checksum(kind: str, environment: str):
    token = new_token(kind, environment)
    assert re.fullmatch(rf"bk_{kind}_{environment}_[0-9A-Za-z]{{36}}", token)
    digits = [BASE62.index(letter) for letter in token[-6:]]
    number = 0
    for digit in digits:
        number = number * 62 + digit
    assert number == zlib.crc32(token[:-6].encode())


def test_no_two_keys_are_alike():
    assert len({new_token("sk", "live") for _ in range(1000)}) == 1000


@given(data=st.data())
def test_any_one_slip_of_the_keyboard_is_noticed(data: st.DataObject):
    token = new_token("sk", "live")
    place = data.draw(st.integers(11, len(token) - 1))
    letter = data.draw(st.sampled_from([each for each in BASE62 if each != token[place]]))
    assert not well_formed(token[:place] + letter + token[place + 1 :])


@given(text=st.text(max_size=80))
def test_other_texts_are_no_keys(text: str):
    assert not well_formed(text)
    assert len(checksum(text)) == 6
