"""What is said of a mistake, by its key: in Korean, 합니다체, and in English. ``{name}`` is a slot.

No Korean particle follows a slot: the wording goes round it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from symbackprop.documents.blocks import Lang

SENTENCES: Mapping[str, tuple[str, str]] = {
    "all-zero": ("아직 작성하지 않은 것으로 보입니다. 모든 성분이 0입니다: {name}.",
                 "nothing is implemented yet: every entry is 0 ({name})"),
    "not-a-number": ("수가 아닌 값(NaN, 무한대)이 나옵니다: {name}.",
                     "some entries are no numbers, NaN or infinite ({name})"),
    "activation-derivative-missing-output": (
        "마지막 층에서 활성화 함수의 미분을 빠뜨렸습니다: {function}({z}).",
        "the derivative of the activation is missing at the output: {function}({z})"),
    "activation-derivative-missing-hidden": (
        "은닉층에서 활성화 함수의 미분을 빠뜨렸습니다: {function}({z}).",
        "the derivative of the activation is missing in a hidden layer: {function}({z})"),
    "activation-derivative-cancelled-by-cross-entropy": (
        "교차 엔트로피의 미분과 약분되어 없어진 활성화 함수의 미분을 또 곱했습니다: {function}({z}).",
        "the derivative of the activation, {function}({z}), is there although cross-entropy cancels it"),
    "activation-derivative-extra": (
        "활성화 함수의 미분을 한 번 더 곱했습니다: {function}({z}).",
        "the derivative of the activation stands once too often: {function}({z})"),
    "derivative-at-activation": (
        "활성화 함수의 미분에 선형식의 값이 아니라 뉴런의 출력을 넣었습니다: {function}({a}) → {function}({z}).",
        "the derivative of the activation is taken at the output: {function}({a}) should be {function}({z})"),
    "wrong-derivative": ("활성화 함수의 미분이 틀렸습니다: {function} → {other}.",
                         "the wrong derivative of the activation: {function} should be {other}"),
    "wrong-function": ("함수가 틀렸습니다: {function} → {other}.", "the wrong function: {function} should be {other}"),
    "sign": ("부호가 반대입니다.", "the sign is wrong"),
    "factor": (
        "올바른 값의 상수배입니다. 잘못 곱해진 수: {factor}.",
        "a constant factor is wrong: this is {factor} times what it should be"),
    "factor-missing": ("곱해야 할 것을 빠뜨렸습니다: {name}.", "a factor is missing: {name}"),
    "factor-extra": ("곱하지 말아야 할 것을 곱했습니다: {name}.", "a factor too many: {name}"),
    "mean-missing": ("자료에 대한 평균을 내지 않았습니다. 빠진 것: 1/{size}.",
                     "the mean over the data is missing: 1/{size}"),
    "mean-twice": ("자료에 대한 평균을 두 번 냈습니다. 더 곱해진 것: 1/{size}.",
                   "the mean over the data is taken twice: one 1/{size} too many"),
    "mean-on-one-term": ("평균을 한 항에만 냈습니다: 1/{size}.", "1/{size} stands on one term only"),
    "unit-mean-missing": (
        "출력에 대한 평균을 내지 않았습니다. 빠진 것: 1/{size}.",
        "the 1/{size} of the mean over the outputs is missing"),
    "unit-mean-extra": ("출력에 대한 평균을 한 번 더 냈습니다. 더 곱해진 것: 1/{size}.", "one 1/{size} too many"),
    "size-wrong": ("크기가 틀렸습니다: {name} → {other}.", "the wrong size: {name} should be {other}"),
    "bias-not-summed": (
        "편향의 기울기를 자료에 대하여 더하지 않았습니다.",
        "the gradient of the bias is not summed over the data"),
    "bias-averaged": (
        "편향의 기울기를 더하지 않고 평균을 냈습니다.",
        "the gradient of the bias is averaged where it is to be summed"),
    "bias-summed-too-far": ("편향의 기울기를 너무 많이 더했습니다. 뉴런마다 값이 하나씩 있어야 합니다.",
                            "the gradient of the bias is summed too far: there is one entry a neuron"),
    "sum-missing": ("합을 빠뜨렸습니다.", "a sum is missing"),
    "sum-added": ("더하지 말아야 할 첨자에 대하여 더했습니다.", "a sum that should not be there"),
    "sum-over-other-axis": ("다른 축을 따라 더했습니다.", "the sum is over the other axis"),
    "transpose-missing": ("전치를 빠뜨렸습니다: {name}.", "not transposed: {name}"),
    "transposed": ("전치하지 말아야 할 것을 전치했습니다: {name}.", "transposed, and should not be: {name}"),
    "product-order": ("곱의 순서가 바뀌었습니다.", "the product is in the wrong order"),
    "hadamard-for-product": ("행렬의 곱 대신 요소별 곱을 썼습니다.", "an element-wise product for a matrix product"),
    "matrix-product-for-hadamard": (
        "요소별 곱 대신 행렬의 곱을 썼습니다.",
        "a matrix product for an element-wise product"),
    "matrix-product-for-outer": ("벡터의 외적 대신 행렬의 곱을 썼습니다.", "a matrix product for an outer product"),
    "outer-for-matrix-product": ("행렬의 곱 대신 벡터의 외적을 썼습니다.", "an outer product for a matrix product"),
    "outer-for-hadamard": ("요소별 곱 대신 벡터의 외적을 썼습니다.", "an outer product for an element-wise product"),
    "index-swapped": ("첨자의 순서가 바뀌었습니다: {name}.", "the indices are swapped: {name}"),
    "index-wrong": (
        "{name}: 첨자가 틀렸습니다: {index} → {other}.",
        "the wrong index of {name}: {index} should be {other}"),
    "layer-off-by-one": ("층의 번호가 하나 어긋났습니다: {name} → {other}.",
                         "the layer is off by one: {name} should be {other}"),
    "time-off-by-one": ("시각이 하나 어긋났습니다: {name}.", "the time is off by one: {name}"),
    "wrong-operand": ("엉뚱한 값을 썼습니다: {name} → {other}.", "the wrong quantity: {name} should be {other}"),
    "term-extra": ("더하지 말아야 할 항이 있습니다: {name}.", "a term too many: {name}"),
    "path-forgotten": ("손실로 가는 경로 하나를 빠뜨렸습니다: {name}.", "a path to the loss is forgotten: {name}"),
    "epsilon-inside": ("ε을 근호 안에 두었습니다. 밖에 있어야 합니다.", "ε stands inside the root and belongs outside"),
    "epsilon-outside": (
        "ε을 근호 밖에 두었습니다. 안에 있어야 합니다.",
        "ε stands outside the root and belongs inside"),
    "epsilon-dropped": ("ε을 빠뜨렸습니다.", "ε is dropped"),
    "softmax-diagonal-only": (
        "소프트맥스의 야코비 행렬에서 대각 성분만 썼습니다.",
        "only the diagonal of the Jacobian of the softmax"),
    "softmax-axis": ("소프트맥스의 축이 틀렸습니다.", "the softmax is over the wrong axis"),
    "softmax-twice": ("소프트맥스를 두 번 썼습니다.", "softmax is applied twice"),
    "regulariser-factor": ("정칙화 항의 상수가 틀렸습니다. 곱해진 수: {factor}.",
                           "the constant of the regulariser is wrong: {factor} times what it should be"),
    "regulariser-on-bias": ("편향까지 정칙화했습니다.", "the biases are regularised too"),
    "regulariser-divided": (
        "정칙화 항을 자료의 수로 나누었습니다.",
        "the regulariser is divided by the number of data"),
    "regulariser-forgotten": ("정칙화 항을 빠뜨렸습니다: λ {name}.", "the regulariser is forgotten: λ {name}"),
    "regulariser-extra": ("있어서는 안 되는 정칙화 항이 있습니다.", "a regulariser that should not be there"),
    "updated-before-use": ("이미 고친 가중치를 썼습니다: {name}.", "weights are updated before they are used: {name}"),
    "mask-dropped": ("마스크(게이트)를 빠뜨렸습니다: {name}.", "a mask or gate is dropped: {name}"),
    "kernel-not-turned": (
        "합성곱의 커널을 뒤집지 않았습니다: {name}.",
        "the kernel of the convolution is not turned: {name}"),
    "scale-forgotten": ("나눗수(배율)를 빠뜨렸습니다: {factor}.", "a scale is forgotten: {factor}"),
    "logarithm-base": ("로그의 밑이 다릅니다. 곱해진 수: {factor}.", "the logarithm has another base: {factor} times"),
    "if-loss-without-half": ("손실에 ½이 없으면 맞습니다.", "right if the loss had no ½"),
    "if-loss-halved": ("손실에 ½을 곱하면 맞습니다.", "right if the loss were halved"),
    "if-loss-summed": ("자료에 대하여 평균이 아니라 합을 낸 손실의 기울기입니다 (자료의 수: {size}).",
                       "this is the gradient of the loss summed over the batch of {size}, not averaged"),
    "if-outputs-summed": ("출력에 대하여 평균이 아니라 합을 낸 손실의 기울기입니다 (출력의 수: {size}).",
                          "right if the loss were summed over the {size} outputs instead of averaged"),
    "if-outputs-averaged": ("출력에 대하여 합이 아니라 평균을 낸 손실의 기울기입니다 (출력의 수: {size}).",
                            "right if the loss were averaged over the {size} outputs instead of summed"),
    "if-linear-output": ("마지막 층에 활성화 함수가 없어서 출력이 선형식의 값 그대로이면 맞습니다: {z}.",
                         "right for a linear output: {z} as it stands"),
    "if-activation": (
        "활성화 함수가 다르면 맞습니다: {function} → {other}.",
        "right for {other} instead of {function}"),
    "if-softmax-cross-entropy": ("출력이 소프트맥스이고 손실이 교차 엔트로피이면 맞습니다.",
                                 "right if the output were softmax with cross-entropy"),
    "if-loss-squares": ("손실이 제곱오차 ½ Σ (a − y)²이면 맞습니다.",
                        "right if the loss were the squares ½ Σ (a − y)²"),
    "if-loss-cross-entropy": ("손실이 출력마다의 이진 교차 엔트로피이면 맞습니다.",
                              "right if the loss were the binary cross-entropy of each output"),
    "if-epsilon-zero": ("ε = 0이면 맞습니다.", "right at ε = 0"),
    "if-without-regulariser": ("정칙화가 없으면 맞습니다.", "right without the regulariser"),
    "fine-vanishing-term": ("맞습니다. 없어도 되는 항이 있습니다: 그 항은 언제나 0입니다.",
                            "right: one term looks superfluous, and it is, being always 0"),
    "fine-vanishing-path": ("맞습니다. 경로 하나가 빠진 듯하지만 그 항은 언제나 0입니다: ∂{name}/∂{by} = 0.",
                            "right: a path seems to be missing, but what it would add is always 0: ∂{name}/∂{by} = 0"),
    "fine-mean-elsewhere": ("맞습니다. 자료에 대한 평균은 앞에서 계산한 값에 이미 들어 있습니다: 1/{size}.",
                            "right: the 1/{size} is not here since the reused derivative already holds it"),
    "fine-sign-convention": ("맞습니다. 오차항의 부호를 반대로 정했을 뿐입니다.",
                             "right: the error term merely has the opposite sign by convention"),
    "fine-slope-through-output": ("맞습니다. 활성화 함수의 미분을 뉴런의 출력으로 나타냈습니다.",
                                  "right: the derivative of the activation is written through its output"),
}
_AND = ("틀린 곳이 하나 더 있습니다. {more}", "; and besides: {more}")
_SLOT = re.compile(r"\{(\w+)\}")


def slots(kind: str) -> frozenset[str]:
    """The words that the sentences of a kind need."""
    return frozenset(name for text in SENTENCES[kind] for name in _SLOT.findall(text))


def sentence(kind: str, words: Mapping[str, str], lang: Lang) -> str:
    """What a kind of mistake is called, its words filled in. A word that nobody gave is shown as …; a kind that is not
    in the catalogue by its key. ``second`` in the words is a further mistake in the same formula."""
    which = int(lang == "en")
    text = _filled(SENTENCES[kind][which], words) if kind in SENTENCES else f"{kind}"
    second = words.get("second", "")
    if second not in SENTENCES:
        return text
    more = _filled(SENTENCES[second][which], words)
    return f"{text} {_AND[0].format(more=more)}" if lang == "ko" else text + _AND[1].format(more=more)


def _filled(text: str, words: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda found: words.get(found[1]) or "…", text)
