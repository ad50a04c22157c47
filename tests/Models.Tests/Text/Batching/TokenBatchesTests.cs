using CsCheck;
using MLTransfer.Models.Text.Batching;

namespace MLTransfer.Models.Tests.Text.Batching;

public class TokenBatchesTests
{
    private static readonly Gen<(int[] Lengths, TokenBudget Budget)> Cases = Gen.Select(
        Gen.Int[0, 300].Array[0, 200],
        Gen.Int[1, 1000],
        Gen.Int[1, 20],
        Gen.Int[1, 50],
        (lengths, tokens, rows, window) => (lengths, new TokenBudget { Tokens = tokens, Rows = rows, Window = window }));

    [Fact]
    public void Pack_AnyLengths_HoldsEachRowOnceAndKeepsTheBudget() => Cases.Sample(
        given =>
        {
            IReadOnlyList<int[]> batches = TokenBatches.Pack(given.Lengths, given.Budget);

            Assert.Equal(Enumerable.Range(0, given.Lengths.Length), batches.SelectMany(batch => batch).Order());
            foreach (int[] batch in batches)
            {
                Assert.InRange(batch.Length, 1, given.Budget.Rows);
                int tokens = batch.Length * batch.Max(row => given.Lengths[row]);
                Assert.True(batch.Length == 1 || tokens <= given.Budget.Tokens);
            }
        },
        iter: 500);

    [Fact]
    public void Pack_MixedLengths_PutsNeighboursInLengthTogether()
    {
        IReadOnlyList<int[]> batches = TokenBatches.Pack([3, 50, 4, 49], new TokenBudget { Tokens = 100 });

        Assert.Equal([[1, 3], [0, 2]], batches.Select(batch => batch.Order().ToArray()));
    }

    [Fact]
    public void Run_AnyRows_GivesResultsInTheirOrder() => Cases.Sample(
        given =>
        {
            var rows = given.Lengths.Select((length, index) => (length, index)).ToArray();

            var results = TokenBatches.Run(
                rows, row => row.length, given.Budget, batch => batch.Select(row => row.index).ToArray());

            Assert.Equal(Enumerable.Range(0, rows.Length), results);
        },
        iter: 200);

    [Fact]
    public void Run_EndlessRows_ReadsNoMoreThanOneWindowAhead()
    {
        int read = 0;
        IEnumerable<int> Endless()
        {
            while (true)
            {
                yield return ++read;
            }
        }

        int first = TokenBatches.Run(Endless(), _ => 1, new TokenBudget { Window = 10 }, batch => batch).First();

        Assert.Equal(1, first);
        Assert.Equal(10, read);
    }

    [Fact]
    public void Run_TooFewResults_Throws() =>
        Assert.Throws<InvalidOperationException>(
            () => TokenBatches.Run([1, 2], _ => 1, new TokenBudget(), _ => (int[])[1]).ToArray());

    [Fact]
    public void PaddedTokens_RowsOfDifferentLength_FillsWithPaddingMaskAndTypes()
    {
        PaddedTokens padded = PaddedTokens.From([new([7, 8, 9], [0, 1, 1]), new([5], [0])], paddingId: 4);

        Assert.Equal((2, 3), (padded.Rows, padded.Length));
        Assert.Equal([7L, 8, 9, 5, 4, 4], padded.Ids);
        Assert.Equal([1L, 1, 1, 1, 0, 0], padded.Mask);
        Assert.Equal([0L, 1, 1, 0, 0, 0], padded.TypeIds);
    }
}
