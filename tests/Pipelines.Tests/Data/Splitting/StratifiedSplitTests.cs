using CsCheck;
using MLTransfer.Pipelines.Data.Splitting;

namespace MLTransfer.Pipelines.Tests.Data.Splitting;

public sealed class StratifiedSplitTests
{
    private static readonly Gen<int[]> Classes = Gen.Int[-1, 4].Array[1, 200].Where(classes => classes.Any(index => index >= 0));

    [Fact]
    public void Holdout_AnyClasses_SharesDifferByLessThanOneRow() =>
        Gen.Select(Classes, Gen.Double[0.05, 0.95], Gen.Int).Sample((classes, fraction, seed) =>
        {
            int[] parts = StratifiedSplit.Holdout(classes, fraction, seed);

            foreach (int[] members in ByClass(classes))
            {
                int held = members.Count(row => parts[row] == 1);
                Assert.True(Math.Abs(held - members.Length * fraction) < 1 || held == members.Length - 1);
                Assert.True(held < members.Length);
            }
            Assert.All(Enumerable.Range(0, classes.Length), row => Assert.Equal(classes[row] < 0, parts[row] < 0));
        });

    [Fact]
    public void Folds_AnyClasses_AreBalancedOverallAndByClass() =>
        Gen.Select(Classes, Gen.Int[2, 10], Gen.Int).Sample((classes, folds, seed) =>
        {
            int[] parts = StratifiedSplit.Folds(classes, folds, seed);

            int[][] groups = [.. ByClass(classes), [.. Enumerable.Range(0, classes.Length).Where(row => classes[row] >= 0)]];
            foreach (int[] members in groups)
            {
                int[] sizes = [.. Enumerable.Range(0, folds).Select(fold => members.Count(row => parts[row] == fold))];
                Assert.True(sizes.Max() - sizes.Min() <= 1);
            }
        });

    [Fact]
    public void Holdout_SameSeed_IsTheSameAndAnotherSeedIsNot()
    {
        int[] classes = [.. Enumerable.Range(0, 100).Select(row => row % 3)];

        Assert.Equal(StratifiedSplit.Holdout(classes, 0.3, 7), StratifiedSplit.Holdout(classes, 0.3, 7));
        Assert.NotEqual(StratifiedSplit.Holdout(classes, 0.3, 7), StratifiedSplit.Holdout(classes, 0.3, 8));
    }

    [Fact]
    public void Next_FirstValues_AreTheReferenceImplementations()
    {
        // Output of the authors' splitmix64.c for the state 1234567.
        var shuffle = new SeededShuffle(1234567);

        Assert.Equal([6457827717110365317, 3203168211198807973, 9817491932198370423], new[] { shuffle.Next(), shuffle.Next(), shuffle.Next() });
    }

    private static IEnumerable<int[]> ByClass(int[] classes) =>
        Enumerable.Range(0, classes.Length).Where(row => classes[row] >= 0).GroupBy(row => classes[row]).Select(group => group.ToArray());
}
