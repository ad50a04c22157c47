using MLTransfer.Models.Inference;

namespace MLTransfer.Models.Tests.Inference;

public sealed class ConcurrencyTests
{
    [Theory]
    [InlineData(0, 1, 1, 1)]
    [InlineData(0, 2, 2, 1)]
    [InlineData(0, 64, 8, 57)]
    [InlineData(4, 8, 5, 4)]
    [InlineData(1, 4, 4, 1)]
    [InlineData(16, 8, 1, 16)]
    public void Of_ThreadsAndCores_AreSharedOut(int threads, int cores, int workers, int inside)
        => Assert.Equal(new Concurrency(workers, inside), Concurrency.Of(new InferenceOptions { IntraOpThreads = threads }, cores));

    [Fact]
    public void Of_DirectMl_CallsOneAfterTheOther()
        => Assert.Equal(1, Concurrency.Of(new InferenceOptions { Provider = ExecutionProvider.DirectMl }, cores: 8).Workers);
}
