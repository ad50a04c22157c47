using CsCheck;
using MLTransfer.Models.Text.Composition;

namespace MLTransfer.Models.Tests.Text.Composition;

public class LongestFirstTests
{
    private static readonly Gen<(int First, int Second, int Room)> Cases = Gen.Select(Gen.Int[0, 60], Gen.Int[0, 60], Gen.Int[0, 80]);

    [Fact]
    public void Cut_AnyLengths_FillsTheRoomAndTakesFromTheLongerFirst() => Cases.Sample(given =>
    {
        (int first, int second) = LongestFirst.Cut(given.First, given.Second, given.Room);

        Assert.Equal(Math.Min(given.Room, given.First + given.Second), first + second);
        Assert.InRange(first, 0, given.First);
        Assert.InRange(second, 0, given.Second);

        // Removing one token at a time from the longer text never makes the cut one shorter than the other by more than one.
        Assert.True(first == given.First || first >= second - 1);
        Assert.True(second == given.Second || second >= first - 1);
    });
}
