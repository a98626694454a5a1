"""The experiment at its smallest size, on the methods that take least time."""

from experiments import bilinear_growth


def test_methods_grow_as_their_closed_forms_say(monkeypatch):
    kept = [*bilinear_growth.CONVERGES, "RK4, joint", "RK4, decoupled"]
    monkeypatch.setattr(bilinear_growth, "METHODS", {name: bilinear_growth.METHODS[name] for name in kept})
    seen = []
    result = bilinear_growth.run(**bilinear_growth.QUICK, progress=seen.append)
    assert seen[-1] == 1.0
    assert all(result.gap(name) < 1e-9 for name in kept)
    assert result.agrees
    assert [name for name, shrinks in result.converging.items() if not shrinks] == [kept[0], kept[1], "RK4, decoupled"]
    assert abs(result.crossings["RK4, joint"] - 8**0.5) < 0.02
    assert abs(result.best["RK4, joint"][1] - 0.5) < 1e-3
    assert [row["measured"] for row in result.table if row["method"] == "RK4, decoupled"] == ["never"]
