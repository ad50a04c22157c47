using System.Globalization;
using System.Text.Json.Nodes;
using MLTransfer.FineTuning.Rates;

namespace MLTransfer.Runner.Views;

/// <summary>What a range test of the learning rate found, as text: the loss over the rate, and the rates to set.</summary>
internal static class RateRangeView
{
    /// <summary>What is said where there is no rate to suggest.</summary>
    public const string NoSuggestion =
        "The loss falls by no more than its noise at any of these rates, so none is suggested. A head that was fitted to begin with leaves little to learn: the default rates are made for that. Otherwise try more --steps, or a higher --highest.";

    private const int MostColumns = 60;
    private const int Rows = 12;
    private const int MostLines = 15;

    /// <summary>The lines.</summary>
    public static IEnumerable<string> Lines(LearningRateRange found) =>
    [
        "",
        "smoothed loss over the learning rate",
        .. Chart(found).Select(static line => "  " + line),
        "",
        "steps",
        .. ObjectView.Table([.. Spread(found.Curve).Select(static point => new JsonObject
        {
            ["learningRate"] = Rate(point.LearningRate),
            ["loss"] = Loss(point.Loss),
            ["smoothedLoss"] = Loss(point.SmoothedLoss),
        })]).Select(static line => "  " + line),
        "",
        .. Advice(found),
    ];

    /// <summary>Rows from the highest loss to the lowest, columns from the lowest rate to the highest; <c>^</c> marks the suggested rate.</summary>
    private static IEnumerable<string> Chart(LearningRateRange found)
    {
        int columns = Math.Min(MostColumns, found.Curve.Count);
        int ColumnOf(int step) => found.Curve.Count == 1 ? 0 : step * (columns - 1) / (found.Curve.Count - 1);
        double[] losses = [.. Enumerable.Range(0, found.Curve.Count).GroupBy(ColumnOf).Select(group => group.Average(step => found.Curve[step].SmoothedLoss))];

        // What is above the first losses by as much as the lowest is below them is drawn at the edge: the end of the curve would flatten the rest.
        double low = losses.Min(), high = Math.Min(losses.Max(), losses[0] + Math.Max(losses[0] - low, 0.1 * Math.Abs(losses[0])));
        int RowOf(double loss) => high > low ? (int)Math.Round((Rows - 1) * (Math.Min(loss, high) - low) / (high - low)) : 0;
        string[] names = [Loss(low), Loss(high)];
        int width = names.Max(static name => name.Length);
        for (int row = Rows - 1; row >= 0; row--)
        {
            string name = row == 0 ? names[0] : row == Rows - 1 ? names[1] : "";
            yield return $"{name.PadLeft(width)} |{string.Concat(losses.Select(loss => RowOf(loss) == row ? '*' : ' '))}".TrimEnd();
        }
        yield return $"{"".PadLeft(width)} +{new string('-', columns)}";
        if (found.SuggestedRate is { } rate)
        {
            int step = Enumerable.Range(0, found.Curve.Count).MinBy(i => Math.Abs(Math.Log(found.Curve[i].LearningRate / rate)));
            yield return $"{"".PadLeft(width + 2 + ColumnOf(step))}^ {Rate(rate)}";
        }
        string last = Rate(found.Curve[^1].LearningRate);
        yield return $"{"".PadLeft(width + 2)}{Rate(found.Curve[0].LearningRate).PadRight(Math.Max(columns - last.Length, 8))}{last}";
    }

    private static IEnumerable<string> Advice(LearningRateRange found)
    {
        if (found.SuggestedRate is not { } rate)
        {
            yield return NoSuggestion;
            yield break;
        }
        yield return $"suggested      {Rate(rate)}, and {Rate(found.SuggestedHeadRate!.Value)} for the head";
        yield return $"lowest loss    {Loss(found.Lowest.SmoothedLoss)} at {Rate(found.Lowest.LearningRate)}";
        yield return found.Diverged
            ? $"ended          at {Rate(found.Curve[^1].LearningRate)}, where the loss grew"
            : "ended          at the highest rate" + (found.Lowest == found.Curve[^1] ? "; the loss still falls there: try a higher --highest" : "");
        yield return $"to use it      --set fineTune.learningRate={Rate(rate)} --set fineTune.headLearningRate={Rate(found.SuggestedHeadRate!.Value)}";
    }

    private static IEnumerable<LearningRatePoint> Spread(IReadOnlyList<LearningRatePoint> curve)
    {
        int count = Math.Min(MostLines, curve.Count);
        return Enumerable.Range(0, count).Select(line => curve[count == 1 ? 0 : (int)Math.Round((double)line * (curve.Count - 1) / (count - 1))]);
    }

    private static string Rate(double rate) => rate.ToString("0.0e+0", CultureInfo.InvariantCulture);

    private static string Loss(double loss) => loss.ToString("0.0000", CultureInfo.InvariantCulture);
}
