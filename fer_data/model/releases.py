"""Files of weights that are known by their hash, and what was made of them."""

from pathlib import Path

from safetensors import safe_open

from fer_data.model.files import read_header

__all__ = ["KNOWN_RELEASES", "known_release"]

KNOWN_RELEASES = {
    "ad98acb4475df0949cc4357c971f68d0eb944f8323ecef387a0be5b10a2dbca0": "senet50_ft_weight.pkl of VGGFace2"
}
"""SHA-256 of files known to be good. Source: a public pointer file; others may be good too."""


def known_release(path: Path) -> str | None:
    """Return which known file `fer-data weights import` made a safetensors file of, as that states; None of others.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    read_header(path)
    with safe_open(path, "pt") as file:
        return KNOWN_RELEASES.get((file.metadata() or {}).get("source_sha256", ""))
