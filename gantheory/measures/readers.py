"""Points from a file: .npy, .npz, .csv, .parquet."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from math import isfinite, nan
from os import PathLike
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal, missing

WRITE_AGAIN = "Write the file again, or check that the copy is complete."


def read_points(path: str | PathLike[str]) -> Float[Tensor, "n d"]:
    """x₁, …, xₙ ∈ R^d, one in each row of the file, n ≥ 2, in float64.

    .npy holds an array (n, d); .npz one array, or one called points or x. .csv is UTF-8, separated by tabs, semicolons or
    commas (the first of these that its first line contains), with decimal points; its first line is a header where none of
    its cells is a number. .parquet has numeric columns only and needs the extra [io]. Nothing is unpickled, no row is
    dropped, no gap is filled: a Refusal says what is wrong and where, rows, columns and lines counted from 1.
    """
    file = Path(path)
    readers = {".npy": _numpy, ".npz": _numpy, ".csv": _csv, ".parquet": _parquet}
    if file.is_dir():
        raise Refusal("read_points reads one file", f"the folder {file}", f"Name a file in it: {', '.join(readers)}.")
    if not file.is_file():
        raise Refusal("read_points reads a file that exists", str(file), "Check the path.")
    if file.suffix.lower() not in readers:
        raise Refusal(f"read_points reads {', '.join(readers)}", file.name, "Convert it, or pass a tensor to Empirical.")
    try:
        if file.stat().st_size == 0:
            raise Refusal(f"{file.name} holds points", "an empty file", WRITE_AGAIN)
        points = readers[file.suffix.lower()](file)
    except OSError as error:
        raise Refusal(f"{file.name} can be read", error.strerror or error, WRITE_AGAIN) from error
    return torch.from_numpy(_checked(points, file.name))


def _checked(points: np.ndarray, name: str) -> np.ndarray:
    """The array as float64 (n, d), n ≥ 2, d ≥ 1, finite."""
    if points.dtype.kind not in "iuf":
        raise Refusal(f"{name} holds real numbers", f"dtype {points.dtype}", "Keep the numeric columns only.")
    if points.ndim != 2:
        cure = {0: "Give one point in each row.", 1: "Reshape to (n, 1): array.reshape(-1, 1)."}
        flat = "Flatten each point: array.reshape(len(array), -1)."
        raise Refusal(f"{name} holds an array (n, d)", f"shape {points.shape}", cure.get(points.ndim, flat))
    n, d = points.shape
    if n < 2 or d < 1:
        raise Refusal(f"{name} holds at least 2 points: a flow needs them", f"{n} points of dimension {d}", "Add points.")
    with np.errstate(over="ignore"):  # a long double beyond the range becomes inf, which the next lines refuse
        points = np.array(points, dtype=np.float64)
    bad = np.argwhere(~np.isfinite(points))
    if len(bad):
        i, j = bad[0]
        raise Refusal(f"{name} holds finite numbers", f"{points[i, j]} in row {i + 1}, column {j + 1}", "Remove that row.")
    return points


def _numpy(file: Path) -> np.ndarray:
    try:
        with file.open("rb") as stream:
            magic = stream.read(6)
            if magic != b"\x93NUMPY" and magic[:2] != b"PK":  # np.load would call any other file a pickle
                raise Refusal(f"{file.name} is a NumPy file", "other contents", WRITE_AGAIN)
            stream.seek(0)
            loaded = np.load(stream, allow_pickle=False)
            return loaded if isinstance(loaded, np.ndarray) else loaded[_only(loaded.files, file.name)]
    except (Refusal, PermissionError):
        raise
    except Exception as error:  # corrupt bytes raise a dozen types: zip, zlib, header, encoding, memory
        if "Object arrays" in str(error):
            raise Refusal(f"{file.name} holds real numbers", "dtype object", "Save array.astype(float).") from error
        raise Refusal(f"{file.name} is an intact NumPy file", f"a corrupt one ({error})", WRITE_AGAIN) from error


def _only(names: list[str], file: str) -> str:
    """The one array, or the one called points or x."""
    called = [name for name in ("points", "x") if name in names]
    if len(names) != 1 and len(called) != 1:
        given = ", ".join(sorted(names)) or "no array"
        raise Refusal(f"{file} holds one array, or one called points or x", given, "Save np.savez(file, points=array).")
    return names[0] if len(names) == 1 else called[0]


def _csv(file: Path) -> np.ndarray:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal(f"{file.name} is UTF-8 text", f"the byte at {error.start} that is not", "Save it as UTF-8.") from error
    lines = text.rstrip("\r\n").splitlines()
    if not lines or not lines[0].strip():
        raise Refusal(f"{file.name} starts with a header or a point", "a blank first line", "Remove blank lines.")
    delimiter = next((c for c in "\t;," if c in lines[0]), ",")
    try:
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error as error:
        raise Refusal(f"{file.name} is a table of text", str(error), WRITE_AGAIN) from error
    header = rows[0] if all(_number(cell) is None for cell in rows[0]) and any(rows[0]) else []
    if any(not name.strip() for name in header):
        cure = "Is it a row index? Write without it: frame.to_csv(file, index=False)."
        raise Refusal(f"every column of {file.name} has a name", f"a header without one: {', '.join(header)}", cure)
    if header and len(rows) == 1:
        raise Refusal(f"{file.name} holds points", f"the header only: {', '.join(header)}", WRITE_AGAIN)
    return np.array(list(_parsed(rows, header, file.name)), dtype=np.float64)


def _parsed(rows: list[list[str]], header: list[str], name: str) -> Iterator[list[float]]:
    """The rows below the header as numbers; a Refusal names the line and the column of the first cell that is none."""
    for line, row in enumerate(rows[1:] if header else rows, start=2 if header else 1):
        if len(row) != len(rows[0]):
            raise Refusal(f"every line of {name} has {len(rows[0])} cells", f"{len(row)} in line {line}", "Mend that line.")
        values = [_number(cell) for cell in row]
        for j, (cell, value) in enumerate(zip(row, values, strict=True)):
            if value is None or not isfinite(value):
                where = f"line {line}, column {j + 1}" + (f" ({header[j].strip()})" if header else "")
                if not cell.strip():
                    raise Refusal(f"every cell of {name} is filled", f"an empty one in {where}", "Fill it or remove the line.")
                cure = "Remove that line." if value is not None else "Drop text columns; write decimals with a point."
                raise Refusal(f"{name} holds finite numbers", f"{cell.strip()[:40]!r} in {where}", cure)
        yield [value for value in values if value is not None]


def _number(cell: str) -> float | None:
    """The number that the cell holds; None for text. 1_000 is text, although Python reads it."""
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


def _parquet(file: Path) -> np.ndarray:
    try:
        import pandas  # here, not above: it takes longer to load than everything else in this folder
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise missing("pandas and pyarrow", "io", "reading .parquet") from error
    try:
        frame = pandas.read_parquet(file, engine="pyarrow")
    except Exception as error:  # Arrow raises its own types, which change between versions
        raise Refusal(f"{file.name} is an intact Parquet file", f"a corrupt one ({error})", WRITE_AGAIN) from error
    for column, dtype in frame.dtypes.items():
        if dtype.kind not in "iuf":
            given = f"column {column!r} of dtype {dtype}"
            raise Refusal(f"{file.name} holds numeric columns", given, f"Drop it: frame.drop(columns=[{column!r}]).")
    return frame.to_numpy(dtype=np.float64, na_value=nan)
