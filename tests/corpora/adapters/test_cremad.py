"""CREMA-D: one label a clip by those who saw and heard it, other votes beside it, the intended emotion apart."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from corpus_trees import source_of_kind, write_video
from hypothesis import given
from hypothesis import strategies as st

from fer_data.corpora.adapter import OpenedCorpus, refuse
from fer_data.corpora.adapters import adapter_of
from fer_data.corpora.adapters.cremad import _labels
from fer_data.errors import CorpusError

CODES = "ADFHNS"
WORDS = ("Anger", "Disgust", "Fear", "Happiness", "Neutral", "Sadness")
HEADER = '"","A","D","F","H","N","S","fileName","numResponses","agreement","emoVote","meanEmoResp"'


def write_flash(path: Path, frames: int) -> Path:
    """Write a clip as CREMA-D has it: Flash video, times in milliseconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for index in range(frames):
            picture = np.full((32, 32, 3), 80 + index, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def write_votes(root: Path, lines: list[tuple[int, str, str]], end: str = "\n") -> Path:
    """Write the table of votes: modality, six counts, and the clip."""
    path = root / "processedResults/tabulatedVotes.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = [HEADER]
    for number, (modality, counts, clip) in enumerate(lines, 1):
        text.append(f'"{modality * 100_000 + number}",{counts},"{clip}",9,0.5,"A:D",51.5')
    path.write_bytes("".join(f"{line}{end}" for line in text).encode())
    return path


def opened(root: Path, held_out: float = 0.0, on_error: Any = refuse) -> OpenedCorpus:
    """Return a folder of CREMA-D, opened."""
    source = source_of_kind(root, "cremad", held_out=held_out)
    return adapter_of(source).open(root, source, on_error)


def test_a_folder_as_it_is_sent_out_is_read(tmp_path: Path) -> None:
    """A row a frame of the Flash video with the label of the clip, and every vote in its place."""
    write_flash(tmp_path / "VideoFlash/1001_DFA_ANG_XX.flv", 5)
    write_flash(tmp_path / "VideoFlash/1091_IEO_HAP_LO.flv", 3)
    votes = [
        (1, "6,2,0,0,1,0", "1001_DFA_ANG_XX"),
        (2, "0,0,0,0,9,0", "1001_DFA_ANG_XX"),
        (3, "1,7,0,0,1,0", "1001_DFA_ANG_XX"),
        (3, "0,0,0,4,4,0", "1091_IEO_HAP_LO"),
    ]
    write_votes(tmp_path, votes)
    corpus = opened(tmp_path)

    first, second = corpus.rows()

    assert [(row.frame_index, row.person, row.clip, row.scope) for row in first] == [
        (frame, "1001", "1001_DFA_ANG_XX", "clip") for frame in range(5)
    ]
    labels = first[0].labels
    assert (labels.expression, labels.intended, labels.source) == ("Disgust", "Anger", "voted")
    assert labels.votes == dict(zip(WORDS, (1, 7, 0, 0, 1, 0), strict=True))
    assert labels.votes_by_modality["voice"]["Anger"] == 6
    assert labels.votes_by_modality["face"]["Neutral"] == 9
    assert (second[0].labels.expression, second[0].labels.intended) == (None, "Happiness")
    assert second[0].labels.votes == dict(zip(WORDS, (0, 0, 0, 4, 4, 0), strict=True))
    assert corpus.videos["1091_IEO_HAP_LO"] == "VideoFlash/1091_IEO_HAP_LO.flv"
    assert (corpus.found, corpus.classes, corpus.findings) == ({"actors": 2, "clips": 2}, WORDS, ())


def test_what_the_actor_was_to_show_is_no_label(tmp_path: Path) -> None:
    """A clip that nobody rated has none, and votes of a clip that is not there are said."""
    write_video(tmp_path / "1001_DFA_SAD_XX.mp4", 2)
    write_votes(tmp_path, [(1, "6,2,0,0,1,0", "1001_DFA_SAD_XX"), (3, "6,2,0,0,1,0", "1002_DFA_SAD_XX")])
    corpus = opened(tmp_path)
    (rows,) = corpus.rows()
    labels = rows[0].labels
    assert (labels.expression, labels.votes, labels.intended) == (None, None, "Sadness")
    assert set(labels.votes_by_modality) == {"voice"}
    assert [finding.rule for finding in corpus.findings] == ["clip-without-votes", "label-without-video"]


def test_an_actor_of_many_clips_is_in_one_split(tmp_path: Path) -> None:
    """CREMA-D has no splits."""
    lines = []
    for actor in range(1001, 1006):
        for emotion in ("ANG", "NEU"):
            write_video(tmp_path / f"{actor}_DFA_{emotion}_XX.mp4", 1)
            lines.append((3, "9,0,0,0,0,0", f"{actor}_DFA_{emotion}_XX"))
    write_votes(tmp_path, lines)
    rows = [chunk[0] for chunk in opened(tmp_path, held_out=0.4).rows()]
    assert len({row.person for row in rows if row.split == "validation"}) == 2
    assert [row.split for row in rows].count("validation") == 4


def test_doubtful_clips_are_said(tmp_path: Path) -> None:
    """Two videos of a clip, an emotion that is none, lines that repeat; a broken video gives no rows."""
    write_video(tmp_path / "a/1001_DFA_ANG_XX.mp4", 2)
    write_video(tmp_path / "b/1001_DFA_ANG_XX.avi", 3)
    write_video(tmp_path / "1001_DFA_LOL_XX.mp4", 1)
    (tmp_path / "1002_DFA_ANG_XX.flv").write_bytes(b"FLV rubbish")
    names = ("1001_DFA_ANG_XX", "1001_DFA_ANG_XX", "1002_DFA_ANG_XX")
    write_votes(tmp_path, [(3, f"{index},0,0,0,0,1", name) for index, name in enumerate(names)], end="\r\n")
    corpus = opened(tmp_path)
    (rows,) = corpus.rows()
    assert [(row.path, row.labels.expression) for row in rows] == [("a/1001_DFA_ANG_XX.mp4", "Sadness")] * 2
    assert [finding.rule for finding in corpus.findings] == [
        "stray-file",
        "duplicate-video",
        "duplicate-rows",
    ]


@pytest.mark.parametrize(
    "line",
    [
        '"400001",1,0,0,0,0,0,"x"',
        '"1",1,0,0,0,0,0,"x"',
        '"a",1,0,0,0,0,0,"x"',
        '"300001",-1,0,0,0,0,0,"x"',
        '"300001",1.5,0,0,0,0,0,"x"',
        '"300001",NA,0,0,0,0,0,"x"',
        '"300001",99999,0,0,0,0,0,"x"',
    ],
)
def test_a_line_of_another_format_is_refused(tmp_path: Path, line: str) -> None:
    """By file and line; where it is only noted the clips keep their rows without labels."""
    write_video(tmp_path / "1001_DFA_ANG_XX.mp4", 1)
    path = write_votes(tmp_path, [(3, "1,0,0,0,0,0", "1001_DFA_ANG_XX")])
    path.write_text(path.read_text() + f'{line},9,0.5,"A",51.5\n')
    with pytest.raises(CorpusError, match=r"tabulatedVotes.csv:3: The line must have 100,000 x"):
        opened(tmp_path)
    met: list[CorpusError] = []
    ((row,),) = opened(tmp_path, on_error=met.append).rows()
    assert (row.labels.expression, len(met)) == (None, 1)


def test_a_table_without_the_votes_is_refused(tmp_path: Path) -> None:
    """The table of majorities goes by another name, and has no counts."""
    write_video(tmp_path / "1001_DFA_ANG_XX.mp4", 1)
    write_votes(tmp_path, []).write_text('"","fileName","A"\n')
    with pytest.raises(CorpusError, match="no column called 'D'"):
        opened(tmp_path)


def test_a_clone_without_its_large_files_is_refused(tmp_path: Path) -> None:
    """Its videos are a few lines of text, and the remedy is one command."""
    path = tmp_path / "VideoFlash/1001_DFA_ANG_XX.flv"
    path.parent.mkdir()
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    write_votes(tmp_path, [(3, "1,0,0,0,0,0", "1001_DFA_ANG_XX")])
    with pytest.raises(CorpusError, match=r"pointer of Git LFS, not the video. Run `git lfs pull`"):
        opened(tmp_path)


def test_an_unknown_release_says_what_is_there(tmp_path: Path) -> None:
    """The copies with sound alone, say."""
    (tmp_path / "1001_DFA_ANG_XX.wav").write_bytes(b"RIFF")
    with pytest.raises(
        CorpusError,
        match=r"no release of CREMA-D .*: it has 1 file\(s\) such as '1001_DFA_ANG_XX.wav'. Expected",
    ):
        opened(tmp_path)


COUNTS = st.lists(st.integers(0, 5), min_size=6, max_size=6)


@given(COUNTS, COUNTS)
def test_no_vote_is_lost_and_a_tie_is_no_label(both: list[int], face: list[int]) -> None:
    """The label has more votes than any other class, or there is none."""
    votes = {"both": dict(zip(WORDS, both, strict=True)), "face": dict(zip(WORDS, face, strict=True))}
    labels = _labels(votes, "Fear")
    assert labels.votes_by_modality == {"face": votes["face"]}
    most = [word for word, count in votes["both"].items() if count and count == max(both)]
    assert labels.expression == (most[0] if len(most) == 1 else None)
    assert labels.votes == (votes["both"] if any(both) else None)
