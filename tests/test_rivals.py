"""The matrix of rivals: how many solve one objective, that they agree, and that who refuses says so by name."""

from collections import Counter

import pytest

from derivations.rates._rivals import NAMES
from derivations.rates.rivals import contests
from experiments import rivals
from gantheory.plots import NEURIPS

ALL = contests()


def test_enough_objectives_have_enough_rivals():
    counts = Counter(min(len(c.rivals), 4) for c in ALL)
    assert sum(counts.values()) >= 12
    assert counts[3] + counts[4] >= 5
    assert counts[4] >= 2
    assert min(counts) >= 2


def sized(number, contest):
    """Every third, and none in space, in the quick run."""
    dear = number % 3 or "space" in contest.name
    return pytest.param(contest, id=contest.name, marks=pytest.mark.full if dear else ())


@pytest.mark.parametrize("contest", [sized(k, c) for k, c in enumerate(ALL)])
def test_a_solver_that_is_no_rival_refuses_in_words_or_takes_the_objective_elsewhere(contest):
    for name in set(NAMES) - set(contest.rivals):
        words = contest.refusal(name)
        assert not words or "; got " in words


def test_the_matrix_says_the_digits_of_the_worst_pair():
    result = rivals.run(most=1)
    (row,) = result.table
    (contest,) = result.digits
    assert float(row["GaussianOracle"]) == pytest.approx(
        min(contest.digits("GaussianOracle", k) for k in contest.rivals if k != "GaussianOracle"), abs=0.06
    )
    assert row["Collocation"] == "refused"
    assert set(rivals.plot(result, NEURIPS)) == {"rivals"}
