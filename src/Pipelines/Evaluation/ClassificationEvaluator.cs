namespace MLTransfer.Pipelines.Evaluation;

/// <summary>Takes scored rows one by one and gives the metrics at the end. Its memory grows with the classes; with two classes, by five bytes a row.</summary>
internal sealed class ClassificationEvaluator
{
    private const double SmallestProbability = 1e-15;
    private const int CalibrationBins = 15;

    private static readonly int[] TopK = [3, 5];

    private readonly IReadOnlyList<string> _classes;
    private readonly long[,] _confusion; // [true class, predicted class]
    private readonly long[] _support;
    private readonly long[] _inTopK = new long[TopK.Length];
    private readonly ReliabilityBins _reliability = new(CalibrationBins);
    private readonly List<(float Score, bool IsPositive)> _ranked = [];
    private double _logLoss;
    private bool _areProbabilities = true;
    private long _rows;

    /// <summary>An evaluator without rows.</summary>
    /// <param name="classes">The classes' names in the order of the scores, at least two.</param>
    public ClassificationEvaluator(IReadOnlyList<string> classes)
    {
        _classes = classes;
        _confusion = new long[classes.Count, classes.Count];
        _support = new long[classes.Count];
    }

    /// <summary>Adds a row.</summary>
    /// <param name="label">The true class, from 0.</param>
    /// <param name="predicted">The predicted class, from 0; negative where the model gives none, which counts as wrong.</param>
    /// <param name="scores">One score a class: probabilities, or numbers that order the classes.</param>
    public void Add(int label, int predicted, ReadOnlySpan<float> scores)
    {
        if (scores.Length != _classes.Count)
            throw new ArgumentException($"{scores.Length} scores for {_classes.Count} classes.", nameof(scores));
        _rows++;
        _support[label]++;
        if (predicted >= 0)
            _confusion[label, predicted]++;
        int rank = Rank(scores, label);
        for (int i = 0; i < TopK.Length; i++)
        {
            if (rank < TopK[i])
                _inTopK[i]++;
        }
        if (_classes.Count == 2)
            _ranked.Add((scores[1], label == 1));
        _areProbabilities &= AreProbabilities(scores);
        if (!_areProbabilities)
            return;
        _logLoss -= Math.Log(Math.Clamp(scores[label], SmallestProbability, 1));
        _reliability.Add(Highest(scores), rank == 0);
    }

    /// <summary>The metrics of the rows so far.</summary>
    /// <exception cref="InvalidOperationException">There is no row.</exception>
    public ClassificationMetrics Metrics()
    {
        if (_rows == 0)
            throw new InvalidOperationException("There is no row to evaluate.");
        int count = _classes.Count;
        long[] predicted = [.. Enumerable.Range(0, count).Select(column => Enumerable.Range(0, count).Sum(row => _confusion[row, column]))];
        ClassMetrics[] byClass = [.. Enumerable.Range(0, count).Select(index => OfClass(_confusion[index, index], predicted[index], _support[index]))];
        ClassMetrics[] withRows = [.. byClass.Where(metrics => metrics.Support > 0)];
        double entropy = -_support.Where(rows => rows > 0).Select(rows => (double)rows / _rows).Sum(share => share * Math.Log(share));
        double? logLoss = _areProbabilities ? _logLoss / _rows : null;
        return new ClassificationMetrics
        {
            Rows = _rows,
            Accuracy = (double)Enumerable.Range(0, count).Sum(index => _confusion[index, index]) / _rows,
            MacroAccuracy = withRows.Average(metrics => metrics.Recall),
            MacroF1 = byClass.Where((metrics, index) => metrics.Support > 0 || predicted[index] > 0).Average(metrics => metrics.F1),
            WeightedF1 = withRows.Sum(metrics => metrics.F1 * metrics.Support) / _rows,
            LogLoss = logLoss,
            LogLossReduction = entropy > 0 ? 1 - logLoss / entropy : null,
            TopKAccuracy = count <= TopK[0] ? null : TopK
                .Select((k, index) => (k, index))
                .Where(entry => entry.k < count)
                .ToDictionary(entry => entry.k, entry => (double)_inTopK[entry.index] / _rows),
            AreaUnderRocCurve = count == 2 ? RankingMetrics.AreaUnderRocCurve(_ranked) : null,
            AveragePrecision = count == 2 ? RankingMetrics.AveragePrecision(_ranked) : null,
            ExpectedCalibrationError = _areProbabilities ? _reliability.ExpectedCalibrationError() : null,
            Calibration = _areProbabilities ? _reliability.Bins() : null,
            PerClass = _classes.Select((name, index) => (name, index)).ToDictionary(entry => entry.name, entry => byClass[entry.index], StringComparer.Ordinal),
            ConfusionMatrix = new ConfusionTable(
                _classes, [.. Enumerable.Range(0, count).Select(row => (long[])[.. Enumerable.Range(0, count).Select(column => _confusion[row, column])])]),
        };
    }

    private static ClassMetrics OfClass(long right, long predicted, long support)
    {
        double precision = predicted == 0 ? 0 : (double)right / predicted;
        double recall = support == 0 ? 0 : (double)right / support;
        double f1 = predicted + support == 0 ? 0 : 2.0 * right / (predicted + support);
        return new ClassMetrics(precision, recall, f1, support);
    }

    // How many classes go before the label.
    private static int Rank(ReadOnlySpan<float> scores, int label)
    {
        int rank = 0;
        for (int index = 0; index < scores.Length; index++)
        {
            if (scores[index] > scores[label] || (scores[index] == scores[label] && index < label))
                rank++;
        }
        return rank;
    }

    private static float Highest(ReadOnlySpan<float> scores)
    {
        float highest = scores[0];
        foreach (float score in scores)
            highest = Math.Max(highest, score);
        return highest;
    }

    // Rounding in single precision keeps the sum of many classes within a thousandth of 1.
    private static bool AreProbabilities(ReadOnlySpan<float> scores)
    {
        double sum = 0;
        foreach (float score in scores)
        {
            if (!(score is >= 0 and <= 1.0001f))
                return false;
            sum += score;
        }
        return Math.Abs(sum - 1) < 1e-3;
    }
}
