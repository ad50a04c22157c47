using MLTransfer.Models.Inference;

namespace MLTransfer.Models.Tests.Inference;

public sealed class ConcurrencyTests
{
    [Theory]
    [InlineData(0, 1, 1, 1)]
    [InlineData(0, 2, 2, 1)]
    [InlineData(0, 64, 8, 8)]
    [InlineData(4, 16, 4, 4)]
    [InlineData(16, 8, 1, 16)]
    public void Of_ThreadsAndCores_AreSharedOut(int threads, int cores, int workers, int inside)
        => Assert.Equal(new Concurrency(workers, inside), Concurrency.Of(new InferenceOptions { IntraOpThreads = threads }, cores));
}
