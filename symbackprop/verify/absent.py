"""Stand-ins for modules that are not installed here, and for those that only draw."""

from __future__ import annotations

from types import ModuleType
from typing import Any

DRAWING = ("matplotlib", "pylab", "seaborn", "plotly", "tqdm", "IPython")
"""What a gradient does not need: to be used, and without effect."""


class Absent(ModuleType):
    """A module that can be imported; to use what is in it raises, or, of a module that draws, has no effect."""

    def __init__(self, name: str, idle: bool = False) -> None:
        super().__init__(name)
        self.__dict__.update(_idle=idle, __path__=[], __all__=[])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self.__name__}.{name}", self._idle)

    def __call__(self, *args: Any, **_: Any) -> Any:
        self._use()
        # tqdm(range(n)) is still to be gone through
        return args[0] if args and self.__name__.startswith("tqdm") else self

    def __mro_entries__(self, bases: Any) -> Any:
        self._use()
        return ()

    def _use(self, *_: Any) -> Any:
        if not self._idle:
            raise ModuleNotFoundError(f"No module named {self.__name__!r}", name=self.__name__)
        return self

    def __iter__(self) -> Any:
        self._use()
        # fig, ax = plt.subplots()
        return iter((self, self))

    __getitem__ = __enter__ = _use

    def __exit__(self, *_: Any) -> None:
        return None
