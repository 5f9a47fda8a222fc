"""Draw what a person looks like apart from the shape of the head: age, skin, hair, eyes and clothes."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from fer_data.core.arrays import Float32

__all__ = ["HAIR_COLOURS", "Looks", "draw_looks"]

HAIR_COLOURS = {
    "black": (28, 24, 23), "dark": (46, 34, 28), "brown": (82, 56, 38), "light": (125, 92, 60),
    "blond": (188, 152, 98), "red": (128, 62, 34), "grey": (140, 138, 136), "white": (205, 203, 200),
}  # fmt: skip
_SKIN_TONES = {
    "I": (240, 205, 182), "II": (230, 186, 156), "III": (212, 164, 130),
    "IV": (182, 131, 98), "V": (132, 88, 62), "VI": (86, 57, 43),
}  # fmt: skip
"""The six types of the Fitzpatrick scale as sRGB."""
_EYE_COLOURS = {
    "brown": (0.10, 0.045, 0.02), "dark": (0.045, 0.022, 0.012), "hazel": (0.16, 0.10, 0.04),
    "green": (0.12, 0.16, 0.08), "blue": (0.13, 0.22, 0.32), "grey": (0.2, 0.23, 0.25),
}  # fmt: skip
_TONES_OF = {
    "caucasian": ("I", "II", "III"), "african": ("IV", "V", "VI"), "asian": ("II", "III", "III", "IV"),
}  # fmt: skip
_STYLES_OF = {
    ("male", False): ("buzz", "short", "short", "side", "side", "bald", "curly"),
    ("male", True): ("buzz", "buzz", "bald", "afro", "short"),
    ("female", False): ("long", "long", "bob", "bun", "curly"),
    ("female", True): ("afro", "bun", "curly", "long", "buzz"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """What a person looks like; amounts without a unit are fractions.

    `ancestry` and `gender` are the names that the rig's identity targets bear. Skin and hair tones are sRGB in 0-255,
    eye, shirt and tooth colours linear in [0, 1].
    """

    ancestry: str
    gender: str
    age: float
    skin_tone: Float32
    redness: float
    bags: float
    lipstick: float
    eyeshadow: float
    freckles: float
    moles: int
    stubble: float
    pores: float
    age_lines: float
    hair_style: str
    hair_tone: Float32
    recede: float
    parting: float
    length: float
    sweep: float
    forward: float
    bangs: bool
    brow_thickness: float
    brow_lift: float
    brow_length: float
    brow_angle: float
    eye_colour: Float32
    shirt_colour: Float32
    stripe_colour: Float32
    pattern: int
    neckline: float
    tooth_colour: Float32


def draw_looks(rng: np.random.Generator) -> Looks:
    """Return looks drawn from the generator."""
    ancestry = str(rng.choice(["caucasian", "african", "asian"], p=[0.45, 0.25, 0.30]))
    gender = str(rng.choice(["male", "female"]))
    age = float(rng.choice([0.0, 0.0, 0.3, 0.6, 0.95]))
    return Looks(
        ancestry=ancestry,
        gender=gender,
        age=age,
        **_draw_skin(rng, ancestry, gender, age),
        **_draw_hair(rng, ancestry, gender, age),
        **_draw_brows(rng, gender),
        **_draw_clothes_and_eyes(rng, ancestry),
    )


def _draw_skin(rng: np.random.Generator, ancestry: str, gender: str, age: float) -> dict[str, Any]:
    female = gender == "female"
    tone = np.array(_SKIN_TONES[str(rng.choice(_TONES_OF[ancestry]))]) * rng.normal(1, 0.03) + rng.normal(
        0, 3, 3
    )
    return {
        "skin_tone": tone.astype(np.float32),
        "redness": rng.uniform(0.6, 1.4) * (0.7 if ancestry == "african" else 1.0),
        "bags": rng.uniform(0.2, 1.0) + 0.5 * age,
        "lipstick": female * float(rng.choice([0, 0, 0.25, 0.6])),
        "eyeshadow": female * rng.uniform(0, 0.6),
        "freckles": (ancestry == "caucasian") * float(rng.choice([0, 0, 0, 0.7])),
        "moles": int(rng.integers(0, 5)),
        "stubble": (not female) * float(rng.choice([0, 0.3, 0.5, 0.9])),
        "pores": rng.uniform(0.3, 0.9),
        "age_lines": age * 0.9 + 0.1 * rng.random(),
    }


def _draw_hair(rng: np.random.Generator, ancestry: str, gender: str, age: float) -> dict[str, Any]:
    light = ("dark", "brown", "brown", "light", "blond", "red")
    name = str(rng.choice(light if ancestry == "caucasian" else ("black", "black", "dark")))
    if age > 0.5 and rng.random() < 0.8:
        name = str(rng.choice(["grey", "white"]))
    return {
        "hair_tone": np.array(HAIR_COLOURS[name], np.float32),
        "hair_style": str(rng.choice(_STYLES_OF[gender, ancestry == "african"])),
        "recede": rng.uniform(0, 1) if gender == "male" and rng.random() < 0.5 else 0.0,
        "parting": float(rng.choice([-0.3, 0, 0.3, 0.05])),
        "length": rng.random(),
        "sweep": float(rng.choice([-1, 1])) * rng.random(),
        "forward": float(rng.choice([0.4, 1.0, -0.5])),
        "bangs": bool(gender == "female" and rng.random() < 0.35),
    }


def _draw_brows(rng: np.random.Generator, gender: str) -> dict[str, Any]:
    female = gender == "female"
    return {
        "brow_thickness": rng.uniform(0.45, 0.8) if female else rng.uniform(0.75, 1.3),
        "brow_lift": rng.uniform(-0.3, 0.6) + 0.7 * female,
        "brow_length": rng.uniform(0, 1),
        "brow_angle": rng.normal(0, 0.3),
    }


def _draw_clothes_and_eyes(rng: np.random.Generator, ancestry: str) -> dict[str, Any]:
    light = ("brown", "hazel", "green", "blue", "grey")
    eyes = str(rng.choice(light if ancestry == "caucasian" else ("dark", "dark", "brown")))
    shirt = np.clip(rng.uniform(0.03, 0.45) * rng.normal(1, 0.25, 3), 0.02, 0.6)
    return {
        "eye_colour": np.array(_EYE_COLOURS[eyes], np.float32),
        "shirt_colour": shirt.astype(np.float32),
        "stripe_colour": (0.6 * shirt + 0.4 * rng.uniform(0.02, 0.4, 3)).astype(np.float32),
        "pattern": int(rng.choice([0, 0, 0, 1, 2])),
        "neckline": rng.uniform(-0.25, 0.35),
        "tooth_colour": (np.array([0.60, 0.56, 0.47]) * rng.uniform(0.85, 1.05)).astype(np.float32),
    }
