"""The network against an independent reading of the VGGFace2 release."""

import pytest
import torch
from torch import nn

from fer_data.errors import ParamsError
from fer_data.model.senet import (
    BLOCKS,
    RELEASE_IDENTITIES,
    SENet50,
    in_channels_last,
    initialise,
    set_norm_momentum,
)

STATISTICS = ("weight", "bias", "running_mean", "running_var")


def released() -> SENet50:
    """Return the real network without memory for its weights."""
    with torch.device("meta"):
        return SENet50(RELEASE_IDENTITIES)


def norm(name: str, channels: int) -> dict[str, tuple[int, ...]]:
    """Return the tensors of a batch norm."""
    return {f"{name}.{part}": (channels,) for part in STATISTICS}


def block(name: str, inputs: int, width: int, *, first: bool) -> dict[str, tuple[int, ...]]:
    """Return the tensors of a bottleneck."""
    outputs, squeezed = 4 * width, width // 4
    shapes = {
        f"{name}.conv1.weight": (width, inputs, 1, 1),
        f"{name}.conv2.weight": (width, width, 3, 3),
        f"{name}.conv3.weight": (outputs, width, 1, 1),
        f"{name}.conv4.weight": (squeezed, outputs, 1, 1),
        f"{name}.conv4.bias": (squeezed,),
        f"{name}.conv5.weight": (outputs, squeezed, 1, 1),
        f"{name}.conv5.bias": (outputs,),
        **norm(f"{name}.bn1", width),
        **norm(f"{name}.bn2", width),
        **norm(f"{name}.bn3", outputs),
    }
    if first:
        shapes |= {
            f"{name}.downsample.0.weight": (outputs, inputs, 1, 1),
            **norm(f"{name}.downsample.1", outputs),
        }
    return shapes


def release_shapes() -> dict[str, tuple[int, ...]]:
    """Return names and shapes as the released file has them."""
    shapes = {"conv1.weight": (64, 3, 7, 7), **norm("bn1", 64), "fc.weight": (8631, 2048), "fc.bias": (8631,)}
    inputs = 64
    for stage, (blocks, width) in enumerate(zip((3, 4, 6, 3), (64, 128, 256, 512), strict=True), start=1):
        for number in range(blocks):
            shapes |= block(f"layer{stage}.{number}", inputs, width, first=number == 0)
            inputs = 4 * width
    return shapes


def test_names_and_shapes_are_the_releases() -> None:
    """331 tensors by name and shape, besides 53 batch counters that the release need not hold."""
    state = {name: tuple(value.shape) for name, value in released().state_dict().items()}
    counters = [name for name in state if name.endswith("num_batches_tracked")]
    assert {name: shape for name, shape in state.items() if name not in counters} == release_shapes()
    assert (len(release_shapes()), len(counters)) == (331, 53)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("conv1.weight", (64, 3, 7, 7)),
        ("layer1.0.conv4.weight", (16, 256, 1, 1)),
        ("layer1.0.conv5.weight", (256, 16, 1, 1)),
        ("layer1.0.downsample.0.weight", (256, 64, 1, 1)),
        ("layer2.0.conv1.weight", (128, 256, 1, 1)),
        ("fc.weight", (8631, 2048)),
    ],
)
def test_shapes_that_were_read_off_the_release(name: str, shape: tuple[int, ...]) -> None:
    """Single shapes as published, apart from the rule that builds all of them."""
    assert tuple(released().state_dict()[name].shape) == shape


def test_the_parameter_count_is_the_releases() -> None:
    """43,723,943 with the 8,631-way head."""
    assert sum(parameter.numel() for parameter in released().parameters()) == 43_723_943


def test_a_stages_stride_sits_on_its_first_1x1_convolution() -> None:
    """A network with the stride on the 3x3 accepts the weights and is silently wrong."""
    strides = {
        name: module.stride
        for name, module in released().named_modules()
        if isinstance(module, nn.Conv2d) and module.stride != (1, 1)
    }
    strided = [f"layer{stage}.0.{part}" for stage in (2, 3, 4) for part in ("conv1", "downsample.0")]
    assert strides == {"conv1": (2, 2), **dict.fromkeys(strided, (2, 2))}


def test_pooling_rounds_up_without_padding() -> None:
    """112 px become 56 in ceil mode; with padding the same size would hide another function."""
    pool = released().maxpool
    assert (pool.kernel_size, pool.stride, pool.padding, pool.ceil_mode) == (3, 2, 0, True)
    assert pool(torch.zeros(1, 64, 112, 112)).shape[-1] == 56
    assert pool(torch.zeros(1, 64, 32, 32)).shape[-1] == 16


def reference(network: SENet50, x: torch.Tensor) -> torch.Tensor:
    """Return the logits by the functional operations that the release's prototype file lists."""
    f, w = nn.functional, network.state_dict()

    def bn(x: torch.Tensor, name: str) -> torch.Tensor:
        mean, var, weight, bias = (
            w[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
        )
        return f.batch_norm(x, mean, var, weight, bias, eps=1e-5)

    x = f.max_pool2d(
        f.relu(bn(f.conv2d(x, w["conv1.weight"], stride=2, padding=3), "bn1")), 3, 2, ceil_mode=True
    )
    for stage, blocks in enumerate(BLOCKS, start=1):
        for number in range(blocks):
            p, stride = f"layer{stage}.{number}", 2 if stage > 1 and number == 0 else 1
            y = f.relu(bn(f.conv2d(x, w[f"{p}.conv1.weight"], stride=stride), f"{p}.bn1"))
            y = f.relu(bn(f.conv2d(y, w[f"{p}.conv2.weight"], padding=1), f"{p}.bn2"))
            y = bn(f.conv2d(y, w[f"{p}.conv3.weight"]), f"{p}.bn3")
            s = f.relu(f.conv2d(f.adaptive_avg_pool2d(y, 1), w[f"{p}.conv4.weight"], w[f"{p}.conv4.bias"]))
            y = y * torch.sigmoid(f.conv2d(s, w[f"{p}.conv5.weight"], w[f"{p}.conv5.bias"]))
            if number == 0:
                x = bn(f.conv2d(x, w[f"{p}.downsample.0.weight"], stride=stride), f"{p}.downsample.1")
            x = f.relu(x + y)
    return f.linear(f.adaptive_avg_pool2d(x, 1).flatten(1), w["fc.weight"], w["fc.bias"])


@pytest.mark.parametrize(("height", "width"), [(64, 64), (224, 224), (50, 81)])
def test_it_computes_what_the_release_computes(height: int, width: int) -> None:
    """Logits equal an independent functional reading at any input size, with every weight at work."""
    generator = torch.Generator().manual_seed(3)
    network = SENet50(5, base_width=16).eval()
    for value in network.state_dict().values():
        if value.is_floating_point():
            value.copy_(torch.rand(value.shape, generator=generator) * 0.2 + 0.01)
    x = torch.rand((2, 3, height, width), generator=generator) - 0.5
    with torch.inference_mode():
        torch.testing.assert_close(network(x), reference(network, x), rtol=1e-4, atol=1e-4)


def test_features_have_32_channels_a_base_width() -> None:
    """2048 for the real network, 512 for the demo's."""
    with torch.inference_mode():
        assert SENet50(7, base_width=16).eval().features(torch.zeros(2, 3, 64, 64)).shape == (2, 512)


def test_fresh_weights_follow_from_the_seed() -> None:
    """Equal seeds draw equal weights whatever was drawn before; another seed draws others."""
    networks = [SENet50(3, base_width=16) for _ in range(3)]
    for network, seed in zip(networks, (1, 1, 2), strict=True):
        initialise(network, seed)
    first, same, other = (network.layer3[2].conv2.weight for network in networks)
    assert first.equal(same)
    assert not first.equal(other)


def test_the_memory_layout_changes_no_value() -> None:
    """Kernels in channels-last order are the same kernels."""
    network = SENet50(3, base_width=16)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    in_channels_last(network)
    assert network.layer1[0].conv2.weight.is_contiguous(memory_format=torch.channels_last)
    assert all(before[name].equal(value) for name, value in network.state_dict().items())


def test_a_smaller_momentum_moves_the_running_statistics_less() -> None:
    """After one batch the mean has moved by the momentum's share of the batch's own mean."""
    means = []
    for momentum in (0.1, 0.05):
        network = SENet50(3, base_width=16)
        initialise(network, 1)
        set_norm_momentum(network, momentum)
        network(torch.ones(2, 3, 64, 64))
        means.append(network.bn1.running_mean)
    torch.testing.assert_close(means[0], 2 * means[1])


@pytest.mark.parametrize(
    ("classes", "base_width", "message"),
    [
        (7, 24, r"base_width \(24\) must be a positive multiple of 16"),
        (0, 16, r"classes \(0\) must be at least 1"),
    ],
    ids=["width", "classes"],
)
def test_impossible_sizes_are_refused(classes: int, base_width: int, message: str) -> None:
    """Squeezing to a sixteenth needs widths that divide."""
    with pytest.raises(ParamsError, match=message):
        SENet50(classes, base_width=base_width)


def test_further_heads_change_neither_backbone_nor_classifier() -> None:
    """The same seed draws the same weights under the same names; outputs stand side by side, expression first."""
    alone, several = SENet50(3, base_width=16), SENet50(3, base_width=16, heads={"valence_arousal": 2})
    for network in (alone, several):
        initialise(network, 5)
    state = several.state_dict()
    assert all(value.equal(state[name]) for name, value in alone.state_dict().items())
    assert set(state) - set(alone.state_dict()) == {
        "heads.valence_arousal.weight",
        "heads.valence_arousal.bias",
    }
    assert several.columns == {"expression": slice(0, 3), "valence_arousal": slice(3, 5)}
    x = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 255 - 100
    with torch.inference_mode():
        assert several.eval()(x)[:, :3].equal(alone.eval()(x))


def test_a_head_without_outputs_is_refused() -> None:
    """Named by its task."""
    with pytest.raises(ParamsError, match=r"heads: action_units \(0\) must be at least 1"):
        SENet50(0, base_width=16, heads={"action_units": 0})
