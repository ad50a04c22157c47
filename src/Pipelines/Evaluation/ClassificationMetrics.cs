using System.Text.Json.Serialization;

namespace MLTransfer.Pipelines.Evaluation;

/// <summary>How well a classifier does on a set of rows.</summary>
/// <remarks>
/// Names are ML.NET's or scikit-learn's. What needs probabilities is null where the scores are none (a naive Bayes head, an uncalibrated margin).
/// </remarks>
public sealed record ClassificationMetrics
{
    /// <summary>The number of rows.</summary>
    public required long Rows { get; init; }

    /// <summary>The share of rows whose predicted label is right: ML.NET's MicroAccuracy.</summary>
    public required double Accuracy { get; init; }

    /// <summary>The mean over the classes that have rows of the share of their rows that are right: ML.NET's MacroAccuracy, scikit-learn's balanced accuracy.</summary>
    public required double MacroAccuracy { get; init; }

    /// <summary>The mean F1 over the classes that have rows or were predicted.</summary>
    public required double MacroF1 { get; init; }

    /// <summary>The mean F1 over the classes, weighted by their rows.</summary>
    public required double WeightedF1 { get; init; }

    /// <summary>The mean of −ln p over the rows, p being the probability given to the right class, at least 1e-15.</summary>
    public double? LogLoss { get; init; }

    /// <summary>1 − log loss / entropy of the labels: 0 is no better than the classes' shares, 1 is perfect. Null where there is one class.</summary>
    public double? LogLossReduction { get; init; }

    /// <summary>For k = 3 and 5, where there are more classes: the share of rows whose label is among the k classes with the highest scores.</summary>
    /// <remarks>Of equal scores the class that comes first goes first.</remarks>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<int, double>? TopKAccuracy { get; init; }

    /// <summary>Two classes: the chance that a row of the second class scores higher than one of the first, ties counting half.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? AreaUnderRocCurve { get; init; }

    /// <summary>Two classes: scikit-learn's average precision of the second class, the sum over thresholds of precision times the step in recall.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? AveragePrecision { get; init; }

    /// <summary>The mean distance between confidence and accuracy over 15 bins of confidence, weighted by their rows.</summary>
    /// <remarks>Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017.</remarks>
    public double? ExpectedCalibrationError { get; init; }

    /// <summary>The 15 bins of the reliability diagram; null without probabilities.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<CalibrationBin>? Calibration { get; init; }

    /// <summary>Precision, recall, F1 and rows of each class, in the classes' order.</summary>
    public required IReadOnlyDictionary<string, ClassMetrics> PerClass { get; init; }

    /// <summary>Rows by true and by predicted class.</summary>
    public required ConfusionTable ConfusionMatrix { get; init; }
}
