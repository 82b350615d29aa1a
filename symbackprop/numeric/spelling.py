"""Helpers of generated code: functions spelled so that they neither overflow nor divide 0 by 0.

Each row is a value a test compares with the definition of the function it stands for.
"""

from __future__ import annotations

from collections.abc import Iterable

SIGMOID = '''\
def sigmoid(z):
    """1 / (1 + exp(-z)), written with tanh: no overflow."""
    a = np.asarray(0.5 * z)
    np.tanh(a, out=a)
    a *= 0.5
    a += 0.5
    return a
'''
HELPERS: dict[str, str] = {
    "sigmoid": SIGMOID,
    "inside": '''\
def inside(a):
    """Probabilities kept off 0 and 1 by the least amount there is, so that they have logarithms."""
    return np.clip(a, np.finfo(float).tiny, 1 - np.finfo(float).epsneg)
''',
    "sigmoid_prime": '''\
def sigmoid_prime(z):
    """The derivative of sigmoid at z."""
    a = sigmoid(z)
    return a * (1 - a)
''',
    "tanh_prime": '''\
def tanh_prime(z):
    """The derivative of tanh at z."""
    return 1 - np.tanh(z) ** 2
''',
    "relu_prime": '''\
def relu_prime(z):
    """The derivative of relu at z, 0 at 0."""
    return np.where(z > 0, 1.0, 0.0)
''',
    "leaky_relu": '''\
def leaky_relu(z):
    """z where it is positive, a hundredth of it elsewhere."""
    return np.where(z > 0, z, 0.01 * z)
''',
    "leaky_relu_prime": '''\
def leaky_relu_prime(z):
    """The derivative of leaky_relu at z, 0.01 at 0."""
    return np.where(z > 0, 1.0, 0.01)
''',
    "softplus": '''\
def softplus(z):
    """log(1 + exp(z)): no overflow."""
    return np.logaddexp(0, z)
''',
    "softmax": '''\
def softmax(z, axis):
    """exp(z) / sum(exp(z)) along an axis, shifted by the maximum: no overflow."""
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
''',
    "logsumexp": '''\
def logsumexp(z, axis):
    """log(sum(exp(z))) along an axis, shifted by the maximum: no overflow."""
    top = z.max(axis=axis, keepdims=True)
    return (top + np.log(np.exp(z - top).sum(axis=axis, keepdims=True))).squeeze(axis)
''',
    "classes": '''\
def classes(name, value, count):
    """Refuse what is not the number of a class, counted from 1."""
    if not np.all((value >= 1) & (value <= count) & (value == np.round(value))):
        raise ValueError(f"{name} must hold class numbers, whole numbers from 1 to {count}")
''',
    "erf": '''\
def erf(z):
    """The error function."""
    return np.vectorize(math.erf, otypes=[float])(z)
''',
    "axis": '''\
def axis(first, last, place, of):
    """An index from first to last, as an array along one of so many axes."""
    return np.arange(first, last + 1).reshape([-1 if p == place else 1 for p in range(of)])
''',
    "read": '''\
def read(array, *indices):
    """The entries at these indices, counted from 1; 0 outside the range."""
    bounds = list(zip(indices, array.shape))
    inside = np.logical_and.reduce(np.broadcast_arrays(*((i >= 1) & (i <= n) for i, n in bounds)))
    return np.where(inside, array[tuple(np.clip(i, 1, n) - 1 for i, n in bounds)], 0.0)
''',
    "grid": '''\
def grid(*sizes):
    """Indices from 1 to each size, each along an axis of its own."""
    return np.ix_(*(np.arange(1, n + 1) for n in sizes))
''',
    "scatter": '''\
def scatter(values, shape, *indices):
    """Zeros to which the values are added at these indices, counted from 1."""
    result = np.zeros(shape)
    np.add.at(result, tuple(i - 1 for i in indices), values)
    return result
''',
    "at": '''\
def at(array, t, axis=0):
    """The array at time t; 0 before the first time and after the last."""
    if 0 <= t < array.shape[axis]:
        return array.take(t, axis)
    return np.zeros(np.delete(array.shape, axis))
''',
    "shifted": '''\
def shifted(array, by, axis=0):
    """What stands so many places further on; 0 outside the range."""
    places = np.arange(array.shape[axis]) + by
    inside = (places >= 0) & (places < array.shape[axis])
    result = np.moveaxis(np.zeros_like(array), axis, 0)
    result[inside] = np.moveaxis(array, axis, 0)[places[inside]]
    return np.moveaxis(result, 0, axis)
''',
    "winners": '''\
def winners(values, axes):
    """Where along each of the last axes the first of the greatest values stands, counted from 1."""
    rows = values.reshape(*values.shape[:-axes], -1)
    return [place + 1 for place in np.unravel_index(rows.argmax(axis=-1), values.shape[-axes:])]
''',
    "wins": '''\
def wins(values, *places):
    """1 where the first of the greatest values stands at these places of the last axes, else 0."""
    found = winners(values, len(places))
    return np.where(np.logical_and.reduce(np.broadcast_arrays(*map(np.equal, found, places))), 1.0, 0.0)
''',
}
NEEDS: dict[str, tuple[str, ...]] = {"sigmoid_prime": ("sigmoid",), "wins": ("winners",)}
CALLS: dict[str, str] = {
    "tanh": "np.tanh({z})",
    "relu": "np.maximum({z}, 0)",
}
"""Named functions that need no helper of their own: how they are called."""
NUMPY_NAMES: dict[str, str] = {
    **{name: f"np.{name}" for name in ("exp", "log", "tanh", "sin", "cos", "tan", "sinh", "cosh", "sqrt", "sign")},
    "Abs": "np.abs", "atan": "np.arctan", "asinh": "np.arcsinh", "erf": "erf",
}  # fmt: skip


def with_needed(used: Iterable[str]) -> list[str]:
    """The helpers used and those they use, in the order of the table."""
    wanted = {n for name in used for n in (name, *NEEDS.get(name, ()))}
    return [name for name in HELPERS if name in wanted]
