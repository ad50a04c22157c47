namespace MLTransfer.Runner.Tests;

/// <summary>Models whose tokenizer is not part of the graph: a run writes it beside the zip, and the other commands find it there.</summary>
public sealed class TokenizersBesideTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_BpeBackbone_KeepsTheTokenizerAndPredictsInAnotherPlace()
    {
        TinyBackbone.WriteBpeTexts(_folder);
        _folder.Write("train.csv", TinyData.Texts(20));
        _folder.Write("pipeline.json", """
            {
              "task": "multiclass-classification", "data": { "train": "train.csv", "testFraction": 0.2 },
              "features": [ { "text": "Text", "backbone": "./tiny-bpe" } ], "head": { "trainer": "lbfgs" }, "output": "run"
            }
            """);

        RunnerCall run = await RunnerCall.InAsync(_folder, "pipeline.json");

        Assert.True(run.ExitCode == ExitCode.Success, run.Error);
        Assert.Contains("There is no model.onnx", run.Error, StringComparison.Ordinal);
        Assert.Single(Directory.GetDirectories(_folder.PathOf("run/model.tokenizers")));

        // Again, over a run folder that has such a folder in it; then in a process of its own, where nothing is known yet.
        (await RunnerCall.InAsync(_folder, "pipeline.json", "--quiet")).AssertEnded(ExitCode.Success);
        Directory.Move(_folder.PathOf("run"), _folder.PathOf("moved"));
        using System.Diagnostics.Process process = RunnerProcess.Start(_folder, "predict", "moved", "--text", "a lovely film", "--text", "a terrible story");
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == ExitCode.Success, output);
        Assert.Matches(@"(?s)\bgood\b.*\bbad\b", output);
    }
}
