"""What people call the arrays of a network in code: ``W1``, ``images``, ``dW1``, ``params``, ``learning_rate``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

Meaning = tuple[str, str]
"""What kind of thing a name stands for, and which: ("quantity", "W[1]"), ("gradient", "b[2]"), ("list", "W")."""

STEMS = {"w": "W", "weight": "W", "weights": "W", "theta": "W", "syn": "W", "가중치": "W", "b": "b", "bias": "b",
         "biases": "b", "편향": "b", "절편": "b", "z": "z", "a": "a", "h": "a"}  # fmt: skip
LISTS = {"w": "W", "ws": "W", "weights": "W", "가중치": "W", "가중치들": "W", "b": "b", "bs": "b", "bias": "b",
         "biases": "b", "편향": "b", "편향들": "b", "z": "z", "zs": "z", "a": "a", "activations": "a"}  # fmt: skip
WORDS = {
    "input": "x xs a0 image images img imgs inp input inputs inputs_list data batch x_train x_batch features sample "
             "이미지 이미지들 입력 입력값 데이터 자료 그림 그림들",
    "target": "y ys t target targets targets_list label labels y_true y_train y_batch answer ans onehot one_hot "
              "expected desired 정답 정답들 레이블 라벨 목표 목표값 타겟 타깃",
    "output": "al y_hat yhat y_pred pred prediction predictions output outputs out probs a_out 출력 예측 예측값",
    "params": "params parameters param params_values network net model p theta thetas nn_params 매개변수",
    "rate": "lr eta alpha learning_rate learningrate step_size rate 학습률",
    "count": "m n batch_size num_data n_samples 개수 데이터수 자료수",
    "sizes": "sizes layer_sizes layers_dims layer_dims dims layers shape architecture",
    "depth": "num_layers n_layers l 층수",
}  # fmt: skip
KINDS = {word: kind for kind, words in WORDS.items() for word in words.split()}
BETWEEN = {"wih": "W", "wi": "W", "wxh": "W", "weightsih": "W", "weightsinputhidden": "W", "winputhidden": "W",
           "weightsinput": "W", "bih": "b", "bh": "b", "biash": "b", "biashidden": "b", "hiddenbias": "b",
           "who": "W2", "wo": "W2", "why": "W2", "weightsho": "W2", "weightshiddenoutput": "W2", "whiddenoutput": "W2",
           "bho": "b2", "bo": "b2", "biaso": "b2", "biasoutput": "b2", "outputbias": "b2"}  # fmt: skip
"""Names of a net with one hidden layer, by what they join; underscores left out."""
SIZES = re.compile(r"(?:n|num|size|dim)?_?(inp?|inputs?|x|in_?features|hidden|h|hid|out|outputs?|labels|classes|y)"
                   r"_?(?:layer)?_?(?:size|nodes|dim|units|features|neurons|num|n)?|(입력|은닉|출력)_?(?:층)?_?(?:수|크기|개수)?")
"""The size of a layer by its place: ``input_layer_size``, ``n_h``, ``num_labels``, ``은닉수``."""
GRADIENT = re.compile(r"^(?:dj_?d|dl_?d|dc_?d|delta_?nabla_?|grads?_?|nabla_?|sum_?d?|d_?|g_?|기울기_?|미분_?)(.+)$"
                      r"|^(.+?)_?(?:grad|gradient|기울기|미분)s?$")  # fmt: skip


class Known(dict[str, Any]):
    """The quantities of a network by name. ``first``: the number the first layer has in somebody's code."""

    first = 1

    def counted(self, names: Iterable[str]) -> Known:
        """The same, numbered as these names are: ``W0``, ``b0`` or ``syn0`` say that layers are counted from 0."""
        found = Known(self)
        zero = (re.fullmatch(r"d?([^\W\d_]+)_?0", n.lower()) for n in names)
        found.first = 0 if any(z and STEMS.get(z[1]) in ("W", "b") for z in zero) else 1
        return found


def meaning(name: str, known: Collection[str]) -> Meaning | None:
    """What a name in somebody's code stands for; None where that cannot be guessed."""
    low = name.strip("_").lower()
    plain = _plain(low, known)
    if plain is not None:
        return plain
    found = GRADIENT.match(low)
    if found:
        inner = _plain((found[1] or found[2]).strip("_"), known)
        if inner and inner[0] in ("quantity", "list"):
            return {"quantity": "gradient", "list": "gradients"}[inner[0]], inner[1]
    return None


def _plain(low: str, known: Collection[str]) -> Meaning | None:
    numbered = re.fullmatch(r"([^\W\d_]+)_?(\d+)", low)
    if numbered and numbered[1] in STEMS:
        letter = STEMS[numbered[1]]
        name = f"{letter}[{int(numbered[2]) + (1 - getattr(known, 'first', 1) if letter in 'Wb' else 0)}]"
        if name in known:
            return "quantity", name
    between = BETWEEN.get(low.replace("_", ""))
    if between is not None and "W[2]" in known and "W[3]" not in known:
        return "quantity", f"{between[0]}[{between[1:] or 1}]"
    if low in LISTS:
        return "list", LISTS[low]
    if low in KINDS:
        return KINDS[low], ""
    place = SIZES.fullmatch(low)
    word = (place[1] or place[2]) if place else low
    if place and word != low:
        return "size", {"i": "first", "x": "first", "입": "first", "h": "hidden", "은": "hidden"}.get(word[0], "last")
    return ("quantity", low) if low in known else None


def bias_like(name: str, known: Collection[str]) -> bool:
    """May a name in somebody's code be that of biases, or of their gradients?"""
    low = name.strip("_").lower()
    counted = re.sub(r"_?0$", "1", low)
    return any((meaning(n, known) or ("", ""))[1].startswith("b") for n in (low, counted)) \
        or BETWEEN.get(low.replace("_", ""), "").startswith("b")
