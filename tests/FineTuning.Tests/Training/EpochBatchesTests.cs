using MLTransfer.FineTuning.Training.Sampling;

namespace MLTransfer.FineTuning.Tests.Training;

public class EpochBatchesTests
{
    private static readonly int[] Lengths = [.. Enumerable.Range(0, 1000).Select(static row => 1 + (row * 7919 % 100))];

    [Fact]
    public void Of_AnEpoch_HasEachRowOnceAndLittlePadding()
    {
        IReadOnlyList<int[]> batches = EpochBatches.Of(Lengths, 16, 64, null, 1, 0);

        Assert.Equal(Enumerable.Range(0, 1000), batches.SelectMany(static batch => batch).Order());
        int padded = batches.Sum(static batch => batch.Length * batch.Max(row => Lengths[row]));
        Assert.True(padded < 1.1 * Lengths.Sum());
    }

    [Fact]
    public void Of_FewerBatchesSortedTogether_MixesLengths()
    {
        double[] spreads = [.. new[] { 1, 4, 64 }.Select(static together => EpochBatches.Of(Lengths, 16, together, null, 1, 0)
            .Average(static batch => (double)batch.Max(static row => Lengths[row]) - batch.Min(static row => Lengths[row])))];

        Assert.True(spreads[0] > 80); // of 16 lengths up to 100: 15 / 17 of it
        Assert.InRange(spreads[1], 10, 40);
        Assert.True(spreads[2] < 3);
    }

    [Fact]
    public void Of_SeedAndEpoch_DecideTheOrder()
    {
        static string Shown(int seed, int epoch) => string.Join('|', EpochBatches.Of(Lengths, 16, 64, null, seed, epoch).Select(static batch => string.Join(',', batch)));

        Assert.Equal(Shown(1, 0), Shown(1, 0));
        Assert.NotEqual(Shown(1, 0), Shown(1, 1));
        Assert.NotEqual(Shown(1, 0), Shown(2, 0));
    }

    [Fact]
    public void Of_BatchLargerThanTheData_IsOneBatch() => Assert.Equal(3, Assert.Single(EpochBatches.Of([1, 1, 1], 32, 64, null, 1, 0)).Length);

    [Fact]
    public void Of_WeightsOfRows_DrawsByThem()
    {
        int[] drawn = [.. EpochBatches.Of(new int[1000], 50, 64, [.. Enumerable.Range(0, 1000).Select(static row => row < 100 ? 9f : 1f)], 1, 0).SelectMany(static batch => batch)];

        // 900 of 1,800 parts; the deviation of such a count is 16.
        Assert.InRange(drawn.Count(static row => row < 100), 420, 580);
    }
}
