namespace MLTransfer.FineTuning.Training.Optimizers;

/// <summary>The rows of an embedding table that a batch has read: those whose gradient is not zero.</summary>
internal static class TouchedRows
{
    /// <summary>Runs of touched rows as ranges of elements: start and length.</summary>
    /// <param name="gradient">Memory of the gradient, <c>[entries, width]</c> in row-major order.</param>
    /// <param name="shape">The shape of the table.</param>
    public static unsafe List<(long Start, long Count)> Ranges(float* gradient, long[] shape)
    {
        long width = shape[^1], entries = shape[0];
        List<(long Start, long Count)> ranges = [];
        for (long row = 0; row < entries; row++)
        {
            if (!new ReadOnlySpan<float>(gradient + (row * width), (int)width).ContainsAnyExcept(0f))
            {
                continue;
            }

            if (ranges.Count > 0 && ranges[^1] is var (start, count) && start + count == row * width)
            {
                ranges[^1] = (start, count + width);
            }
            else
            {
                ranges.Add((row * width, width));
            }
        }

        return ranges;
    }

    /// <summary>Whether a parameter is a table that can be updated row by row.</summary>
    public static bool Applies(TrainedParameter parameter, OptimizerOptions options) =>
        options.TouchedRowsOnly && parameter.IsTable && parameter.Value.dim() == 2 && parameter.Value.is_contiguous();
}
