"""The table against physverify: fewer wrong verdicts, and no more studies undecided where a verdict is due."""

from benchmarks.convergence import JUDGES, main, tally


def counted(count, *sorts):
    return sum(n for (_, sort), n in count.items() if sort in sorts)


def test_fewer_wrong_verdicts_and_no_more_undecided(capsys):
    main(4, share=6)
    assert "gantheory Order" in capsys.readouterr().out
    ours, *peers = tally(1).values()
    assert len(peers) == len(JUDGES) - 1
    assert counted(ours, "wrong pass") == 0
    assert counted(ours, "wrong failure") <= 3
    for theirs in peers:
        assert counted(theirs, "wrong pass", "wrong failure") >= 5 * counted(ours, "wrong pass", "wrong failure")
        assert counted(theirs, "undecided") >= counted(ours, "undecided")
        assert counted(ours, "wrong pass", "wrong failure") < counted(theirs, "wrong pass", "wrong failure")
