"""What checks shapes and types in tests: beartype, with int accepted for float, on the first calls in each test."""

from functools import wraps
from inspect import isclass, isfunction

import jaxtyping
from beartype import BeartypeConf, beartype

CALLS = 3  # of a function in one test: an integration calls its flow a thousand times with the same shapes

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
_strict = jaxtyping.jaxtyped
_test = [0]  # how many tests have begun


def next_test():
    """Every function is checked again."""
    _test[0] += 1


def _sampled(fn=None, *, typechecker):
    """jaxtyping's decorator, stepping aside after CALLS calls in a test."""
    if fn is None:
        return lambda fn: _sampled(fn, typechecker=typechecker)
    strict = _strict(typechecker=typechecker)(fn)
    if isclass(fn) or not isfunction(fn):
        return strict
    seen = [-1, 0]

    @wraps(fn)
    def wrapper(*args, **kwargs):
        if seen[0] != _test[0]:
            seen[:] = _test[0], 0
        seen[1] += 1
        return (strict if seen[1] <= CALLS else fn)(*args, **kwargs)

    return wrapper


jaxtyping.jaxtyped = _sampled
