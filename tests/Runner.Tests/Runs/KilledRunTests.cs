using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.ML;
using MLTransfer.Runner.RunFolders;

namespace MLTransfer.Runner.Tests.Runs;

public sealed class KilledRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public KilledRunTests()
    {
        TinyData.WriteImages(_folder, "train", perClass: 40);
        TinyBackbone.WriteImages(_folder);
        RunSetup.WriteImagePipeline(_folder, data: """, "testFraction": 0.3""");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_KilledAtAnyMoment_LeavesNothingThatIsTakenForComplete()
    {
        // Each moment is reached by what the process has printed, and then a little later: the last ones fall into the writing of the files.
        (string After, int Milliseconds)[] moments =
            [("stage-started", 0), ("features", 0), ("features", 30), ("training", 0), ("evaluation", 0), ("\"model\"", 0), ("\"model\"", 40), ("\"model\"", 90), ("\"model\"", 180), ("\"model\"", 400)];
        foreach ((string after, int milliseconds) in moments)
        {
            using Process process = RunnerProcess.Start(_folder, "pipeline.json", "--json");
            Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.Contains(after, StringComparison.Ordinal))
            {
            }
            await Task.Delay(milliseconds, TestContext.Current.CancellationToken);
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            await errors;
            AssertCompleteOrAbsent(after, milliseconds);
        }

        RunnerCall next = await RunnerCall.InAsync(_folder, "pipeline.json");

        next.AssertEnded(ExitCode.Success);
        AssertCompleteOrAbsent("the end", 0);
        RunSetup.AssertNoLeftovers(_folder);
        Assert.Equal((84, 36), ((int)RunSetup.Metrics(_folder)["rows"]!["train"]!, (int)RunSetup.Metrics(_folder)["rows"]!["test"]!));
    }

    [Fact]
    public async Task Run_Interrupted_Exits130AndLeavesNothing()
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("There is no SIGINT to send.");
        using Process process = RunnerProcess.Start(_folder, "pipeline.json", "--json", "--set", "head.trainer=light-gbm");
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(130, process.ExitCode);
        Assert.Contains("Cancelled", await errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.PathOf("run")));
        RunSetup.AssertNoLeftovers(_folder);
    }

    private void AssertCompleteOrAbsent(string after, int milliseconds)
    {
        string run = _folder.PathOf("run");
        if (!Directory.Exists(run))
            return;
        string moment = $"killed {milliseconds} ms after {after}";
        Assert.True(RunSetup.FilesWithoutAdapter.Order().SequenceEqual(Directory.GetFiles(run).Select(Path.GetFileName).Order()!), moment);
        Assert.NotNull(JsonNode.Parse(File.ReadAllText(Path.Combine(run, RunFiles.Metrics))));
        Assert.NotNull(new MLContext().Model.Load(Path.Combine(run, RunFiles.Model), out _));
    }
}
