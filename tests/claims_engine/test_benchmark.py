"""The table against physverify: fewer wrong verdicts, and no more studies undecided where a verdict is due."""

import pytest

from benchmarks.convergence import JUDGES, main, tally


def counted(count, *sorts):
    return sum(n for (_, sort), n in count.items() if sort in sorts)


def test_the_table_says_how_many_studies_and_what_the_bands_hold(capsys):
    main(4, 5, share=6)
    printed = capsys.readouterr().out
    assert "112 studies, seeds 4 to 5" in printed
    assert "bands that hold the order: " in printed


@pytest.mark.parametrize("seed", [1, 101])  # the constants of the bands were chosen on 1 to 20
def test_fewer_wrong_verdicts_and_no_more_undecided(seed):
    ours, *peers = tally(seed).values()
    assert len(peers) == len(JUDGES) - 1
    assert counted(ours, "wrong pass") == 0
    assert counted(ours, "wrong failure") <= 3
    for theirs in peers:
        assert counted(theirs, "wrong pass", "wrong failure") >= 5 * counted(ours, "wrong pass", "wrong failure")
        assert counted(theirs, "undecided") >= counted(ours, "undecided")
        assert counted(ours, "wrong pass", "wrong failure") < counted(theirs, "wrong pass", "wrong failure")
