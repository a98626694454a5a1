"""Measures: what a law, a density and a reader promise."""

import re
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
import torch

from gantheory._errors import Refusal
from gantheory.measures import Density, Empirical, Gaussian, Measure, Mixture, read_points

F64 = torch.float64


def tensor(values, dtype=F64):
    return torch.tensor(values, dtype=dtype)


def seeded(seed):
    return torch.Generator().manual_seed(seed)


NARROW = Gaussian(tensor([0.5, -1.0]), tensor([[0.6, -0.2], [-0.2, 0.3]]))
WIDE = Gaussian(tensor([-1.0, 0.7]), tensor([[1.1, 0.5], [0.5, 0.9]]))
LAWS = {
    "gaussian 1-D": Gaussian(tensor([0.3]), tensor([[0.4]])),
    "gaussian 2-D": NARROW,
    "mixture 1-D": Mixture(
        tensor([1.0, 3.0]), (Gaussian(tensor([-2.0]), tensor([[0.3]])), Gaussian(tensor([1.0]), tensor([[2.0]])))
    ),
    "mixture 2-D": Mixture(tensor([2.0, 0.0, 3.0]), (NARROW, Gaussian(tensor([9.0, 9.0]), torch.eye(2, dtype=F64)), WIDE)),
}
CLOUD = torch.randn(7, 2, generator=seeded(1), dtype=F64)
UNEVEN = tensor([1.0, 2.0, 0.0, 5.0, 1.0, 0.5, 3.0])
SAMPLED = LAWS | {"empirical": Empirical(CLOUD), "empirical, weighted": Empirical(CLOUD, UNEVEN)}


def grid(dim):
    """Nodes of the trapezoidal rule on [−12, 12]^dim and the weight of each: exponentially exact for these densities."""
    axis = torch.linspace(-12, 12, {1: 2001, 2: 201}[dim], dtype=F64)
    return torch.cartesian_prod(*[axis] * dim).reshape(-1, dim), (axis[1] - axis[0]).item() ** dim


def quadrature_moments(law):
    x, cell = grid(law.dim)
    p = law.density(x) * cell
    mean = p @ x
    return mean, (p[:, None] * (x - mean)).mT @ (x - mean)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_densities_integrate_to_one(law):
    x, cell = grid(law.dim)
    assert law.density(x).sum().item() * cell == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_the_score_is_the_gradient_of_the_log_density(law):
    x = (3 * torch.randn(50, law.dim, generator=seeded(2), dtype=F64)).requires_grad_()
    (expected,) = torch.autograd.grad(law.density(x).log().sum(), x)
    torch.testing.assert_close(law.score(x.detach()), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_the_score_is_finite_where_the_density_underflows(law):
    far = torch.full((1, law.dim), 1e3, dtype=F64)
    assert law.density(far).item() == 0
    assert law.score(far).isfinite().all()
    assert law.score(far).abs().min() > 1


def test_a_gaussian_has_its_moments():
    mean, covariance = quadrature_moments(NARROW)
    torch.testing.assert_close(mean, NARROW.mean, atol=1e-12, rtol=0)
    torch.testing.assert_close(covariance, NARROW.covariance, atol=1e-12, rtol=0)


@pytest.mark.parametrize("law", SAMPLED.values(), ids=SAMPLED)
def test_sample_moments_lie_within_four_standard_errors(law):
    n = 10_000
    x = law.sample(n, seeded(3))
    mean, covariance = (law.mean, law.covariance) if isinstance(law, Empirical) else quadrature_moments(law)
    assert x.shape == (n, law.dim)
    assert ((x.mean(0) - mean).abs() < 4 * (covariance.diagonal() / n).sqrt()).all()
    products = (x - mean)[:, :, None] * (x - mean)[:, None, :]
    assert ((products.mean(0) - covariance).abs() < 4 * products.std(0) / n**0.5).all()


@pytest.mark.parametrize("law", SAMPLED.values(), ids=SAMPLED)
def test_samples_follow_the_generator(law):
    assert torch.equal(law.sample(20, seeded(4)), law.sample(20, seeded(4)))
    assert not torch.equal(law.sample(20, seeded(4)), law.sample(20, seeded(5)))
    assert law.sample(0, seeded(4)).shape == (0, law.dim)
    with pytest.raises(Refusal, match="n ≥ 0"):
        law.sample(-1, seeded(4))


def test_points_of_weight_zero_are_never_drawn(monkeypatch):
    law = Empirical(torch.arange(4, dtype=F64)[:, None], tensor([0.0, 1.0, 0.0, 2.0]))
    assert set(law.sample(1000, seeded(6)).flatten().tolist()) == {1.0, 3.0}
    for u, point in ((0.0, 1.0), (1.0, 3.0)):  # the ends of the interval of uniform numbers
        monkeypatch.setattr(torch, "rand", lambda n, u=u, **options: torch.full((n,), u, dtype=options["dtype"]))
        assert law.sample(1, seeded(6)).item() == point


def test_everything_is_a_measure_and_only_some_have_densities():
    assert all(isinstance(law, Measure) for law in SAMPLED.values())
    assert {name for name, law in SAMPLED.items() if isinstance(law, Density)} == set(LAWS)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_weights_sum_to_one_in_the_dtype_of_the_points(dtype):
    for weights in (None, tensor([1e-3, 7.0, 2.0]), torch.tensor([1, 2, 3]), tensor([3e38, 3e38, 1e38])):
        law = Empirical(torch.ones(3, 2, dtype=dtype), weights)
        assert law.weights.dtype == dtype
        assert law.weights.sum().item() == pytest.approx(1, abs=4 * torch.finfo(dtype).eps)


def test_moments_do_not_see_how_a_point_is_split():
    law = Empirical(CLOUD, UNEVEN)
    split = Empirical(torch.cat([CLOUD, CLOUD[:1]]), torch.cat([UNEVEN[:1] / 2, UNEVEN[1:], UNEVEN[:1] / 2]))
    assert (len(split), split.dim) == (8, 2)
    torch.testing.assert_close(split.mean, law.mean)
    torch.testing.assert_close(split.covariance, law.covariance)
    w, x = (UNEVEN / UNEVEN.sum()).numpy(), CLOUD.numpy()
    np.testing.assert_allclose(law.covariance, np.cov(x.T, aweights=w, ddof=0), rtol=1e-12)
    np.testing.assert_allclose(law.mean, np.average(x, axis=0, weights=w), rtol=1e-12)


def test_measures_are_built_on_meta():
    points = torch.empty(5, 3, device="meta")
    assert Empirical(points).weights.device.type == "meta"
    assert Empirical(points, torch.empty(5, device="meta")).covariance.shape == (3, 3)
    law = Gaussian(torch.empty(3, device="meta"), torch.empty(3, 3, device="meta"))
    assert Mixture(torch.empty(1, device="meta"), (law,)).density(points).shape == (5,)


EYE = torch.eye(2, dtype=F64)
BAD_MEASURES = {
    "integers": (
        lambda: Empirical(torch.ones(3, 2, dtype=torch.int64)),
        r"float32 or float64; got torch.int64. Convert with .double\(\)",
    ),
    "half": (lambda: Empirical(torch.ones(3, 2, dtype=torch.float16)), r"got torch.float16. Convert with .double\(\)"),
    "complex": (lambda: Empirical(torch.ones(3, 2, dtype=torch.complex64)), "are real; got torch.complex64. .*view_as_real"),
    "1-D": (lambda: Empirical(torch.ones(3)), r"got shape \(3,\). Reshape with points\[:, None\]"),
    "no point": (lambda: Empirical(torch.ones(0, 2)), r"n ≥ 1, d ≥ 1; got shape \(0, 2\)"),
    "no column": (lambda: Empirical(torch.ones(2, 0)), r"n ≥ 1, d ≥ 1; got shape \(2, 0\)"),
    "NaN": (lambda: Empirical(tensor([[0.0, 1.0], [float("nan"), 2.0]])), r"finite; got nan at index \(1, 0\)"),
    "weights: too few": (lambda: Empirical(CLOUD, torch.ones(3)), r"shape \(7,\).* got shape \(3,\)"),
    "weights: 2-D": (lambda: Empirical(CLOUD, torch.ones(7, 1)), r"got shape \(7, 1\)"),
    "weights: negative": (lambda: Empirical(CLOUD, -UNEVEN), "nonnegative; got -5 at index 3"),
    "weights: inf": (lambda: Empirical(CLOUD, UNEVEN / 0), r"finite; got inf at index \(0,\)"),
    "weights: zero": (lambda: Empirical(CLOUD, 0 * UNEVEN), "positive sum; got only zeros"),
    "weights: a list": (lambda: Empirical(CLOUD, [1.0] * 7), "weights of Empirical form a torch tensor; got list"),
    "covariance: shapes": (lambda: Gaussian(torch.zeros(3, dtype=F64), EYE), r"got shapes \(3,\) and \(2, 2\)"),
    "gaussian: dtypes": (lambda: Gaussian(torch.zeros(2), EYE), "share dtype and device; got torch.float32"),
    "gaussian: skew": (lambda: Gaussian(torch.zeros(2, dtype=F64), EYE + tensor([[0.0, 1e-9], [0.0, 0.0]])), "symmetric; got"),
    "gaussian: singular": (
        lambda: Gaussian(torch.zeros(2, dtype=F64), torch.ones(2, 2, dtype=F64)),
        "positive definite; got least",
    ),
    "gaussian: negative": (lambda: Gaussian(torch.zeros(2, dtype=F64), -EYE), "positive definite; got least eigenvalue -1"),
    "gaussian: NaN": (lambda: Gaussian(torch.zeros(2, dtype=F64), EYE * float("nan")), "covariance of Gaussian are finite"),
    "mixture: empty": (lambda: Mixture(torch.ones(0), ()), "one at least"),
    "mixture: dimensions": (lambda: Mixture(torch.ones(2), (NARROW, LAWS["gaussian 1-D"])), "share dimension"),
    "mixture: weights": (lambda: Mixture(torch.ones(3), (NARROW, WIDE)), r"shape \(2,\)"),
}


@pytest.mark.parametrize(("make", "words"), BAD_MEASURES.values(), ids=BAD_MEASURES)
def test_a_measure_says_what_it_cannot_be(make, words):
    with pytest.raises(Refusal, match=words):
        make()


# Readers

POINTS = np.array([[0.1, -2.0, 1e-300], [3.0, 1 / 3, -7e22], [5.0, 0.0, 4.0], [1.0, 2.0, 3.0]])
SPREADSHEET = "\ufeff" + "\r\n".join(";".join(map(repr, row)) for row in POINTS.tolist())
WRITERS = {
    "points.npy": lambda path, x: np.save(path, x),
    "single.npz": lambda path, x: np.savez(path, anything=x),
    "named.npz": lambda path, x: np.savez_compressed(path, points=x, labels=np.array(["a", "b"])),
    "short.NPZ": lambda path, x: (np.savez(path.with_suffix(""), x=x, t=np.zeros(1)), path.with_suffix(".npz").rename(path)),
    "fortran.npy": lambda path, x: np.save(path, np.asfortranarray(x.astype(">f8"))),
    "header.csv": lambda path, x: pd.DataFrame(x, columns=["x", "y", "z"]).to_csv(path, index=False),
    "bare.csv": lambda path, x: pd.DataFrame(x).to_csv(path, index=False, header=False),
    "tabs.csv": lambda path, x: pd.DataFrame(x).to_csv(path, index=False, header=False, sep="\t"),
    "spreadsheet.csv": lambda path, x: path.write_text(SPREADSHEET + "\r\n\r\n", encoding="utf-8", newline=""),
    "frame.parquet": lambda path, x: pd.DataFrame(x, columns=["x", "y", "z"]).to_parquet(path),
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_written_is_read(tmp_path, name):
    WRITERS[name](tmp_path / name, POINTS)
    read = read_points(tmp_path / name)
    assert read.dtype == F64
    np.testing.assert_array_equal(read.numpy(), POINTS)
    assert Empirical(read_points(str(tmp_path / name))).dim == 3


@pytest.mark.parametrize("name", ["points.npy", "single.npz", "bare.csv", "frame.parquet"])
def test_integers_become_float64(tmp_path, name):
    whole = np.arange(12).reshape(4, 3)
    WRITERS[name](tmp_path / name, whole)
    assert torch.equal(read_points(tmp_path / name), torch.arange(12, dtype=F64).reshape(4, 3))


def test_one_column_is_a_cloud_on_the_line(tmp_path):
    (tmp_path / "a.csv").write_text("height\n1.5\n2\n")
    assert read_points(tmp_path / "a.csv").tolist() == [[1.5], [2.0]]


def array(**arrays):
    return lambda path: np.savez(path, **arrays)


def saved(x):
    return lambda path: np.save(path, x)


def frame(columns):
    return lambda path: pd.DataFrame(columns).to_parquet(path)


def pickled(path):
    np.save(path, np.array([[1, "a"], [None, 2]], dtype=object), allow_pickle=True)


def halved(write):
    def damaged(path):
        write(path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return damaged


def flipped(path):
    np.savez(path, POINTS)
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(bytes(data))


BAD_FILES = [
    ("absent.csv", lambda path: None, "a file that exists; got .*absent.csv. Check the path"),
    ("folder.csv", lambda path: path.mkdir(), "one file; got the folder .*Name a file in it"),
    ("points.txt", "1,2\n3,4\n", r"reads .npy, .npz, .csv, .parquet; got points.txt. Convert it"),
    ("points", "1,2\n3,4\n", "got points. Convert it"),
    *((f"empty{end}", "", "holds points; got an empty file. Write") for end in (".npy", ".npz", ".csv", ".parquet")),
    ("text.npy", "1,2\n3,4\n", "is a NumPy file; got other contents"),
    ("cut.npy", halved(saved(POINTS)), "intact NumPy file; got a corrupt one"),
    ("cut.npz", halved(array(x=POINTS)), "intact NumPy file; got a corrupt one"),
    ("flipped.npz", flipped, "intact NumPy file; got a corrupt one"),
    ("line.npy", saved(np.arange(3.0)), r"array \(n, d\); got shape \(3,\). Reshape to \(n, 1\)"),
    ("number.npy", saved(np.float64(3)), r"got shape \(\). Give one point in each row"),
    ("images.npy", saved(np.zeros((2, 3, 3))), r"got shape \(2, 3, 3\). Flatten each point"),
    ("words.npy", saved(np.array([["a", "b"]])), "real numbers; got dtype <U1"),
    ("object.npy", pickled, r"real numbers; got dtype object. Save array.astype\(float\)"),
    ("complex.npy", saved(np.ones((3, 2), dtype=complex)), "real numbers; got dtype complex128"),
    ("flags.npy", saved(np.ones((3, 2), dtype=bool)), "real numbers; got dtype bool"),
    ("dates.npy", saved(np.zeros((3, 2), dtype="datetime64[s]")), "real numbers; got dtype datetime64"),
    ("one.npy", saved(np.ones((1, 2))), "at least 2 points.*; got 1 points of dimension 2"),
    ("none.npy", saved(np.ones((0, 2))), "at least 2 points.*; got 0 points"),
    ("thin.npy", saved(np.ones((3, 0))), "got 3 points of dimension 0"),
    ("nan.npy", saved(np.array([[1.0, 2.0], [3.0, np.nan]])), "finite numbers; got nan in row 2, column 2"),
    ("inf.npz", array(x=np.array([[1.0, 2.0], [-np.inf, 3.0]])), "finite numbers; got -inf in row 2, column 1"),
    ("two.npz", array(a=POINTS, b=POINTS), "one array, or one called points or x; got a, b. Save"),
    ("both.npz", array(points=POINTS, x=POINTS), "got points, x"),
    ("no.npz", array(), "got no array"),
    ("blank.csv", "\n\n", "starts with a header or a point; got a blank first line"),
    ("header.csv", "x,y\n", "holds points; got the header only: x, y"),
    ("index.csv", ",x,y\n0,1,2\n1,3,4\n", r"has a name; got a header without one: , x, y.*index=False"),
    ("text.csv", "x,y\n1,2\n3,red\n", r"finite numbers; got 'red' in line 3, column 2 \(y\). Drop text columns"),
    ("bare.csv", "1,2\n3,red\n", "got 'red' in line 2, column 2. Drop"),
    ("half.csv", "1,b\n3,4\n", "got 'b' in line 1, column 2"),
    ("gap.csv", "x,y\n1,2\n,4\n", r"every cell .* is filled; got an empty one in line 3, column 1 \(x\)"),
    ("tail.csv", "x\ty\n1\t2\n3\t\n", r"an empty one in line 3, column 2 \(y\)"),
    ("nan.csv", "x,y\n1,2\n3,nan\n", r"finite numbers; got 'nan' in line 3, column 2 \(y\). Remove"),
    ("huge.csv", "1,2\n3,1e999\n", "got '1e999' in line 2, column 2"),
    ("comma.csv", "1,5;2,5\n3,5;4,5\n", "'1,5' in line 1, column 1|header only|got '3,5' in line 2.*decimals with a point"),
    ("blanks.csv", "1 2\n3 4\n", "got '.* .*' in line 2, column 1"),
    ("thousand.csv", "1_000,2\n3,4\n", "got '1_000' in line 1"),
    ("ragged.csv", "x,y\n1,2\n3,4,5\n6,7\n", "every line of ragged.csv has 2 cells; got 3 in line 3"),
    ("hole.csv", "1,2\n\n3,4\n", "has 2 cells; got 0 in line 2"),
    ("one.csv", "x,y\n1,2\n", "at least 2 points.*; got 1 points"),
    ("latin.csv", "größe\n1\n2\n".encode("latin-1"), "UTF-8 text; got the byte at 2 that is not"),
    ("wide.csv", '"' + "1" * 200_000 + "\n", "table of text; got field larger"),
    ("text.parquet", "1,2\n3,4\n", "intact Parquet file; got a corrupt one"),
    ("cut.parquet", halved(frame({"x": [1.0, 2.0]})), "intact Parquet file; got a corrupt one"),
    ("label.parquet", frame({"x": [1.0, 2.0], "label": ["a", "b"]}), r"numeric columns; got column 'label' of dtype .*Drop it"),
    ("lists.parquet", frame({"x": [[1.0, 2.0], [3.0, 4.0]]}), "got column 'x' of dtype object"),
    ("gap.parquet", frame({"x": pd.array([1, None], dtype="Int64")}), "finite numbers; got nan in row 2, column 1"),
    ("none.parquet", frame({}), "at least 2 points"),
]


@pytest.mark.parametrize(("name", "contents", "words"), BAD_FILES, ids=[name for name, *_ in BAD_FILES])
def test_a_reader_says_what_is_wrong_and_where(tmp_path, name, contents, words):
    path = tmp_path / name
    if callable(contents):
        contents(path)
    else:
        path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
    with pytest.raises(Refusal, match=words) as caught:
        read_points(path)
    assert caught.value.cures


def test_parquet_names_the_extra_where_pandas_is_absent(tmp_path, monkeypatch):
    frame({"x": [1.0, 2.0]})(tmp_path / "a.parquet")
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(Refusal, match=re.escape("pip install 'gantheory[io]'")):
        read_points(tmp_path / "a.parquet")


@pytest.mark.parametrize("name", ["points.npy", "single.npz", "header.csv", "frame.parquet"])
def test_damaged_bytes_are_refused_or_read_and_nothing_else(tmp_path, name):
    WRITERS[name](tmp_path / name, POINTS)
    whole, random = (tmp_path / name).read_bytes(), np.random.default_rng(7)
    for _ in range(25):
        data = bytearray(whole)
        for place in random.integers(len(data), size=3):
            data[place] = random.integers(256)
        (tmp_path / name).write_bytes(bytes(data))
        with suppress(Refusal):
            assert read_points(tmp_path / name).isfinite().all()
