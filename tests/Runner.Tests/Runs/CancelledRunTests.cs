namespace MLTransfer.Runner.Tests.Runs;

public sealed class CancelledRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_Cancelled_KeepsTheEarlierRun()
    {
        TinyData.WriteImages(_folder, "train", perClass: 4);
        TinyBackbone.WriteImages(_folder);
        RunSetup.WriteImagePipeline(_folder, data: """, "testFraction": 0.3""");
        await RunnerCall.InAsync(_folder, "pipeline.json");
        string before = File.ReadAllText(_folder.PathOf("run/run.log"));
        using CancellationTokenSource source = new();
        source.Cancel();

        RunnerCall call = await RunnerCall.InAsync(_folder, source.Token, "pipeline.json");

        call.AssertEnded(ExitCode.Cancelled);
        Assert.StartsWith("Cancelled", call.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(_folder.PathOf("run/run.log")));
        RunSetup.AssertNoLeftovers(_folder);
    }
}
