using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Sampling;

namespace MLTransfer.FineTuning.Training.Splitting;

/// <summary>Sets a part of the rows aside to validate on, of each class alike.</summary>
internal static class ValidationSplit
{
    /// <summary>Splits rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="fraction">The part of each class; a class with a single row keeps it for training.</param>
    /// <param name="seed">The seed.</param>
    public static (LabelledRows Training, LabelledRows? Validation) Of(LabelledRows rows, double fraction, int seed)
    {
        Random random = SeededRandom.For(seed, RandomPurpose.Split, 0);
        HashSet<int> aside = [];
        foreach (IGrouping<int, int> group in Enumerable.Range(0, rows.Labels.Length).GroupBy(row => rows.Labels[row]).OrderBy(static group => group.Key))
        {
            int[] members = [.. group];
            random.Shuffle(members);
            aside.UnionWith(members.Take(Math.Min(members.Length - 1, (int)Math.Round(members.Length * fraction))));
        }

        return aside.Count == 0 ? (rows, null) : (Part(row => !aside.Contains(row)), Part(aside.Contains));

        LabelledRows Part(Func<int, bool> chosen)
        {
            int[] indexes = [.. Enumerable.Range(0, rows.Labels.Length).Where(chosen)];
            return new LabelledRows(new SelectedInputs(rows.Inputs, indexes), Array.ConvertAll(indexes, row => rows.Labels[row]))
            {
                Targets = rows.Targets?.With(Array.ConvertAll(indexes, row => rows.Targets.Values[row])),
            };
        }
    }
}
