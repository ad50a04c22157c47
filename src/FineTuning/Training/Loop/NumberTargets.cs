namespace MLTransfer.FineTuning.Training.Loop;

/// <summary>Targets of a regression. A network learns them with mean 0 and deviation 1, so that learning rates suit whatever their unit is.</summary>
/// <param name="Values">The number of each row.</param>
/// <param name="Mean">What is taken off.</param>
/// <param name="Deviation">What is divided by.</param>
internal sealed record NumberTargets(float[] Values, float Mean, float Deviation)
{
    /// <summary>Targets with the mean and deviation of the values themselves, which are those of training rows.</summary>
    public static NumberTargets Of(float[] values)
    {
        double mean = values.Average(), deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        return new NumberTargets(values, (float)mean, deviation > 0 ? (float)deviation : 1);
    }

    /// <summary>Other values with the same mean and deviation.</summary>
    public NumberTargets With(float[] values) => this with { Values = values };

    /// <summary>The targets of some rows as the network learns them.</summary>
    public float[] Scaled(int[] rows) => Array.ConvertAll(rows, row => (Values[row] - Mean) / Deviation);
}
