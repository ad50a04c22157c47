using MLTransfer.FineTuning.Import.Graphs;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>How convolutions and poolings move over their input: kernel, strides, dilations, and the border for a size of the input.</summary>
/// <param name="Strides">Step along each spatial axis.</param>
/// <param name="Dilations">Distance of the kernel's elements along each spatial axis.</param>
/// <param name="Pads">Border before each spatial axis, then behind each; null where <c>auto_pad</c> decides.</param>
/// <param name="AutoPad">NOTSET, VALID, SAME_UPPER or SAME_LOWER.</param>
internal sealed record Windows(long[]? Strides, long[]? Dilations, long[]? Pads, string AutoPad)
{
    /// <summary>Native code counts in 32 bits here and there, and divides by what is left of a larger stride: by zero.</summary>
    private const long Longest = 1 << 24;

    public static Windows Read(NodeAttributes attributes) => new(
        attributes.Ints("strides"),
        attributes.Ints("dilations"),
        attributes.Ints("pads"),
        attributes.String("auto_pad", "NOTSET"));

    public long[] StridesFor(int axes) => Checked(Strides, axes, "strides");

    public long[] DilationsFor(int axes) => Checked(Dilations, axes, "dilations");

    /// <summary>The border before and behind each spatial axis.</summary>
    /// <param name="sizes">Sizes of the input's spatial axes.</param>
    /// <param name="kernel">Sizes of the kernel.</param>
    public (long[] Before, long[] After) Border(ReadOnlySpan<long> sizes, long[] kernel)
    {
        int axes = kernel.Length;
        long[] before = new long[axes];
        long[] after = new long[axes];
        if (AutoPad is "NOTSET" or "")
        {
            if (Pads is not null && (Pads.Length != axes * 2 || Pads.Any(pad => Math.Abs((double)pad) > Longest)))
            {
                throw new ImportException($"the attribute pads = [{string.Join(", ", Pads)}] does not fit {axes} spatial axes");
            }

            for (int i = 0; i < axes && Pads is not null; i++)
            {
                before[i] = Pads[i];
                after[i] = Pads[axes + i];
            }
        }
        else if (AutoPad != "VALID")
        {
            long[] strides = StridesFor(axes);
            long[] dilations = DilationsFor(axes);
            for (int i = 0; i < axes; i++)
            {
                // SAME: the output has ⌈size / stride⌉ elements.
                long outputs = (sizes[i] + strides[i] - 1) / strides[i];
                long total = Math.Max(0, ((outputs - 1) * strides[i]) + ((kernel[i] - 1) * dilations[i]) + 1 - sizes[i]);
                before[i] = AutoPad == "SAME_LOWER" ? (total + 1) / 2 : total / 2;
                after[i] = total - before[i];
            }
        }

        return (before, after);
    }

    private static long[] Checked(long[]? given, int axes, string name)
    {
        if (given is null)
        {
            long[] ones = new long[axes];
            Array.Fill(ones, 1);
            return ones;
        }

        return given.Length == axes && given.All(value => value is > 0 and <= Longest)
            ? given
            : throw new ImportException($"the attribute {name} = [{string.Join(", ", given)}] does not fit {axes} spatial axes");
    }
}
