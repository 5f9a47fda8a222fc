"""Videos whose frames show their own number as grey stripes, and what packets may suffer on their way."""

import struct
import tempfile
from collections.abc import Callable, Collection, Iterable
from fractions import Fraction
from functools import lru_cache, partial
from pathlib import Path

import av
import numpy as np

from fer_data.core.arrays import Image

FRAMES = 48
WIDTH, HEIGHT = 128, 96
_STRIPE = 16
_FIRST_STRIPE, _BITS = 1, 6

X265 = "pools=1:frame-threads=1:log-level=error"
"""What every HEVC of ours is encoded with."""

Packet = av.Packet
Change = Callable[[int, Packet], Packet | None]

CODECS: dict[str, tuple[str, dict[str, str]]] = {
    "h264": ("libx264", {"bf": "0", "g": "1"}),
    "h264-p": ("libx264", {"bf": "0", "g": "12", "keyint_min": "12", "sc_threshold": "0"}),
    "h264-b": ("libx264", {"bf": "2", "g": "12", "x264-params": "b-pyramid=none:b-adapt=0:scenecut=0"}),
    "hevc": (
        "libx265",
        {"preset": "ultrafast", "x265-params": f"{X265}:keyint=12:bframes=2:b-pyramid=0:b-adapt=0:scenecut=0"},
    ),
    "mpeg4": ("mpeg4", {"g": "1"}),
    "mpeg4-p": ("mpeg4", {"g": "12"}),
    "mpeg4-b": ("mpeg4", {"g": "12", "bf": "2"}),
    "vp9": ("libvpx-vp9", {"g": "1", "deadline": "realtime", "cpu-used": "8"}),
    "mjpeg": ("mjpeg", {}),
}  # fmt: skip
"""Encoder and options by name; without B-frames every frame stands for itself, with them the B-frames do."""


def numbered(index: int, size_wh: tuple[int, int] = (WIDTH, HEIGHT)) -> Image:
    """Return a picture whose middle stripes are bright or dark as the bits of `index` are 1 or 0."""
    picture = np.full((size_wh[1], size_wh[0], 3), 128, np.uint8)
    picture[::8] = 40
    for bit in range(_BITS):
        left = (_FIRST_STRIPE + bit) * _STRIPE
        picture[:, left : left + _STRIPE] = 150 if (index >> bit) & 1 else 106
    return picture


def number_of(picture: Image) -> int:
    """Return the number that a frame shows."""
    return sum(
        1 << bit
        for bit in range(_BITS)
        if picture[:, (_FIRST_STRIPE + bit) * _STRIPE + 4 : (_FIRST_STRIPE + bit + 1) * _STRIPE - 4].mean()
        > 128
    )


def number_of_crop(crop: Image) -> int:
    """Return the number that the six stripes of a square crop show."""
    side = crop.shape[1] / _BITS
    return sum(
        1 << bit
        for bit in range(_BITS)
        if crop[:, round((bit + 0.3) * side) : round((bit + 0.7) * side)].mean() > 128
    )


def write_numbered(
    path: Path,
    codec: str,
    frames: int = FRAMES,
    *,
    milliseconds: Iterable[int] | None = None,
    draw: Callable[[int], Image] = numbered,
) -> Path:
    """Write frames that show their numbers; `milliseconds` are their times instead of 25 a second."""
    times = None if milliseconds is None else tuple(milliseconds)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_encoded(codec, path.suffix, frames, times, draw))
    return path


@lru_cache(32)
def _encoded(
    codec: str, suffix: str, frames: int, times: tuple[int, ...] | None, draw: Callable[[int], Image]
) -> bytes:
    """Return the file: encoding takes longer than most of what is then done with it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"v{suffix}"
        _encode(path, codec, [draw(index) for index in range(frames)], times)
        return path.read_bytes()


def _encode(path: Path, codec: str, pictures: list[Image], times: tuple[int, ...] | None) -> None:
    name, options = CODECS[codec]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(name, rate=25, options={"threads": "1", **options})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.bit_rate = 4_000_000
        if codec == "mpeg4-b":
            stream.codec_context.max_b_frames = 2
        if times is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            if times is not None:
                frame.pts, frame.time_base = times[index], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def remux(source: Path, target: Path, change: Change) -> Path:
    """Copy a video packet by packet, each as `change` returns it by its number; None is never muxed."""
    with av.open(str(source)) as reader, av.open(str(target), "w") as writer:
        stream = reader.streams.video[0]
        copy = writer.add_stream_from_template(stream)
        packets = (packet for packet in reader.demux(stream) if packet.size)
        for index, packet in enumerate(packets):
            changed = change(index, packet)
            if changed is not None:
                changed.stream = copy
                writer.mux(changed)
    return target


def shown_order(path: Path) -> list[int]:
    """Return the number of the frame in each packet."""
    with av.open(str(path)) as container:
        ticks = [packet.pts for packet in container.demux(video=0) if packet.size]
    ordered = sorted(ticks)
    return [ordered.index(tick) for tick in ticks]


def free_frames(path: Path) -> list[int]:
    """Return the numbers of the frames that no other rests on: B-frames, or every frame where all are keyframes."""
    with av.open(str(path)) as container:
        kinds = [av.video.frame.PictureType(frame.pict_type).name for frame in container.decode(video=0)]
    if "B" in kinds:
        return [index for index, kind in enumerate(kinds) if kind == "B"]
    return list(range(1, len(kinds) - 1))


def without(source: Path, target: Path, frames: Collection[int], order: list[int] | None = None) -> Path:
    """Copy a video without the packets of some frames; `order` is that of `shown_order`, which an AVI does not tell."""
    order = order or shown_order(source)
    return remux(source, target, lambda index, packet: None if order[index] in frames else packet)


def damaged(source: Path, target: Path, frames: Collection[int], kind: str = "noise") -> Path:
    """Copy a video with the packets of some frames turned into noise, zeros, or cut to their half."""
    order = shown_order(source)
    return remux(
        source, target, partial(_damage, {i for i, frame in enumerate(order) if frame in frames}, kind)
    )


def _damage(damaged: Collection[int], kind: str, index: int, packet: Packet) -> Packet:
    if index not in damaged:
        return packet
    data = bytes(packet)
    noise = np.random.default_rng(index).integers(0, 256, len(data), dtype=np.uint8).tobytes()
    changed = Packet(
        {"noise": data[:1] + noise[1:], "zeros": bytes(len(data)), "half": data[: len(data) // 2]}[kind]
    )
    changed.pts, changed.dts, changed.time_base = packet.pts, packet.dts, packet.time_base
    changed.is_keyframe, changed.duration = packet.is_keyframe, packet.duration
    return changed


def empty_chunks(source: Path, target: Path, frames: Collection[int]) -> Path:
    """Copy an AVI whose chunks of some frames are empty, as capture programs write frames that they dropped."""
    data = source.read_bytes()
    movi = data.index(b"movi")
    chunks, offset = [], movi + 4
    while data[offset : offset + 4] in (b"00dc", b"00db"):
        (size,) = struct.unpack("<I", data[offset + 4 : offset + 8])
        chunks.append(data[offset + 8 : offset + 8 + size])
        offset += 8 + size + (size & 1)
    body, index = b"movi", b""
    for number, chunk in enumerate(chunks):
        content = b"" if number in frames else chunk
        index += struct.pack("<4sIII", b"00dc", 16, len(body), len(content))
        body += b"00dc" + struct.pack("<I", len(content)) + content + b"\0" * (len(content) & 1)
    whole = data[: movi - 8] + b"LIST" + struct.pack("<I", len(body)) + body
    whole += b"idx1" + struct.pack("<I", len(index)) + index
    target.write_bytes(whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:])
    return target
