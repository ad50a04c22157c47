namespace MLTransfer.FineTuning.Training.Stopping;

/// <summary>Accuracy, macro F1 and log-loss of predictions, added batch by batch.</summary>
/// <param name="classes">The number of classes.</param>
internal sealed class ClassifierMeasure(int classes)
{
    private readonly long[] _right = new long[classes];
    private readonly long[] _actual = new long[classes];
    private readonly long[] _predicted = new long[classes];
    private double _loss;

    /// <summary>The part of the rows that are right.</summary>
    public double Accuracy => (double)_right.Sum() / _actual.Sum();

    /// <summary>The mean cross-entropy.</summary>
    public double LogLoss => _loss / _actual.Sum();

    /// <summary>The mean F1 over the classes that occur among the rows or the predictions.</summary>
    public double MacroF1 => Enumerable.Range(0, classes)
        .Where(c => _actual[c] + _predicted[c] > 0)
        .Average(c => 2.0 * _right[c] / (_actual[c] + _predicted[c]));

    /// <summary>Adds a batch.</summary>
    /// <param name="logits"><c>[rows, classes]</c>, row by row.</param>
    /// <param name="labels">The classes of the rows.</param>
    public void Add(ReadOnlySpan<float> logits, ReadOnlySpan<int> labels)
    {
        for (int row = 0; row < labels.Length; row++)
        {
            ReadOnlySpan<float> scores = logits.Slice(row * classes, classes);
            int best = 0;
            for (int c = 1; c < classes; c++)
            {
                best = scores[c] > scores[best] ? c : best;
            }

            double sum = 0;
            foreach (float score in scores)
            {
                sum += Math.Exp(score - scores[best]);
            }

            _loss += scores[best] + Math.Log(sum) - scores[labels[row]];
            _actual[labels[row]]++;
            _predicted[best]++;
            _right[best] += best == labels[row] ? 1 : 0;
        }
    }
}
