# SPDX-License-Identifier: Apache-2.0
"""The UNet with its loops over blocks written out: every layer is then a place of its own for TorchScript's optimising
executor, which specialises places, not calls."""


def body(attention=(True, True, True, False), layers=2):
    levels = len(attention)
    lines = []
    add = lines.append

    def block(name, i, source, attends, level):
        add(f'    x = resnet({source}, time, w, "{name}.resnets.{i}", groups, eps)')
        if attends:
            add(f'    x = spatial_transformer(x, text, w, "{name}.attentions.{i}", heads[{level}], groups)')
        add(f'    x = motion_module(x, frames, w, "{name}.motion_modules.{i}", motion_heads, motion_groups, '
            'motion_shared)')

    count = 0
    for level in range(levels):
        for i in range(layers):
            block(f"down_blocks.{level}", i, "x", attention[level], level)
            count += 1
            add(f"    s{count} = x")
        if level < levels - 1:
            add(f'    x = downsample(x, w, "down_blocks.{level}.downsamplers.0.conv", downsample_padding)')
            count += 1
            add(f"    s{count} = x")
    add('    x = resnet(x, time, w, "mid_block.resnets.0", groups, eps)')
    add(f'    x = spatial_transformer(x, text, w, "mid_block.attentions.0", heads[{levels - 1}], groups)')
    add('    x = motion_module(x, frames, w, "mid_block.motion_modules.0", motion_heads, motion_groups, motion_shared)')
    add('    x = resnet(x, time, w, "mid_block.resnets.1", groups, eps)')
    for up in range(levels):
        level = levels - 1 - up
        for i in range(layers + 1):
            block(f"up_blocks.{up}", i, f"torch.cat([x, s{count}], 1)", attention[level], level)
            count -= 1
        if level > 0:
            add("    x = torch.upsample_nearest2d(x, None, [2., 2.])")
            add(f'    x = conv(x, w, "up_blocks.{up}.upsamplers.0.conv")')
    return "\n".join(lines)


def unrolled(text, **shape):
    """A network's source whose method `forward` has loops over levels, with the calls written out."""
    start = text.index("    states = encoder(")
    end = text.index('    return conv(norm_silu(x, w, "conv_norm_out"')
    return text[:start] + '    x = conv(x, w, "conv_in")\n    s0 = x\n' + body(**shape) + "\n\n" + text[end:]
