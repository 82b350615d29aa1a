"""Losses for one datum, in the formula language: ``a`` is the output, ``y`` the target, ``n`` the number of outputs."""

from __future__ import annotations

from dataclasses import dataclass

from symbackprop.language.errors import NetworkError, nearest
from symbackprop.language.quantity import DomainKind
from symbackprop.networks.activations import ACTIVATIONS

ANY, PROBABILITIES, SCORES = "any", "probabilities", "scores"


@dataclass(frozen=True)
class Loss:
    """``output``: what the loss takes, any numbers, probabilities, scores of either sign, or what one activation gives
    (its name). ``target`` is what y may hold. ``kink``: the derivative jumps somewhere."""

    name: str
    formula: str
    says: str
    output: str = ANY
    target: DomainKind = "number"
    kink: bool = False


TABLE: tuple[Loss, ...] = (
    Loss("mse", "1/(2*n)*sum(j, (a[j]-y[j])^2)", "mean squared error, halved, as in the notes"),
    Loss("mse_mean", "1/n*sum(j, (a[j]-y[j])^2)", "mean squared error, not halved"),
    Loss("sse", "1/2*sum(j, (a[j]-y[j])^2)", "sum of squared errors, halved"),
    Loss("sum_squares", "sum(j, (a[j]-y[j])^2)", "sum of squared errors, not halved"),
    Loss("mae", "1/n*sum(j, where(a[j] > y[j], a[j]-y[j], where(a[j] < y[j], y[j]-a[j], 0)))",
         "mean absolute error; its derivative is 0 where a = y", kink=True),
    Loss("huber", "1/n*sum(j, where(a[j]-y[j] > 1, a[j]-y[j]-1/2, where(a[j]-y[j] < -1, y[j]-a[j]-1/2, "
         "(a[j]-y[j])^2/2)))", "squares up to an error of 1, beyond it absolute values; mean over the outputs"),
    Loss("bce", "-sum(j, y[j]*log(a[j])+(1-y[j])*log(1-a[j]))", "binary cross-entropy, each output a probability",
         output=PROBABILITIES, target="probability"),
    Loss("bce_logits", "sum(j, softplus(a[j])-y[j]*a[j])",
         "binary cross-entropy from logits: bce of sigmoid(a), which never takes the logarithm of 0",
         output="identity", target="probability"),
    Loss("ce", "-sum(j, y[j]*log(a[j]))", "cross-entropy, y one-hot or probabilities", output="softmax",
         target="distribution"),
    Loss("ce_labels", "-sum(j, where(j == y, 1, 0)*log(a[j]))",
         "cross-entropy, y the number of the class, counted from 1", output="softmax", target="label"),
    Loss("ce_smooth", "-sum(j, (0.9*y[j]+0.1/n)*log(a[j]))",
         "cross-entropy with label smoothing: a tenth of the target is spread over all classes", output="softmax",
         target="distribution"),
    Loss("ce_logits", "log(sum(p, exp(a[p])))-sum(j, y[j]*a[j])",
         "cross-entropy from logits: ce of softmax(a); y one-hot or probabilities, adding up to 1", output="identity",
         target="distribution"),
    Loss("nll", "-sum(j, y[j]*a[j])", "negative log-likelihood of log-probabilities, y one-hot or probabilities",
         output="log_softmax", target="distribution"),
    Loss("kl", "sum(j, where(y[j] > 0, y[j]*log(y[j]), 0)-y[j]*log(a[j]))",
         "Kullback-Leibler divergence of the output from the target, sum of y log(y/a), 0 log 0 being 0",
         output="softmax", target="distribution"),
    Loss("hinge", "sum(j, max(1-y[j]*a[j], 0))", "hinge loss, each y is 1 or -1", output=SCORES, target="sign",
         kink=True),
    Loss("multi_hinge", "sum(j, (1-y[j])*max(1+a[j]-sum(p, y[p]*a[p]), 0))",
         "multi-class hinge loss of Weston and Watkins, y one-hot", output=SCORES, target="one-hot", kink=True),
)
LOSSES: dict[str, Loss] = {loss.name: loss for loss in TABLE}


def loss(name: str) -> Loss:
    """The loss of that name. Raises NetworkError with the nearest known name."""
    if name not in LOSSES:
        raise NetworkError(f"unknown loss '{name}'; {nearest(name, LOSSES)}")
    return LOSSES[name]


def check_fits(chosen: Loss, last_activation: str | None) -> None:
    """Does the output suit the loss? ``None``: the last layer is the user's own, so nothing is known of it."""
    if last_activation is None or fits(chosen, last_activation):
        return
    if chosen.output == PROBABILITIES:
        what, write = "takes logarithms of outputs between 0 and 1", "sigmoid"
    elif chosen.output == SCORES:
        what, write = "compares scores of either sign, not outputs between 0 and 1", "identity"
    else:
        write = chosen.output
        what = f"needs a{'n' * (write[0] in 'aeiou')} {write} output"
    raise NetworkError(
        f"the loss {chosen.name} {what}, but the last layer's activation is {last_activation}; write :{write} after "
        f"the last layer, or take the loss {_suited(last_activation)}")


def fits(chosen: Loss, activation: str) -> bool:
    """Whether what an activation gives is what a loss takes."""
    probabilities = ACTIVATIONS[activation].positive_below_one
    known = {ANY: True, PROBABILITIES: probabilities, SCORES: not probabilities}
    return known.get(chosen.output, chosen.output == activation)


def _suited(activation: str) -> str:
    """Losses for what an activation gives: those made for it, and mse, which takes anything."""
    made_for = [loss.name for loss in TABLE if loss.output not in (ANY, SCORES) and fits(loss, activation)]
    return " or ".join([*made_for[:2], "mse"])


def example_activation(chosen: Loss) -> str:
    """A last activation that suits a loss."""
    return {ANY: "sigmoid", PROBABILITIES: "sigmoid", SCORES: "identity"}.get(chosen.output, chosen.output)
