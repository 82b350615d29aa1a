"""What is said in a notebook and on a plot, in both languages side by side: (Korean, English)."""

from __future__ import annotations

from collections.abc import Mapping

from symbackprop.documents.blocks import Lang

SENTENCES: Mapping[str, tuple[str, str]] = {
    "module": ("NumPy 코드", "NumPy code"),
    "module.says": (
        "위의 식을 행렬 꼴로 옮긴 모듈입니다. 자료는 열이고, NumPy만 있으면 실행됩니다.",
        "The formulas above in matrix form, as a module. Data are columns; nothing but NumPy is needed."),
    "module.none": ("이 유도에는 코드가 없습니다.", "There is no code for this derivation."),
    "module.depth": (
        "층의 수가 기호이므로, 아래의 코드와 검산은 층이 3개인 신경망에 대한 것입니다.",
        "The number of layers is a symbol: the code and the check below are for three of them."),
    "values": ("값", "Values"),
    "values.says": (
        "매개변수와 자료입니다. 다른 수로 바꾸고 아래의 칸을 다시 실행해 보십시오.",
        "The parameters and the data. Put in other numbers and run the cells below again."),
    "run": ("손실과 기울기", "Loss and gradients"),
    "run.says": (
        "역전파를 한 번 실행하면 모든 기울기를 얻습니다.",
        "One run of backpropagation gives every gradient."),
    "check": ("수치 검산", "Numeric check"),
    "check.says": (
        "유도한 식을 전혀 쓰지 않고, 매개변수를 조금씩 움직일 때 손실이 변하는 비율을 재어 기울기와 비교합니다."
        " 하나라도 어긋나면 마지막 줄에서 멈춥니다.",
        "Each parameter is moved a little, and the change of the loss is held against the gradient: no derived formula"
        " is used for that. If one gradient is off, the last line stops the notebook."),
    "slope": (
        "J(p + hu)의 h에 대한 기울기: 중앙차분 D(h)와 D(h/2)에서 h²의 오차를 지웁니다.",
        "The slope of J(p + hu) in h: central differences D(h) and D(h/2), their error of order h² removed."),
    "resolution": (
        "이보다 작은 기울기는 차분으로 가려낼 수 없습니다",
        "a gradient smaller than this is beyond what differences can tell"),
    "directions": (
        "성분이 32개까지는 하나씩, 더 많으면 임의의 방향 6개",
        "up to 32 entries one by one, beyond that six directions at random"),
    "steps": (
        "꺾인 점을 넘어가면 더 작게",
        "smaller where it would cross a kink"),
    "long": (
        "{network}: 기울기 {count}개의 유도입니다. 한 칸에 보이기에는 길므로 d.save(\"page.html\")로 저장하거나"
        " d[\"W\", 2]처럼 하나씩 보십시오.",
        "{network}: the derivation of {count} gradients. It is too long for a cell: d.save(\"page.html\") writes it,"
        " and d[\"W\", 2] shows one."),
    "error": ("상대 오차", "relative error"),
    "right": ("맞음", "right"),
    "wrong": ("틀림", "WRONG"),
    "passed": ("모든 기울기가 수치 미분과 일치합니다.", "Every gradient agrees with numeric differentiation."),
    "failed": ("수치 미분과 다른 기울기가 있습니다.", "Some gradients differ from numeric differentiation."),
    "plot.layer": ("층 (손실에 가까운 층부터)", "layer, from the loss on"),
    "plot.reuse": ("경로의 인자: 새로 계산한 것과 다시 쓴 것", "Factors of the path: new and reused"),
    "plot.reuse.axis": ("인자의 수", "factors"),
    "plot.new": ("새로 계산한 인자", "new"),
    "plot.reused": ("앞에서 계산한 인자", "computed before"),
    "plot.size": ("기울기를 모두 구하는 연산의 수", "Operations for all gradients so far"),
    "plot.size.axis": ("연산의 수 (누적)", "operations, added up"),
    "plot.with": ("다시 쓰면", "with reuse"),
    "plot.without": ("다시 쓰지 않으면", "without reuse"),
    "plot.sympy": ("합성함수를 SymPy로 바로 미분하면", "SymPy, from the composite loss"),
    "plot.gradients": ("층마다 기울기의 크기", "Size of the gradients, layer by layer"),
    "plot.gradients.axis": ("가중치 기울기의 제곱평균제곱근", "root mean square of the weights' gradient"),
    "plot.rms": ("임의의 값 20벌의 중앙값과 80% 구간", "median of 20 random draws, and where 80% lie"),
    "plot.rms.here": ("주어진 값에서", "at the values given"),
    "plot.font": (
        "한글 글꼴을 찾지 못하여 그림의 글을 영어로 적었습니다. 글꼴을 설치하십시오: fonts-nanum 또는 fonts-noto-cjk",
        "no font with Hangul was found, so the words are in English; install fonts-nanum or fonts-noto-cjk"),
}


def told(lang: Lang, key: str, **slots: object) -> str:
    """A sentence with its slots filled."""
    return SENTENCES[key][0 if lang == "ko" else 1].format(**slots)
