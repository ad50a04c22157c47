using Microsoft.ML;
using MLTransfer.Pipelines.Data.Splitting;
using MLTransfer.Pipelines.Evaluation;

namespace MLTransfer.Pipelines.Heads.Tuning;

/// <summary>Measures candidates by stratified cross-validation on the training rows.</summary>
/// <remarks>
/// Each fold goes along the candidates from the strongest regularisation to the weakest, and each fit starts from the solution before
/// (Friedman, Hastie, Tibshirani, "Regularization paths for generalized linear models via coordinate descent", 2010); normalisation is fitted
/// on the fold's training rows. The path ends when three candidates in a row were worse than the best, in accuracy and in log loss.
/// </remarks>
internal static class HeadTuning
{
    /// <summary>With more rows, a stratified sample of so many is used: more would hardly change the choice.</summary>
    public const int MaximumRows = 10_000;

    private const int WorseCandidates = 3;

    /// <summary>The number of folds: 5, and 3 where a thousand rows and more make the estimate steady.</summary>
    public static int Folds(int rows) => rows < 1000 ? 5 : 3;

    /// <summary>The candidate with the highest accuracy; of equals, that with the lowest log loss.</summary>
    public static TuningStep Best(IEnumerable<TuningStep> steps) =>
        steps.OrderByDescending(step => Math.Round(step.Accuracy, 9)).ThenBy(step => step.LogLoss ?? double.MaxValue).First();

    /// <summary>Measures the candidates.</summary>
    public static IReadOnlyList<TuningStep> Run(
        HeadFitting fitting, IReadOnlyList<HeadOptions> candidates, HeadRows rows, IProgress<TuningStep>? progress, CancellationToken cancellation)
    {
        int[] folds = AssignFolds(rows.Labels, fitting.Seed, out int count);
        int[][] train = [.. Enumerable.Range(0, count).Select(fold => Rows(folds, part => part >= 0 && part != fold))];
        int[][] test = [.. Enumerable.Range(0, count).Select(fold => Rows(folds, part => part == fold))];
        var neighbours = new ITransformer?[count];
        var steps = new List<TuningStep>();
        foreach (HeadOptions candidate in candidates)
        {
            var metrics = new ClassificationMetrics[count];
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellation }, fold =>
            {
                HeadFitting.Fitted fitted = fitting.Fit(candidate.ForTuning(), rows, train[fold], neighbours[fold], cancellation);
                neighbours[fold] = fitted.Trained;
                IDataView scored = fitted.Model.Transform(rows.View(new MLContext(fitting.Seed), test[fold], cancellation));
                metrics[fold] = ClassificationEvaluation.Evaluate(scored, fitting.Classes, HeadRows.LabelColumn);
            });
            double? logLoss = metrics.All(fold => fold.LogLoss is not null) ? metrics.Average(fold => fold.LogLoss!.Value) : null;
            steps.Add(new TuningStep(steps.Count + 1, candidates.Count, candidate, metrics.Average(fold => fold.Accuracy), logLoss));
            progress?.Report(steps[^1]);
            if (Worsens(steps))
                break;
        }
        return steps;
    }

    private static int[] AssignFolds(IReadOnlyList<int> labels, int seed, out int count)
    {
        IReadOnlyList<int> sampled = labels;
        if (labels.Count > MaximumRows)
        {
            int[] sample = StratifiedSplit.Holdout(labels, (double)MaximumRows / labels.Count, seed);
            sampled = [.. labels.Select((label, row) => sample[row] == 1 ? label : -1)];
        }
        count = Math.Min(Folds(labels.Count), labels.Count);
        return StratifiedSplit.Folds(sampled, count, seed);
    }

    private static int[] Rows(int[] folds, Func<int, bool> isChosen) => [.. Enumerable.Range(0, folds.Length).Where(row => isChosen(folds[row]))];

    private static bool Worsens(List<TuningStep> steps)
    {
        int mostAccurate = steps.IndexOf(Best(steps));
        int lowestLoss = steps.IndexOf(steps.MinBy(step => step.LogLoss ?? double.MaxValue)!);
        return steps.Count - 1 - Math.Max(mostAccurate, lowestLoss) >= WorseCandidates;
    }
}
