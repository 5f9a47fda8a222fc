r"""One real call of each command, at the end of its help; a test parses them all, so that none grows old.

A call that takes several lines goes on behind a backslash, as in a shell.
"""

from collections.abc import Mapping

__all__ = ["EXAMPLES", "example_of"]

EXAMPLES: Mapping[str, str] = {
    "init": "fer-data init affwild2 --root ~/Aff-Wild2",
    "params": "fer-data params --params params.yaml",
    "sample": "fer-data sample data/sample --workers 4",
    "unpack": "fer-data unpack batch1.zip batch2.zip ABAW_Annotations.zip ~/Aff-Wild2",
    "check": "fer-data check ~/Aff-Wild2 --params params.yaml --all",
    "stats": "fer-data stats data/published/128 --task multi_task --plot imbalance.png",
    "view": "fer-data view data/published/128 reports/evaluation --output view.html",
    "verify": "fer-data verify data/published/128",
    "release": "fer-data release",
    "diff": "fer-data diff v0.1.0 data/published/128 --html changes.html",
    "decide": "fer-data decide 102 --subject 102_left --track 3",
    "forget": "fer-data forget 102_left --source affwild2 --dry-run",
    "replay": "fer-data replay data/published/128 102_left/00042+1 --output replay.png",
    "submit": (
        "fer-data submit predictions.parquet --output submission.txt \\\n"
        "    --sample CVPR_6th_ABAW_EXPR_test_set_sample.txt"
    ),
    "predict": "fer-data predict clip.mp4 --model models/senet50 --output predictions",
    "embed": ("fer-data embed data/published/128 --model models/senet50 \\\n    --output features.parquet"),
    "probe": "fer-data probe features.parquet --folds 5",
    "noise": "fer-data noise data/published/128 --model models/senet50 --output noise",
    "sensitivity": (
        "fer-data sensitivity data/published/128 --model models/senet50 \\\n"
        "    --output sensitivity --operation blur --operation noise"
    ),
    "leaks": "fer-data leaks data/published/128 --output leaks",
    "compare": "fer-data compare runs/7/evaluation runs/8/evaluation",
    "ensemble": "fer-data ensemble runs/7/evaluation runs/8/evaluation --output joint.parquet",
    "export": "fer-data export models/senet50 senet50.onnx",
    "convert": "fer-data convert data/published/128 --to parquet --output parquet/128",
    "push": "fer-data push data/published/128 OWNER/affwild2-128",
    "estimate": "fer-data estimate ~/Aff-Wild2 --videos 4",
    "doctor": "fer-data doctor --params params.yaml",
    "weights import": (
        "fer-data weights import senet50_ft_weight.pkl \\\n    --output weights/senet50.safetensors"
    ),
    "weights get": "fer-data weights get sface",
    "store show": "fer-data store show",
    "store prune": "fer-data store prune --older-than-days 30 --dry-run",
}
"""By the name of the command."""


def example_of(command: str) -> str | None:
    """Return what stands at the end of a command's help, its line breaks kept; None of a command that has none."""
    example = EXAMPLES.get(command)
    return None if example is None else f"\b\nExample:\n  {example}".replace("\n    ", "\n      ")
