namespace MLTransfer.Pipelines.Data.Splitting;

/// <summary>Assigns rows to parts so that each part has the classes in nearly the same shares.</summary>
internal static class StratifiedSplit
{
    /// <summary>Marks the rows of a holdout set.</summary>
    /// <remarks>
    /// The set has <c>round(fraction · rows)</c> rows, shared out among the classes by largest remainder. Every class keeps a row to train on;
    /// a class of one row is not tested.
    /// </remarks>
    /// <param name="classes">The class of each row, from 0; a negative number takes the row out of the split.</param>
    /// <param name="fraction">The share of the holdout set, above 0 and below 1.</param>
    /// <param name="seed">Chooses which rows.</param>
    /// <returns>For each row: 1 in the holdout set, 0 in the rest, −1 out of the split.</returns>
    public static int[] Holdout(IReadOnlyList<int> classes, double fraction, int seed)
    {
        List<int[]> byClass = ShuffledByClass(classes, seed);
        int rows = byClass.Sum(members => members.Length);
        int wanted = Math.Max(1, (int)Math.Round(rows * fraction, MidpointRounding.AwayFromZero));
        int[] counts = [.. byClass.Select(members => Math.Min((int)(members.Length * fraction), Math.Max(0, members.Length - 1)))];
        int missing = wanted - counts.Sum();
        IEnumerable<int> byRemainder = Enumerable.Range(0, byClass.Count)
            .Where(index => counts[index] < byClass[index].Length - 1)
            .OrderByDescending(index => byClass[index].Length * fraction - counts[index])
            .ThenBy(index => index);
        foreach (int index in byRemainder.Take(missing).ToArray())
            counts[index]++;

        int[] parts = OutOfSplit(classes);
        for (int index = 0; index < byClass.Count; index++)
        {
            foreach (int row in byClass[index].AsSpan(0, counts[index]))
                parts[row] = 1;
        }
        return parts;
    }

    /// <summary>Deals the rows to folds: each fold has nearly the same number of rows, and of each class.</summary>
    /// <param name="classes">The class of each row, from 0; a negative number takes the row out of the split.</param>
    /// <param name="folds">The number of folds, at least 2.</param>
    /// <param name="seed">Chooses which rows.</param>
    /// <returns>The fold of each row, from 0; −1 out of the split.</returns>
    public static int[] Folds(IReadOnlyList<int> classes, int folds, int seed)
    {
        int[] parts = OutOfSplit(classes);
        int next = 0; // goes on from class to class, so that small classes do not all fill the first folds
        foreach (int[] members in ShuffledByClass(classes, seed))
        {
            foreach (int row in members)
                parts[row] = next++ % folds;
        }
        return parts;
    }

    private static int[] OutOfSplit(IReadOnlyList<int> classes) => [.. classes.Select(index => index < 0 ? -1 : 0)];

    private static List<int[]> ShuffledByClass(IReadOnlyList<int> classes, int seed)
    {
        var byClass = new List<int[]>();
        var shuffle = new SeededShuffle(seed);
        foreach (IGrouping<int, int> group in Enumerable.Range(0, classes.Count).Where(row => classes[row] >= 0).GroupBy(row => classes[row]).OrderBy(group => group.Key))
        {
            int[] members = [.. group];
            shuffle.Shuffle(members.AsSpan());
            byClass.Add(members);
        }
        return byClass;
    }
}
