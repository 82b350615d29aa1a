"""The words of speech, in both languages: signs, letters, and what is said around the parts of a formula."""

from __future__ import annotations

from symbackprop.notation.formula import APPLY, TIMES
from symbackprop.notation.glyphs import BOLD_ONE, TRANSPOSE

PARTICLES = frozenset("lmnrLMNR0136780")
"""Letters and digits whose Korean names end in a consonant: 엘, 엠, 엔, 알, 영, 일, 삼, 육, 칠, 팔, 십."""

SIGNS: dict[str, dict[str, str]] = {
    "en": {
        "=": "equals", "+": "plus", "−": "minus", "prefix −": "minus", "prefix +": "plus", "·": "times", "*": "times",
        "@": "times", "•": "element-wise times", "⊙": "element-wise times", "⊗": "outer product", "×": "by",
        TIMES: "times",
        APPLY: "of", "∘": "after", "≤": "is at most", "≥": "is at least", "<": "is less than",
        "prefix <": "less than", ">": "is greater than", "≠": "is not", "≈": "is about", "≝": "is defined as",
        "←": "becomes", "→": "leads to", "prefix →": "through", "∑": "the sum", "∏": "the product", "∧": "and",
        "∨": "or", "¬": "not", "…": "and so on", "⋯": "and so on", "′": "prime", "″": "double prime", "∈": "in",
        "/": "over", ",": ",", ":": ":", "∂": "partial",
    },
    "ko": {
        "=": "은/는", "+": "더하기", "−": "빼기", "prefix −": "마이너스", "prefix +": "플러스", "·": "곱하기",
        "@": "곱하기", "*": "곱하기", "•": "요소별 곱하기", "⊙": "요소별 곱하기", "⊗": "외적", "×": "곱하기",
        TIMES: "곱하기",
        APPLY: "", "∘": "합성", "≤": "작거나 같다", "≥": "크거나 같다", "<": "작다", "prefix <": "미만:", ">": "크다",
        "≠": "같지 않다", "≈": "근삿값", "≝": "은/는", "←": "의 새 값은", "→": "다음은", "prefix →": "거쳐 가는 곳은",
        "∑": "합", "∏": "곱", "∧": "그리고", "∨": "또는", "¬": "아니다", "…": "등등", "⋯": "등등", "′": "프라임",
        "″": "더블 프라임", "∈": "속하는 곳은", "/": "나누기", ",": ",", ":": ":", "∂": "라운드",
    },
}

_KOREAN = """alpha 알파 beta 베타 gamma 감마 delta 델타 epsilon 엡실론 varepsilon 엡실론 zeta 제타 eta 에타 theta 세타
vartheta 세타 iota 이오타 kappa 카파 lambda 람다 mu 뮤 nu 뉴 xi 크사이 pi 파이 varpi 파이 rho 로 varrho 로 sigma 시그마
varsigma 시그마 tau 타우 upsilon 입실론 phi 파이 varphi 파이 chi 카이 psi 프사이 omega 오메가 Gamma 감마 Delta 델타
Theta 세타 Lambda 람다 Xi 크사이 Pi 파이 Sigma 시그마 Upsilon 입실론 Phi 파이 Psi 프사이 Omega 오메가 ell 엘 hbar
에이치바 nabla 나블라 infty 무한대 partial 라운드 tanh 쌍곡탄젠트 exp 익스포넨셜 log 로그 max 최댓값 argmax 최댓값의자리
softmax 소프트맥스 relu 렐루 diag 대각행렬""".split()  # noqa: SIM905 (a table to read)

NAMES: dict[str, dict[str, str]] = {
    "en": {
        "varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho", "varpi": "pi",
        "varsigma": "sigma", "ell": "ell", "infty": "infinity", "hbar": "h bar", "exp": "the exponential",
        "diag": "the diagonal matrix", "relu": "relu", "max": "the maximum", "argmax": "the place of the maximum",
        "log": "the logarithm",
        TRANSPOSE: "transposed", BOLD_ONE: "the vector of ones", "…": "and so on", "ŷ": "y hat", "Ŷ": "Y hat",
        "np.sum": "the sum",
    },
    "ko": dict(zip(_KOREAN[::2], _KOREAN[1::2], strict=True)) | {
        TRANSPOSE: "전치", BOLD_ONE: "1로 된 벡터", "…": "등등", "argmax": "최댓값의 자리", "ŷ": "와이 햇",
        "Ŷ": "와이 햇", "np.sum": "합"},
}

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "partial": "partial {of} by {by}",
        "gradient": "the gradient of {of} by {by}",
        "datum": "datum {label}'s {of}",
        "label": "layer {label}'s {of}",
        "index": "{of} sub {at}",
        "transposed": "{of} transposed",
        "power.2": "{of} squared",
        "power.3": "{of} cubed",
        "power": "{of} to the power {to}",
        "power.long": "{of} to the power {to}, end of power,",
        "over": "{top} over {bottom}",
        "over.long": "the fraction {top}, over {bottom}, end of fraction,",
        "call": "{name} of {of}",
        "call.long": "{name} of, open bracket, {of}, close bracket,",
        "brackets": "open bracket, {of}, close bracket,",
        "case": "1 if {of}, else 0,",
        "absolute": "the absolute value of {of},",
        "sum": "{sign} over {index} from {start} to {end} of",
        "sum.over": "{sign} over {index} of",
        "shape": "{of}, {shape},",
        "by": " by ",
        "named": "{of}, which is {name},",
        "above": "{of} with {above} above",
        "root": "the square root of {of}, end of root,",
        "cases": "by cases: ",
        "case.row": "{value} if {condition}",
        "gone": "{of}, which vanishes,",
    },
    "ko": {
        "partial": "{by}에 대한 {of}의 편미분",
        "gradient": "{by}에 대한 {of}의 그래디언트",
        "datum": "{label}번째 자료의 {of}",
        "label": "{label}층의 {of}",
        "index": "{of} {at}",
        "transposed": "{of}의 전치",
        "power.2": "{of}의 제곱",
        "power.3": "{of}의 세제곱",
        "power": "{of}의 {to} 제곱",
        "power.long": "{of}의 {to} 제곱",
        "over": "{bottom}분의 {top}",
        "over.long": "분수, 분모는 {bottom}, 분자는 {top}, 분수 끝,",
        "call": "{name} {of}",
        "call.long": "{name}, 괄호 열고, {of}, 괄호 닫고,",
        "brackets": "괄호 열고, {of}, 괄호 닫고,",
        "case": "조건 {of}이면 1, 아니면 0,",
        "absolute": "{of}의 절댓값",
        "sum": "{sign}, {index}{topic} {start}부터 {end}까지,",
        "sum.over": "{sign}, {index}에 대하여,",
        "shape": "{of}, {shape} 모양,",
        "by": " 곱하기 ",
        "named": "{of}, 이것이 {name},",
        "above": "{of} 위에 {above}",
        "root": "루트 {of}, 루트 끝,",
        "cases": "경우를 나누면, ",
        "case.row": "{condition}: {value}",
        "gone": "{of}, 사라지는 항,",
    },
}
