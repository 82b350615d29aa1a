"""symbackprop: backpropagation derived step by step: symbolic, printed, and checked.

>>> import symbackprop as sb
>>> d = sb.derive("1-1-1-1")
>>> print(d["W", 2].result)
a[1] · σ'(z[2]) · ∂J/∂a[2]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Derivation", "Network", "Program", "__version__", "check", "dense", "derive", "layer"]

if TYPE_CHECKING:
    from symbackprop.api import Derivation, Network, Program, dense, derive, layer
    from symbackprop.by_hand import check


def __getattr__(name: str) -> Any:
    # SymPy is imported when something is asked for, so that `symbackprop --help` starts at once
    if name in __all__:
        from symbackprop import api, by_hand

        return getattr(by_hand if name == "check" else api, name)
    raise AttributeError(f"module 'symbackprop' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
