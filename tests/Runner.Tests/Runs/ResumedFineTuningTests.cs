using System.Text.Json.Nodes;

namespace MLTransfer.Runner.Tests.Runs;

/// <summary>A fine-tuning that is stopped, and goes on.</summary>
public sealed class ResumedFineTuningTests : IDisposable
{
    private const string Checkpoint = ".run.checkpoint.safetensors";

    private readonly TemporaryFolder _folder = new();

    public ResumedFineTuningTests()
    {
        _folder.Write("train.csv", TinyData.Texts(perClass: 20));
        _folder.Write("test.csv", TinyData.Texts(perClass: 6));
        TinyBackbone.WriteTexts(_folder, blocks: 2);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("\"train\": { }, \"earlyStopping\": { \"validationFraction\": 0.3 }")]
    [InlineData("\"train\": { \"lora\": { \"rank\": 2, \"dropout\": 0.2 } }, \"movingAverage\": 0.9")]
    public async Task Run_StoppedTwiceAndResumed_GivesTheFilesOfAnUninterruptedRun(string options)
    {
        Write(options + ", \"epochs\": 9, \"batchSize\": 8");
        (await RunnerCall.InAsync(_folder, "pipeline.json", "--output", "whole")).AssertEnded(ExitCode.Success);

        (await RunnerCall.CancelledAtAsync(_folder, AfterEpoch(2), "pipeline.json")).AssertEnded(ExitCode.Cancelled);
        (await RunnerCall.CancelledAtAsync(_folder, AfterEpoch(5), "pipeline.json", "--resume")).AssertEnded(ExitCode.Cancelled);
        (await RunnerCall.InAsync(_folder, "pipeline.json", "--resume")).AssertEnded(ExitCode.Success);

        Assert.Equal(File.ReadAllBytes(_folder.PathOf("whole/model.onnx")), File.ReadAllBytes(_folder.PathOf("run/model.onnx")));
        Assert.Equal(Measured("whole"), Measured("run"));
        RunSetup.AssertNoLeftovers(_folder);
    }

    [Fact]
    public async Task Run_StoppedInABaseline_DoesNotTrainTheFineTunedModelAgain()
    {
        Write("\"epochs\": 9, \"batchSize\": 8, \"baseline\": \"scratch\"");
        (await RunnerCall.InAsync(_folder, "pipeline.json", "--output", "whole")).AssertEnded(ExitCode.Success);

        (await RunnerCall.CancelledAtAsync(_folder, ["baseline scratch", "\"training\""], "pipeline.json")).AssertEnded(ExitCode.Cancelled);
        RunnerCall resumed = await RunnerCall.InAsync(_folder, "pipeline.json", "--resume", "--json");

        resumed.AssertEnded(ExitCode.Success);
        Assert.All(
            resumed.Lines.Where(static line => (string?)line["event"] == "stage-started" && (string?)line["stage"] == "training"),
            static line => Assert.Contains("baseline scratch", (string)line["detail"]!, StringComparison.Ordinal));
        Assert.Equal(Measured("whole"), Measured("run"));
        RunSetup.AssertNoLeftovers(_folder);
    }

    [Fact]
    public async Task Run_OtherLabelsOnResume_SaysWhichTheyWere()
    {
        Write("\"epochs\": 9");
        await RunnerCall.CancelledAtAsync(_folder, AfterEpoch(2), "pipeline.json");
        foreach (string table in (string[])["train.csv", "test.csv"])
            _folder.Write(table, File.ReadAllText(_folder.PathOf(table)).Replace("good,", "fine,", StringComparison.Ordinal));

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json", "--resume");

        Assert.Equal(ExitCode.UserMistake, call.ExitCode);
        Assert.Contains("the classes were bad, good and are bad, fine", call.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.PathOf(Checkpoint)));
    }

    // What is written to /dev/full finds no space left.
    [Fact]
    public async Task Run_DiskFullDuringACheckpoint_KeepsTheOneBeforeAndWarns()
    {
        if (!File.Exists("/dev/full"))
            Assert.Skip("Only Linux has a device that is always full.");
        Write("\"epochs\": 9, \"batchSize\": 8");
        await RunnerCall.InAsync(_folder, "pipeline.json", "--output", "whole");
        await RunnerCall.CancelledAtAsync(_folder, AfterEpoch(2), "pipeline.json");
        byte[] before = File.ReadAllBytes(_folder.PathOf(Checkpoint));
        File.CreateSymbolicLink(_folder.PathOf(Checkpoint + ".tmp"), "/dev/full");

        RunnerCall full = await RunnerCall.CancelledAtAsync(_folder, AfterEpoch(5), "pipeline.json", "--resume");

        full.AssertEnded(ExitCode.Cancelled);
        JsonObject warning = Assert.Single(full.Lines, static line => (string?)line["event"] == "warning");
        Assert.Contains("could not be written", (string)warning["message"]!, StringComparison.Ordinal);
        Assert.Contains("The one before is still there", (string)warning["message"]!, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_folder.PathOf(Checkpoint)));
        (await RunnerCall.InAsync(_folder, "pipeline.json", "--resume")).AssertEnded(ExitCode.Success);
        Assert.Equal(Measured("whole"), Measured("run"));
    }

    // Each epoch is told of when it has ended; the steps of the next one follow.
    private static string[] AfterEpoch(int epoch) => ["\"note\"", $"epoch {epoch}:"];

    private void Write(string options) => RunSetup.WriteTextPipeline(_folder, more: $$""", "fineTune": { "learningRate": 0.001, {{options}} }""");

    // What does not depend on the clock.
    private string Measured(string run)
    {
        JsonObject metrics = RunSetup.Metrics(_folder, run).AsObject();
        metrics.Remove("seconds");
        metrics.Remove("peakMemoryBytes");
        foreach (JsonNode? baseline in (metrics["baselines"] as JsonObject ?? []).Select(static entry => entry.Value))
            baseline!.AsObject().Remove("seconds");
        return metrics.ToJsonString();
    }
}
