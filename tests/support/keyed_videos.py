"""Videos with a keyframe every 12 frames, in closed and open groups of pictures."""

from pathlib import Path

import av
from video_corpora import HEIGHT, WIDTH, Scene

CLOSED = "keyint=12:min-keyint=12:scenecut=0:bframes=2:open-gop=0"
OPEN = "keyint=12:min-keyint=12:scenecut=0:bframes=2:b-adapt=0:open-gop=1"


def write_keyed_video(path: Path, draw: Scene, frames: int, x264: str) -> None:
    """Write frames as H.264 with a keyframe every 12."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            "libx264", rate=25, options={"crf": "18", "threads": "1", "x264-params": x264}
        )
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(draw(index), format="rgb24")))
        container.mux(stream.encode(None))
