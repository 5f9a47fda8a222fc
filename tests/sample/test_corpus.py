"""The corpus as a folder."""

import json
from pathlib import Path

import pytest
from fresh_python import printed_by

from fer_data.corpora.corpus import open_corpus
from fer_data.errors import ParamsError
from fer_data.media.video import decode_frames
from fer_data.params.sample import SampleParams
from fer_data.params.source import load_source
from fer_data.sample.corpus import sample
from fer_data.sample.truth import TRUTH
from fer_data.shell.files.atomic import file_sha256
from fer_data.tables.schemas import read_table
from tests.sample.conftest import render


@pytest.fixture(scope="module")
def regular_params(small_params):
    """Parameters of a corpus of three people without faults."""
    few = {"faults": False, "train_subjects": 1, "other_subjects": 2, "min_frames": 7, "max_frames": 7}
    return small_params.model_copy(update=few)


@pytest.fixture(scope="module")
def regular_corpus(tmp_path_factory, regular_params):
    """Return that corpus and its summary."""
    return render(tmp_path_factory.mktemp("regular") / "corpus", regular_params)


def digests(root):
    """Return the hash of every file by its path in the folder."""
    return {
        path.relative_to(root).as_posix(): file_sha256(path)
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def lines(path):
    """Return a text file's lines."""
    return path.read_text().splitlines()


def test_the_corpus_opens_with_every_subject(small_corpus):
    """Our own reader finds the videos, subjects and seven classes of the folder."""
    root, summary = small_corpus
    source = load_source(path=Path("params.yaml"))
    corpus = open_corpus(root, source)
    assert len(corpus.videos) == summary["videos"]
    assert len(corpus.subjects) == summary["subjects"] + 1
    assert len(corpus.classes) == 7


def test_any_number_of_workers_writes_the_same_bytes(regular_params, regular_corpus, tmp_path):
    """Two workers write what one writes, file by file."""
    root, summary = regular_corpus
    assert render(tmp_path / "again", regular_params, workers=2)[1] == summary
    assert digests(tmp_path / "again") == digests(root)


def test_headers_are_the_organisers(small_corpus):
    """Label files of the three tasks begin with the headers of ABAW2."""
    root, _ = small_corpus
    headers = {path.parent.parent.name: lines(path)[0] for path in root.glob("annotations/*/*/*.txt")}
    assert headers == {
        "EXPR_Set": "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise",
        "VA_Set": "valence,arousal",
        "AU_Set": "AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26",
    }


def test_labels_are_the_truth_but_for_planted_troubles(small_corpus):
    """Every annotated EXPR line is the expression that was rendered in that frame."""
    root, _ = small_corpus
    truth = read_table(root / "truth.parquet", TRUTH).to_pylist()
    rendered = {(row["subject_id"], row["frame_index"]): row["expression"] for row in truth}
    compared = 0
    for path in root.glob("annotations/EXPR_Set/*/*.txt"):
        for index, line in enumerate(lines(path)[1:]):
            if line != "-1" and (path.stem, index) in rendered:
                assert int(line) == rendered[path.stem, index]
                compared += 1
    assert compared > 50


def test_frames_and_lines_differ_as_listed(small_corpus):
    """Decoded frames, label lines and the truth differ by what faults.json says, and by nothing else."""
    root, _ = small_corpus
    faults = json.loads((root / "faults.json").read_text())
    truth = read_table(root / "truth.parquet", TRUTH).to_pylist()
    extra = {
        fault["subject"]: int(fault["what"].split()[0]) for fault in faults if "label-line" in fault["rule"]
    }
    cut = {fault["file"] for fault in faults if fault["rule"].startswith("truncated")}
    for video in (path for path in root.glob("batch*/*") if path.suffix in {".mp4", ".avi"}):
        rows = [row for row in truth if row["video_id"] == video.stem]
        rendered = 1 + max(row["frame_index"] for row in rows)
        decoded = sum(1 for _ in decode_frames(video))
        assert (decoded < rendered) == (video.relative_to(root).as_posix() in cut)
        for subject in {row["subject_id"] for row in rows}:
            for path in root.glob(f"annotations/*/*/{subject}.txt"):
                assert len(lines(path)) - 1 == rendered + extra.get(subject, 0)


def test_planted_troubles_are_listed_with_files_that_exist(small_corpus):
    """Each fault has the four keys, and its file is there."""
    root, summary = small_corpus
    faults = json.loads((root / "faults.json").read_text())
    assert {tuple(fault) for fault in faults} == {("rule", "file", "subject", "what")}
    assert all((root / fault["file"]).is_file() for fault in faults)
    assert {"walks-out", "no-face", "truncated-video", "stray-file", "labels-without-video"} <= set(
        summary["faults"]
    )


def test_without_faults_everything_is_regular(regular_corpus):
    """Lines equal frames, nothing is missing, and no stray file lies about."""
    root, summary = regular_corpus
    assert summary["faults"] == {}
    assert json.loads((root / "faults.json").read_text()) == []
    for path in root.glob("annotations/EXPR_Set/*/*.txt"):
        assert len(lines(path)) == 8
        assert "-1" not in lines(path)


def test_an_interrupted_run_leaves_nothing(regular_params, tmp_path, monkeypatch):
    """When writing fails, neither the folder nor a temporary one remains."""
    monkeypatch.setattr("fer_data.sample.corpus._film_all", _fail)
    with pytest.raises(OSError, match="disk full"):
        sample(tmp_path / "corpus", regular_params.model_copy(update={"faults": True}), workers=1)
    assert list(tmp_path.iterdir()) == []


def _fail(folder, *_):
    (folder / "half.mp4").write_bytes(b"half")
    raise OSError("disk full")


def test_fewer_frames_at_most_than_at_least_are_refused(small_params):
    """The range of frames must not be empty, and the message names both keys."""
    from fer_data.shell.sections.load import validate_section

    with pytest.raises(ParamsError, match=r"min_frames \(20\).*max_frames \(9\)"):
        validate_section(
            "sample", SampleParams, {**small_params.model_dump(), "min_frames": 20, "max_frames": 9}
        )


def test_importing_the_package_does_not_import_numba():
    """The command line can name the renderer without paying for it."""
    code = "import sys, fer_data.sample as s; assert s.__all__; print('numba' in sys.modules)"
    assert printed_by(code) == "False\n"


def test_an_unknown_public_name_is_refused():
    """The lazy package says what it does not have."""
    import fer_data.sample

    with pytest.raises(AttributeError, match="no attribute 'paint'"):
        _ = fer_data.sample.paint


def test_the_process_that_starts_workers_loads_no_compiler():
    """It would be half a second before the workers, which need it, begin to load it themselves."""
    code = "import sys, fer_data.sample.corpus; print(sorted({'av', 'numba', 'pydantic'} & {*sys.modules}))"
    assert printed_by(code) == "[]\n"
