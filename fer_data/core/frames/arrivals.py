"""Give decoded frames their places among the packets of a video, and find out which packets never became a frame.

::

    packets by time    0    40    80   120   160      the packet at 80 is damaged
    frames arrive      0    40         120   160
    slot               0     1     2     3     4      slot 2 is lost

Packets that silently gave no frame before any damage take no slot: hidden reference frames, and what a decoder skips
at the start. After damage a packet without a frame is a lost one.
"""

from array import array
from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from fer_data.core.frames.holes import find_holes
from fer_data.core.frames.line_frames import Footage

__all__ = ["Arrivals"]

Ticks = NDArray[np.int64]


class Arrivals:
    """Count the frames of a video as they come out of the decoder, in the order of presentation.

    `ticks` are the times of all packets in the order of decoding; `sure` says that they are presentation times and all
    different. So many packets as have `begun` have given a frame each before, and are shown before all others.
    """

    def __init__(self, ticks: Ticks, *, sure: bool, begun: int = 0) -> None:
        self._decoding = np.argsort(ticks, kind="stable")
        self._ticks = ticks[self._decoding]
        self._times = self._ticks.tolist()  # to search for one: a hundred times as quick as in the array
        self._timed = sure
        self._next = begun
        self._first: int | None = 0 if begun else None
        self._damage: int | None = None
        self._slot_ticks = array("q", self._ticks[:begun].tolist())
        self._lost = array("q")
        holes = find_holes(self._ticks) if sure else None
        self._grid = None if holes is None or not holes.total else holes.before(len(ticks))
        self.slots = begun

    @property
    def complete(self) -> bool:
        """Return whether every packet up to the last frame has given one whole frame."""
        return self._timed and not self._lost and self._next == self.slots

    @property
    def timed(self) -> bool:
        """Return whether the times have said so far which packet each frame comes from."""
        return self._timed

    @property
    def lost(self) -> int:
        """Return the number of lost slots so far."""
        return len(self._lost)

    def damage(self, position: int) -> None:
        """Note that decoding failed at a packet, by its place in the order of decoding."""
        self._damage = position if self._damage is None else min(self._damage, position)

    def arrive(self, tick: int | None, *, whole: bool) -> int:
        """Return the slot of the next frame; a frame that is not `whole` takes its slot and counts as lost."""
        packet = self._packet_at(tick) if self._timed else None
        if packet is None:
            self._timed = False
        else:
            self._pass(packet)
            self._next = packet + 1
        return self._take(packet, lost=not whole)

    def strange(self, tick: int | None) -> bool:
        """Return whether a frame of that time comes too late, or from no packet, because others are damaged or missing.

        Decoders give frames out of order when pictures that these rest on are not there.
        """
        explained = self._timed and (self._damage is not None or self._grid is not None)
        return explained and self._packet_at(tick) is None

    def passed_over(self, tick: int | None) -> int:
        """Return how many packets a frame of that time would leave behind as lost."""
        if self._damage is None or not self._timed:
            return 0
        packet = self._packet_at(tick)
        if packet is None:
            return 0
        return int(np.count_nonzero(self._decoding[self._next : packet] >= self._damage))

    def finish(self) -> None:
        """Note that no more frames come."""
        if self._timed:
            self._pass(len(self._ticks))
            if self._damage is not None:
                self._next = len(self._ticks)

    def lines(self, slot: int) -> tuple[int, int]:
        """Return the first and the last label line that may mean the frame that arrived last."""
        last = slot
        if self._timed and self._first is not None and self._grid is not None:
            packet = self._next - 1
            last = packet - self._first + int(self._grid[packet] - self._grid[self._first])
        return slot - len(self._lost), max(slot, last)

    def tick(self, slot: int) -> int | None:
        """Return the time of a slot, without sure times that of the packet at its place; None beyond the last."""
        times = self._slot_ticks if self._timed else self._times
        return times[slot] if slot < len(times) else None

    def footage(self, tick_seconds: float, *, counted: bool, ended: bool) -> Footage:
        """Return what the video shows; `counted` times only count packets, as in an AVI with B-frames."""
        lost = np.array(self._lost, np.int64)
        ticks = np.array(self._slot_ticks, np.int64) if self._timed else None
        if ticks is None and counted and len(self._ticks) == self.slots:
            ticks = self._ticks
        tail = len(self._ticks) - self._next if self._timed else 0
        return Footage(self.slots, lost, ticks, tick_seconds, sure=self._timed, ended=ended, tail=tail)

    def _packet_at(self, tick: int | None) -> int | None:
        if tick is None:
            return None
        packet = bisect_left(self._times, tick)
        found = self._next <= packet < len(self._times) and self._times[packet] == tick
        return packet if found else None

    def _pass(self, packet: int) -> None:
        """Give the packets before `packet` that came to nothing a lost slot each, if damage explains them."""
        if self._damage is None:
            return
        for skipped in range(self._next, packet):
            if self._decoding[skipped] >= self._damage:
                self._take(skipped, lost=True)

    def _take(self, packet: int | None, *, lost: bool) -> int:
        slot = self.slots
        self.slots += 1
        if packet is not None:
            self._first = packet if self._first is None else self._first
            self._slot_ticks.append(self._times[packet])
        if lost:
            self._lost.append(slot)
        return slot
