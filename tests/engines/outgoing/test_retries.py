from hypothesis import given
from hypothesis import strategies as st

from brickyard.engines.mail.outbox import RETRIES as MAIL
from brickyard.engines.outgoing import Retries
from brickyard.engines.webhook.embedded import RETRIES as WEBHOOK

DAY_S = 86_400


@given(first=st.integers(1, 100), longest=st.integers(100, 10_000), within=st.integers(200, 100_000))
def test_doubled_pauses_grow_to_the_longest_and_end_in_time(first: int, longest: int, within: int):
    pauses = Retries.doubling(first, longest, within).pauses_s
    assert sum(pauses) <= within
    assert sum(pauses) + min(pauses[-1] * 2, longest) > within
    assert list(pauses) == sorted(pauses)
    assert max(pauses) <= longest


@given(attempts=st.integers(1, 30))
def test_a_pause_is_shortened_by_a_fifth_at_most_and_never_lengthened(attempts: int):
    pause_s = WEBHOOK.pause_s(attempts)
    if attempts > len(WEBHOOK.pauses_s):
        assert pause_s is None
    else:
        assert pause_s is not None
        assert 0.8 <= pause_s / WEBHOOK.pauses_s[attempts - 1] <= 1


def test_mail_is_tried_for_a_day_and_webhooks_with_pauses_from_seconds_to_a_day():
    assert DAY_S - 3600 < sum(MAIL.pauses_s) <= DAY_S
    assert (WEBHOOK.pauses_s[0], WEBHOOK.pauses_s[-1]) == (5, DAY_S)
