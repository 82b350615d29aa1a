"""What people call the arrays of a network in code: ``W1``, ``images``, ``dW1``, ``params``, ``learning_rate``."""

from __future__ import annotations

import re
from collections.abc import Collection

Meaning = tuple[str, str]
"""What kind of thing a name stands for, and which: ("quantity", "W[1]"), ("gradient", "b[2]"), ("list", "W")."""

STEMS = {"w": "W", "weight": "W", "weights": "W", "theta": "W", "b": "b", "bias": "b", "biases": "b", "z": "z",
         "a": "a", "h": "a"}  # fmt: skip
LISTS = {"w": "W", "ws": "W", "weights": "W", "b": "b", "bs": "b", "bias": "b", "biases": "b", "z": "z", "zs": "z",
         "a": "a", "activations": "a"}  # fmt: skip
WORDS = {
    "input": "x xs a0 image images img imgs inp input inputs data batch x_train x_batch features sample",
    "target": "y ys t target targets label labels y_true y_train y_batch answer ans onehot one_hot expected desired",
    "output": "al y_hat yhat y_pred pred prediction output outputs out probs a_out",
    "params": "params parameters param network net model p",
    "rate": "lr eta alpha learning_rate step_size rate",
    "count": "m n batch_size num_data n_samples",
    "sizes": "sizes layer_sizes layers_dims layer_dims dims",
    "depth": "num_layers n_layers l",
}
KINDS = {word: kind for kind, words in WORDS.items() for word in words.split()}
GRADIENT = re.compile(r"^(?:dj_?d|dl_?d|grads?_?|nabla_?|sum_?d?|d_?|g_?)(.+)$|^(.+?)_?(?:grad|gradient)s?$")


def meaning(name: str, known: Collection[str]) -> Meaning | None:
    """What a name in somebody's code stands for; None where that cannot be guessed."""
    low = name.strip("_").lower()
    plain = _plain(low, known)
    if plain is not None:
        return plain
    found = GRADIENT.match(low)
    if found:
        inner = _plain(found[1] or found[2], known)
        if inner and inner[0] in ("quantity", "list"):
            return {"quantity": "gradient", "list": "gradients"}[inner[0]], inner[1]
    return None


def _plain(low: str, known: Collection[str]) -> Meaning | None:
    numbered = re.fullmatch(r"([a-z]+)_?(\d+)", low)
    if numbered and numbered[1] in STEMS:
        name = f"{STEMS[numbered[1]]}[{numbered[2]}]"
        if name in known:
            return "quantity", name
    if low in LISTS:
        return "list", LISTS[low]
    if low in KINDS:
        return KINDS[low], ""
    return ("quantity", low) if low in known else None
