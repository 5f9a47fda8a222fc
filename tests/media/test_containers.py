"""A video is opened as the one file that it is."""

import os
from pathlib import Path

import av
import pytest
from corpus_trees import write_streams, write_video

from fer_data.errors import MediaError
from fer_data.media import containers
from fer_data.media.containers import open_container
from fer_data.media.video import scan_video

SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
LISTS = {
    "ffconcat": "ffconcat version 1.0\n" + "file real.mp4\n" * 3,
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nreal.mp4\n#EXT-X-ENDLIST\n",
    "hls to the network": "#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n",
    "sdp": SDP,
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
    "subtitles": "1\n00:00:01,000 --> 00:00:02,000\nhello\n",
}


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_of_other_files_is_no_video(tmp_path: Path, kind: str) -> None:
    """A few bytes would otherwise stand for hours of video, for other files or for the network."""
    write_video(tmp_path / "real.mp4", 3)
    (tmp_path / "x.mp4").write_text(LISTS[kind], encoding="utf-8")
    with pytest.raises(av.FFmpegError):
        open_container(tmp_path / "x.mp4")


@pytest.mark.parametrize(
    "name", ["http:x.mp4", "concat:a|b.mp4", "x%03d.mp4", "-i.mp4", "pipe:0.mp4", "a?b#c.mp4"]
)
def test_a_name_is_never_a_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A relative root would otherwise put a file's name where FFmpeg looks for a protocol."""
    write_video(tmp_path / "real.mp4", 3)
    (tmp_path / "real.mp4").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    with open_container(Path(name)) as container:
        assert len([packet for packet in container.demux(video=0) if packet.size]) == 3


def test_a_pipe_is_refused_before_ffmpeg_waits_for_it(tmp_path: Path) -> None:
    """What is no regular file is an error of ours."""
    os.mkfifo(tmp_path / "x.mp4")
    with pytest.raises(MediaError, match=r"x\.mp4: It is a named pipe"):
        open_container(tmp_path / "x.mp4")


@pytest.mark.parametrize("suffix", ["mp4", "avi", "mov", "mkv", "m4v", "mpg", "nut"])
def test_every_common_container_is_opened(tmp_path: Path, suffix: str) -> None:
    """Also what own layouts may name."""
    write_video(tmp_path / f"x.{suffix}", 3)
    with open_container(tmp_path / f"x.{suffix}") as container:
        assert len(list(container.decode(video=0))) == 3


def test_opening_a_video_decodes_no_frame_beyond_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FFmpeg decodes a PNG to learn of its stream: 16000 x 16000 pixels cost 0.8 GB before any limit of ours."""
    monkeypatch.setitem(containers._OPTIONS, "max_pixels", "100")
    with av.open(tmp_path / "x.mov", "w") as written:
        stream = written.add_stream("png", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb24"
        written.mux(stream.encode(av.VideoFrame(64, 48, "rgb24")))
    with open_container(tmp_path / "x.mov") as container:
        context = container.streams.video[0].codec_context
        assert (context.width, context.height) == (0, 0)


@pytest.mark.parametrize(
    ("kinds", "others", "which"),
    [
        (["libx264", "mpeg4"], "mpeg4, 96 x 48 px (0:V:1)", "0:V:1"),
        (
            ["libx264", "cover", "mpeg4", "libx264"],
            "mpeg4, 128 x 48 px (0:V:1) or h264, 160 x 48 px (0:V:2)",
            "0:V:NUMBER",
        ),
    ],
    ids=["two cameras", "three and a cover"],
)
def test_which_of_several_videos_is_read_is_told(
    tmp_path: Path, kinds: list[str], others: str, which: str
) -> None:
    """The faces may be in another one, which FFmpeg's `V` counts as we do, without covers."""
    seen = scan_video(write_streams(tmp_path / "x.mp4", kinds))
    assert seen.footage().decoded == 10
    [told] = seen.damage.remarks
    assert told.rule == "several-streams"
    assert told.message.endswith(
        f" videos. The first is read (h264, 64 x 48 px), not {others}. "
        f"If the faces are there, make a file of it: ffmpeg -i FILE -map {which} -c copy NEW."
    )


def test_a_cover_beside_a_video_is_no_second_one(tmp_path: Path) -> None:
    """Nothing is told of it, although FFmpeg calls it a video."""
    path = write_streams(tmp_path / "x.mp4", ["libx264", "cover"])
    with open_container(path) as container:
        assert len(container.streams.video) == 2
    seen = scan_video(path)
    assert (seen.footage().decoded, seen.damage.remarks) == (10, [])


def test_a_file_of_a_cover_alone_is_no_video(tmp_path: Path) -> None:
    """A song with a picture has none of its frames."""
    path = write_streams(tmp_path / "x.mp4", ["cover"])
    assert "no video stream" in (scan_video(path).error or "")
