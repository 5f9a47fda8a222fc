"""Params files are checked to the last key."""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from fer_data.errors import ParamsError
from fer_data.params.align import AlignParams
from fer_data.params.document import Params, load_params
from fer_data.params.profiles import demo_text, merged, profile_names
from fer_data.shell.sections.load import load_section

ROOT = Path(__file__).parents[1]
PROFILES = ROOT / "profiles"


QUICK = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
"""The same text from libyaml, where PyYAML was built with it, in a tenth of the time."""


@cache
def shipped() -> dict[str, Any]:
    """Return the values of params.yaml; tests must not change them."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    return document


def changed(tmp_path: Path, key: str, value: object) -> Path:
    """Write params.yaml with one key set (or, for `...`, removed) and return its path."""
    document = deepcopy(shipped())
    *parents, last = key.split(".")
    section = document
    for parent in parents:
        section = section[parent]
    if value is ...:
        del section[last]
    else:
        section[last] = value
    path = tmp_path / "params.yaml"
    path.write_text(yaml.dump(document, Dumper=QUICK), encoding="utf-8")
    return path


def test_shipped_params_are_valid() -> None:
    """params.yaml passes all checks, and the demo's own copy, which `init` starts from, has the same bytes."""
    load_params(ROOT / "params.yaml")
    assert demo_text() == (ROOT / "params.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", profile_names(PROFILES))
def test_a_profile_holds_only_what_differs_each_value_with_its_reason(name: str) -> None:
    """With the demo's parameters it passes all checks; nothing of the demo is repeated, no value goes unexplained."""

    def flat(values: dict[str, Any], above: str = "") -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in values.items():
            found |= flat(value, f"{above}{key}.") if isinstance(value, dict) else {f"{above}{key}": value}
        return found

    text = (PROFILES / f"{name}.yaml").read_text(encoding="utf-8")
    listed, demo = (
        flat(yaml.safe_load(text)),
        flat(yaml.safe_load(demo_text().replace("  sample:\n", "  affwild2:\n"))),
    )
    own = {
        key for key in listed if key.startswith("sources.") and key not in demo
    }  # of another kind of corpus
    assert [key for key, value in listed.items() if key not in own and demo[key] == value] == []
    merged(name, folder=PROFILES)
    bare = [line for line in text.splitlines() if ": " in line and "#" not in line]
    assert bare == []


@pytest.mark.parametrize("name", ["paper-baseline", "paper-multires"])
def test_every_value_of_a_papers_recipe_says_whose_it_is(name: str) -> None:
    """No number of a paper's profile passes for the paper's when it is ours."""
    section, unmarked = "", []
    for line in (ROOT / "profiles" / f"{name}.yaml").read_text(encoding="utf-8").splitlines():
        section = line.rstrip(":") if line.endswith(":") and not line.startswith(" ") else section
        if section in {"balance", "train"} and line.startswith("  ") and "weights_sha256" not in line:
            comment = line.partition("#")[2].strip()
            if not comment.startswith(("paper", "release", "theirs", "ours", "unused")):
                unmarked.append(line)
    assert unmarked == []


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("align.detector.min_score", 1.5, r"align\.detector\.min_score \(1\.5\).*less than or equal to 1"),
        ("align.colour", 1, r"align\.colour is an unknown key"),
        ("align.margin", ..., r"align\.margin is missing"),
        (
            "align.geometry",
            "square",
            r"align\.geometry \('square'\) is unknown\. Expected similarity or box\.$",
        ),
        ("train.learning_rate", "1e-4", r"train\.learning_rate \('1e-4'\).*valid number.* write 1\.0e-4\."),
        ("train.learning_rate", "15e-4", r"train\.learning_rate \('15e-4'\).*text: write 1\.5e-3\."),
        ("train.learning_rate", "1,5", r"text: write 1\.5\."),
        ("train.learning_rate", "1e400", r"should be a valid number\.$"),
        ("train.learning_rate", float("inf"), r"learning_rate \(inf\) is wrong: .*finite number"),
        ("train.learning_rate", "0.5", r"Write it without quotes"),
        ("train.epochs", 15.0, r"train\.epochs \(15\.0\) is wrong: .*integer\. Write it as 15\."),
        ("train.epochs", True, r"train\.epochs \(True\) is wrong"),
        ("train.base_width", 8, r"params\.yaml: train\.base_width \(8\) is wrong"),
        ("publish.version", 1.0, r"publish\.version \(1\.0\) is wrong: .*Put it in quotes\."),
        ("extra", {}, r"unknown section 'extra'\. Expected sources, "),
        ("Trian", {}, r"unknown section 'Trian'\. Did you mean 'train'\?"),
        ("train", 5, r"params\.yaml: train \(5\) must be a mapping of keys"),
        ("align.detector", None, r"align\.detector \(None\) must be a mapping of keys"),
        (
            "align.detector.min_scor",
            1,
            r"min_scor is an unknown key\. Did you mean 'align\.detector\.min_score'\?$",
        ),
        (
            "align.min_score",
            1,
            r"align\.min_score is an unknown key\. Did you mean 'align\.detector\.min_score'\?",
        ),
        ("align.Device", 1, r"align\.Device is an unknown key\. Did you mean 'align\.device'\?"),
        (
            "sources.sample.layout",
            {"video": ["a"]},
            r"sources\.sample\.layout\.video .* Did you mean 'sources\.sample\.layout\.videos'\? 1 more",
        ),
        ("sources.sample.frame_policy.x", 1, r"unknown key\. Expected tolerance_frames or holes\."),
        (
            "sources.sample.layout",
            {"videos": ["a"], "labels": {"expresion": {"train": "b"}}},
            r"labels\.expresion \('expr",
        ),
        ("align.precision", "fp16", r"align\.precision \(fp16\) must be fp32 with engine onnxruntime"),
        ("align.detector.name", "insightface", r"align\.detector\.weights \(null\) must name an InsightFace"),
        ("align.detector.weights", "x", r"align\.detector\.weights \(x\) must be null with centerface"),
        (
            "train.tasks",
            ["action_units"],
            r"train\.tasks has action_units, but dataset\.task \(expression\) does not",
        ),
        ("evaluate.yaw_edges_degrees", [10.0, 10.0], r"evaluate\.yaw_edges_degrees \[.*\] must ascend"),
        ("balance", ..., r"section 'balance' is missing"),
        ("train.cpu_threads", 10**10, r"train\.cpu_threads \(10000000000\).*less than or equal to 1024"),
        ("evaluate.bootstrap_draws", 10**19, r"bootstrap_draws.*less than or equal to 100000"),
        ("evaluate.smoothing_frames", [10**19], r"smoothing_frames\.0.*less than or equal to 100000"),
        ("publish.licence", "cc0-1.0\n# Anything", r"publish\.licence.*should match pattern"),
        ("publish.version", "\u0661.0.0", r"publish\.version.*must be X\.Y\.Z, such as 0\.2\.0"),
        ("publish.version", "1.0.0\n", r"publish\.version.*must be X\.Y\.Z"),
        (
            "dataset.classes",
            "eight",
            r"dataset\.classes: 'eight' must be header, seven or a list of class names",
        ),
        ("dataset.classes", [], r"dataset\.classes: \[\] must be header, seven or a list"),
        ("dataset.classes", ["Fear", "fear"], r"dataset\.classes: .* must name each class once"),
        ("dataset.classes", ["Fear\n"], r"dataset\.classes"),
        (
            "dataset",
            {
                "task": "expression",
                "classes": "seven",
                "class_map": {"Contempt": "Other"},
                "same_person": "f",
            },
            r"dataset\.class_map takes 'Contempt' to the unknown class 'Other'\. Expected Neutral, .* Add it",
        ),
        ("dataset.class_map", ..., r"dataset\.class_map is missing"),
        ("dataset.class_map", {"Contempt": 3}, r"dataset\.class_map\.Contempt \(3\)"),
        ("resolutions", [512], r"above align\.size \(256\)"),
        ("train.resolution", 48, r"train\.resolution \(48\) must be one of"),
    ],
)
def test_wrong_params_name_key_value_and_rule(tmp_path: Path, key: str, value: object, message: str) -> None:
    """Unknown keys, missing keys and values out of range are refused with the key's full name."""
    with pytest.raises(ParamsError, match=message):
        load_params(changed(tmp_path, key, value))


def test_every_whole_number_has_a_largest_value() -> None:
    """Threads, draws or subjects without end would end as a traceback, or not at all."""

    def unbounded(part: object, path: str) -> list[str]:
        if isinstance(part, list):
            return [name for index, item in enumerate(part) for name in unbounded(item, f"{path}.{index}")]
        if not isinstance(part, dict):
            return []
        own = [path] if part.get("type") == "integer" and "maximum" not in part else []
        return own + [name for key, item in part.items() for name in unbounded(item, f"{path}.{key}")]

    assert unbounded(Params.model_json_schema(), "params") == []


def test_a_misspelt_key_is_named_and_not_the_one_that_it_should_be(tmp_path: Path) -> None:
    """`target_ration` makes `target_ratio` missing as well; what a person has to change is the first."""
    path = changed(tmp_path, "balance.target_ratio", ...)
    path.write_text(path.read_text(encoding="utf-8").replace("balance:", "balance:\n  target_ration: 1.0"))
    with pytest.raises(
        ParamsError,
        match=r"balance\.target_ration is an unknown key\. Did you mean 'balance\.target_ratio'\?$",
    ):
        load_params(path)


def test_several_errors_are_counted(tmp_path: Path) -> None:
    """One line names the first and says that more follow."""
    path = changed(tmp_path, "train", {})
    with pytest.raises(
        ParamsError, match=r"train\.resolution is missing.* [0-9]+ more value\(s\) are wrong\.$"
    ):
        load_params(path)


def test_one_section_is_read_alone(tmp_path: Path) -> None:
    """A command reads its own section, so that a half-edited file stops only those it concerns."""
    path = changed(tmp_path, "train.seed", -1)
    assert load_section("align", AlignParams, path).size == 256


@pytest.mark.parametrize(
    ("text", "message"),
    [("a: [", "not valid YAML"), ("- 1", "must be a mapping"), (None, "does not exist")],
    ids=["broken", "list", "absent"],
)
def test_unreadable_params_say_why(tmp_path: Path, text: str | None, message: str) -> None:
    """A file that is absent or no mapping ends in one clear line."""
    path = tmp_path / "params.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ParamsError, match=message):
        load_params(path)
