"""`fer-data release`: write down what a version of the published dataset is, once and for all."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.release.versioning import Release, release

__all__ = ["Release", "release"]

__getattr__ = lazy_names(__name__, {"fer_data.release.versioning": __all__})
