using MLTransfer.FineTuning.Training.Loop;

namespace MLTransfer.FineTuning.Training.Stopping;

/// <summary>Mean squared error and R² of predicted numbers, added batch by batch.</summary>
/// <param name="targets">The targets of all rows.</param>
internal sealed class NumberMeasure(NumberTargets targets)
{
    private double _squares;
    private double _sum;
    private double _sumOfSquares;
    private long _rows;

    /// <summary>The mean squared error, in the square of the targets' unit.</summary>
    public double MeanSquaredError => _squares / _rows;

    /// <summary>1 minus the mean squared error divided by the variance of the targets; null where they are all the same.</summary>
    public double? RSquared => Spread > 0 ? 1 - (_squares / Spread) : null;

    private double Spread => _sumOfSquares - (_sum * _sum / _rows);

    /// <summary>Adds a batch.</summary>
    /// <param name="outputs"><c>[rows, 1]</c>, with mean 0 and deviation 1.</param>
    /// <param name="rows">The rows.</param>
    public void Add(ReadOnlySpan<float> outputs, ReadOnlySpan<int> rows)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            double target = targets.Values[rows[i]], error = (outputs[i] * targets.Deviation) + targets.Mean - target;
            _squares += error * error;
            _sum += target;
            _sumOfSquares += target * target;
            _rows++;
        }
    }
}
