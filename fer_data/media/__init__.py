"""Videos and pictures: decoding, times of packets, frames held against label lines, encoding."""
