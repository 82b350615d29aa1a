"""Losses for one datum, in the formula language: ``a`` is the output, ``y`` the target, ``n`` the number of outputs."""

from __future__ import annotations

from dataclasses import dataclass

from symbackprop.language.errors import NetworkError, nearest
from symbackprop.networks.activations import ACTIVATIONS


@dataclass(frozen=True)
class Loss:
    """``needs`` names the last activation a loss must have; ``probabilities`` says that outputs lie in (0, 1)."""

    name: str
    formula: str
    says: str
    needs: str | None = None
    probabilities: bool = False


TABLE: tuple[Loss, ...] = (
    Loss("mse", "1/(2*n)*sum(j, (a[j]-y[j])^2)", "mean squared error, halved, as in the notes"),
    Loss("sse", "1/2*sum(j, (a[j]-y[j])^2)", "sum of squared errors, halved"),
    Loss("bce", "-sum(j, y[j]*log(a[j])+(1-y[j])*log(1-a[j]))", "binary cross-entropy, each output a probability",
         probabilities=True),
    Loss("ce", "-sum(j, y[j]*log(a[j]))", "cross-entropy, y one-hot or probabilities", needs="softmax"),
)
LOSSES: dict[str, Loss] = {loss.name: loss for loss in TABLE}


def loss(name: str) -> Loss:
    """The loss of that name. Raises NetworkError with the nearest known name."""
    if name not in LOSSES:
        raise NetworkError(f"unknown loss '{name}'; {nearest(name, LOSSES)}")
    return LOSSES[name]


def check_fits(chosen: Loss, last_activation: str | None) -> None:
    """Does the output suit the loss? ``None``: the last layer is the user's own, so nothing is known of it."""
    if last_activation is None:
        return
    if chosen.needs and last_activation != chosen.needs:
        raise NetworkError(
            f"the loss {chosen.name} needs a {chosen.needs} output, but the last layer's activation is "
            f"{last_activation}; write :{chosen.needs} after the last layer, or take the loss bce or mse")
    if chosen.probabilities and not ACTIVATIONS[last_activation].positive_below_one:
        raise NetworkError(
            f"the loss {chosen.name} takes logarithms of outputs between 0 and 1, but the last layer's activation is "
            f"{last_activation}; write :sigmoid after the last layer, or take the loss mse")
