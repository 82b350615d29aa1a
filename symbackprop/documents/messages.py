"""Errors in Korean: the sentences people meet most, by pattern; whatever has no pattern stays as it is."""

from __future__ import annotations

import re

_WORDS: tuple[tuple[str, str], ...] = (
    (r"\(line (\d+), column (\d+)\)", r"(\1행 \2열)"),
    (r"did you mean ('.*?')\?", r"\1 아닌가요?"),
    (r"\bknown: ", "쓸 수 있는 이름: "),
    (r"unknown activation ('.*?')", r"\1은(는) 모르는 활성화 함수입니다"),
    (r"unknown loss ('.*?')", r"\1은(는) 모르는 손실함수입니다"),
    (r"unknown function ('.*?')", r"\1은(는) 모르는 함수입니다"),
    (r"unknown notation ('.*?')", r"\1은(는) 모르는 표기법입니다"),
    (r"unknown kind ('.*?')", r"\1은(는) 모르는 층 종류입니다"),
    (r"unknown key ('.*?') of (?:a network|a dense layer|\[input\]|a layer by formulas)", r"\1은(는) 모르는 키입니다"),
    (r"a network has at least two sizes, input and output", "신경망에는 입력과 출력, 적어도 두 개의 크기가 필요합니다"),
    (r"a layer of size (-?\d+): sizes are 1 or more", r"층의 크기가 \1입니다. 크기는 1 이상이어야 합니다"),
    (r"a size of (\S+): the limit is (\S+)", r"크기가 \1입니다. 한도는 \2입니다"),
    (r"([\d,]+) layers; the limit is ([\d,]+)", r"층이 \1개입니다. 한도는 \2개입니다"),
    (r"('.*?') is not a size", r"\1은(는) 크기가 아닙니다"),
    (r"a size is missing", "크기가 빠져 있습니다"),
    (r"a size is a whole number \(10\^6 allowed\) or a name such as n1",
     "크기는 자연수(10^6도 가능)나 n1 같은 이름입니다"),
    (r"the index (\w+) is not bound", r"첨자 \1이(가) 묶여 있지 않습니다"),
    (r"sum over it, (sum\(.*?\)), or put it on the left side", r"\1로 더하거나 왼쪽 변에 두십시오"),
    (r"index (\w+) runs over (\S+) and, in (\S+), over (\S+)", r"첨자 \1의 범위가 \2인데 \3에서는 \4입니다"),
    (r"expected (.*?) but found (.*?)(?= \()", r"\1이(가) 와야 하는데 \2이(가) 있습니다"),
    (r"the end of the formula", "식의 끝"),
    (r"there is no quantity (\S+) here", r"여기에는 \1이(가) 없습니다"),
    (r"the loss (\w+) needs an? (\w+) output, but the last layer's activation is (\w+)",
     r"손실함수 \1에는 \2 출력이 필요한데 마지막 층의 활성화 함수가 \3입니다"),
    (r"the loss (\w+) takes logarithms of outputs between 0 and 1, but the last layer's activation is (\w+)",
     r"손실함수 \1은(는) 0과 1 사이의 출력에 로그를 취하는데 마지막 층의 활성화 함수가 \2입니다"),
    (r"the loss (\w+) compares scores of either sign, not outputs between 0 and 1, but the last layer's activation is "
     r"(\w+)", r"손실함수 \1은(는) 양수와 음수인 점수를 비교하는데 마지막 층의 활성화 함수가 \2입니다"),
    (r"write (:\w+) after the last layer, or take the loss (.+)",
     r"마지막 층 뒤에 \1을(를) 쓰거나 손실함수를 \2로 바꾸십시오"),
    (r"unknown regulariser ('.*?')", r"\1은(는) 모르는 정칙화입니다"),
    (r"with these values (\S+) is not a finite number: it takes the logarithm of 0, or of a number that is not "
     r"positive; it is ", r"이 값에서는 \1이(가) 유한한 수가 아닙니다. 0이나 음수에 로그를 취합니다: "),
    (r"(\S+) must hold whole numbers from 1 to (\d+), the numbers of the classes; it holds (\S+)",
     r"\1은(는) 1부터 \2까지의 분류 번호여야 하는데 \3이(가) 있습니다"),
    (r"cannot read (.*?): (.*)", r"\1 파일을 읽을 수 없습니다: \2"),
    (r"(\S+) is not TOML: ", r"\1은(는) TOML이 아닙니다: "),
    (r"(the TOML|\S+\.toml): is empty", r"\1: 비어 있습니다"),
    (r", line (\d+): ", r", \1행: "),
    (r"the format (\S+) is not part of this version; there are ", r"\1 형식은 이 판에 없습니다. 쓸 수 있는 형식: "),
    (r"depths other than L = ([\d, ]+): at these the chapters were stamped and checked",
     r"L = \1 이외의 깊이 (이 깊이들에서는 위의 식에 층의 번호를 넣어 검산했습니다)"),
    (r"the size of the input is missing before the ellipsis", "줄임표 앞에 입력의 크기가 없습니다"),
    (r"the size of the last layer is missing after the ellipsis", "줄임표 뒤에 마지막 층의 크기가 없습니다"),
    (r"a second ellipsis: one says how the depth goes on", "줄임표가 둘입니다. 하나이면 됩니다"),
    (r"only the first and the last size stand beside an ellipsis", "줄임표의 앞뒤에는 크기를 하나씩만 둡니다"),
    (r"an ellipsis is three dots that stand alone between two '-'", "줄임표는 두 '-' 사이에 따로 놓인 점 세 개입니다"),
    (r"nothing says which sizes stand between (\S+) and (\S+)", r"\1, \2 사이의 크기를 알 수 없습니다"),
    (r"write n0-\.\.\.-nL, or one number for every layer, as in 1-\.\.\.-1; activations as in ",
     "n0-...-nL로 쓰거나, 모든 층의 크기가 같으면 1-...-1처럼 씁니다. 활성화 함수를 적는 법: "),
    (r"^.*? needs a number of layers, and here it is the symbol L; give the depth: (\S+), or (\S+) in Python",
     r"이 일을 하려면 층의 수가 필요한데 여기서는 기호 L입니다. 층의 수를 정하십시오: \1, 파이썬에서는 \2"),
    (r"there is no formula in (.+?); formulas stand between (.*)",
     r"\1에 식이 없습니다. 식은 다음과 같이 적습니다: \2"),
    (r"(\S+): (\d+) formulas, none of which says that something equals something",
     r"\1: 식이 \2개 있으나 등식이 없습니다"),
    (r"(\S+) is empty; write formulas one a line, or a page in Markdown or TeX",
     r"\1: 비어 있습니다. 한 줄에 식 하나씩, 또는 Markdown이나 TeX로 쓰십시오"),
    (r"(\S+) is not text: byte (\d+) is 0", r"\1: 글이 아닙니다(바이트 \2의 값이 0입니다)"),
    (r"(\S+) is not UTF-8: byte (\d+) is (\S+); save it as UTF-8",
     r"\1: UTF-8이 아닙니다(바이트 \2의 값이 \3입니다). UTF-8로 저장하십시오"),
    (r"(\S+) is not UTF-8 \(byte (\d+) is (\S+)\); it was read as CP949",
     r"\1: UTF-8이 아니어서(바이트 \2의 값이 \3입니다) CP949로 읽었습니다"),
    (r"(\S+) is a folder; give the name of a file in it", r"\1: 폴더입니다. 그 안의 파일 이름을 쓰십시오"),
    (r"(\S+) is a program: name the function that is to be judged, (\S+)",
     r"\1: 프로그램입니다. 판정할 함수의 이름을 쓰십시오: \2"),
    (r"the (\S+) is never closed; (\S+) is missing", r"닫히지 않은 기호: \1 (빠진 것: \2)"),
    (r"the (\S+) is never closed in its paragraph", r"그 문단 안에서 닫히지 않은 기호: \1"),
    (r"(\S+) is never ended; (\S+) is missing", r"끝나지 않은 환경: \1 (빠진 것: \2)"),
    (r"it begins with an equals sign, and there is no equation before it to go on with",
     "등호로 시작하는데, 앞에 이어 갈 등식이 없습니다"),
    (r"not judged, stood beside it: ", "옆에 있던 것(판정하지 않음): "),
    (r"give formulas either as FILE \(or -\) or with -e, once", "식은 파일(또는 -)이나 -e 가운데 하나로만 주십시오"),
    (r"No such file or directory", "그런 파일이나 폴더가 없습니다"),
    (r"Permission denied", "권한이 없습니다"),
    (r"the following arguments are required: ", "다음 인수가 필요합니다: "),
    (r"unrecognized arguments: ", "알 수 없는 인수: "),
)
_PATTERNS = tuple((re.compile(pattern), korean) for pattern, korean in _WORDS)


def localised(text: str, lang: str) -> str:
    """The message in the language asked for."""
    if lang != "ko":
        return text
    for pattern, korean in _PATTERNS:
        text = pattern.sub(korean, text)
    return text
