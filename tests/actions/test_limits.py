"""Buckets of tokens, by a clock that the test turns."""

from actions.limits import ONE_SENDER, Buckets, Rate


def test_a_bucket_fills_up_again_and_forgets_its_day() -> None:
    now = [0.0]
    found = Buckets(clock=lambda: now[0])
    rate = Rate(burst=2, a_minute=6)
    assert [found.take("a", rate) for _ in range(3)] == [True, True, False]
    assert found.take("b", rate)
    now[0] = 10.0
    assert [found.take("a", rate) for _ in range(2)] == [True, False]
    salt = found._salt
    assert b"a" not in found._levels
    now[0] = 90_000.0
    assert found.take("a", rate)
    assert found._salt != salt and len(found._levels) == 1


def test_people_of_one_event_are_let_through_in_a_quarter_of_an_hour() -> None:
    now = [0.0]
    found = Buckets(clock=lambda: now[0])
    through = 0
    for _ in range(15 * 60 // 5):  # somebody signs every five seconds
        now[0] += 5
        through += found.take("the hall", ONE_SENDER)
    assert through >= 150
