"""What is said round verdicts, in both languages side by side: (Korean, English)."""

from __future__ import annotations

from collections.abc import Mapping

from symbackprop.documents.blocks import Lang

SENTENCES: Mapping[str, tuple[str, str]] = {
    "right": ("맞습니다", "right"),
    "wrong": ("틀렸습니다", "wrong"),
    "undecided": ("판정할 수 없습니다", "undecided"),
    "consistent": ("수치로는 일치합니다", "consistent"),
    "unread": ("읽을 수 없습니다", "unread"),
    "count.right": ("맞음 {n}개", "{n} right"),
    "count.wrong": ("틀림 {n}개", "{n} wrong"),
    "count.undecided": ("판정하지 못함 {n}개", "{n} undecided"),
    "count.consistent": ("수치로만 일치 {n}개", "{n} consistent"),
    "count.unread": ("읽지 못함 {n}개", "{n} unread"),
    "count.mentions": ("등식이 아니어서 넘어간 식 {n}개", "{n} mentions passed over"),
    "count.mention": ("등식이 아니어서 넘어간 식 1개", "1 mention passed over"),
    "nothing": ("판정할 식이 없습니다", "no formula to judge"),
    "line": ("{line}행", "line {line}"),
    "place": ("식 {line}", "formula {line}"),
    "read": ("읽은 식", "read as"),
    "choices": ("해석", "understood"),
    "where": ("반례", "differs"),
    "why": ("이유", "reason"),
    "repair": ("고친 식", "repair"),
    "also": ("또는", "or"),
    "ours": ("유도한 결과", "our derivation"),
    "tested": ("검산", "tested"),
    "gives": ("적은 식의 값: {formula}", "the formula gives {formula}"),
    "differs": ("이 성분에서 두 변의 값이 다릅니다", "the two sides differ at this entry"),
    "truth": ("실제 값: {truth}", "the true value is {truth}"),
    "method.exact": ("정확한 계산", "exact"),
    "method.proof": ("증명", "by proof"),
    "method.interval": ("구간 계산", "intervals"),
    "method.float": ("유한한 자릿수의 수치 계산", "in floating point"),
    "method.digits": ("50자리 수치 계산", "by 50 digits"),
    "method.points": ("몇 점에서의 수치 계산뿐이므로 맞다고 할 수 없습니다",
                      "numbers at some points only: this proves nothing"),
    "bound": ("틀린 식이 통과할 확률 {bound}", "a wrong formula passes with probability {bound}"),
    "sizes": ("크기 {sizes}", "sizes {sizes}"),
    "branches": ("경우 {n}가지", "{n} branches"),
    "branch": ("경우 1가지", "1 branch"),
    "assumptions": ("가정: {assumptions}", "assumptions: {assumptions}"),
    "title": ("손으로 유도한 식의 판정", "Formulas derived by hand, judged"),
    "lead": ("신경망 {network}", "network {network}"),
    "file": ("제출한 파일", "submission"),
    "notation": ("표기법 {notation}", "notation {notation}"),
    "source": ("적은 그대로", "as typed"),
    "legend": (
        "✓ 모든 입력에서 두 변이 같습니다. ✗ 두 변이 다른 점이 있습니다. ? 같은지 다른지 밝히지 못했습니다."
        " ≈ 몇 점에서 소수로만 일치하므로 맞다고 할 수 없습니다. ! 식을 읽지 못했습니다.",
        "✓ the two sides are equal whatever the input. ✗ there is a point where they differ. ? neither could be shown."
        " ≈ they agree in floats at some points, which is not enough to be called right. ! could not be read.",
    ),
    "method": (
        "판정은 이 도구가 유도한 식이 아니라 순전파의 식을 직접 미분한 값과 비교하여 내렸습니다.",
        "Every formula is held against the derivative of the forward equations, not against our derivation.",
    ),
    "made": ("symbackprop {version}에서 만들었습니다.", "Made with symbackprop {version}."),
}


def said(lang: Lang, key: str, **slots: object) -> str:
    """A sentence with its slots filled."""
    return SENTENCES[key][0 if lang == "ko" else 1].format(**slots)
