using System.Text.Json.Nodes;

namespace MLTransfer.Runner.Tests.Runs;

/// <summary>A fine-tuned model beside what the same pipeline gives from random weights, and with a frozen backbone.</summary>
public sealed class BaselineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_Baselines_AreMeasuredAndReported()
    {
        _folder.Write("train.csv", TinyData.Texts(perClass: 20));
        _folder.Write("test.csv", TinyData.Texts(perClass: 6));
        TinyBackbone.WriteTexts(_folder, blocks: 2);
        const string Options = "\"train\": { \"top\": 1 }, \"epochs\": 10, \"batchSize\": 8, \"learningRate\": 0.01";
        RunSetup.WriteTextPipeline(_folder, more: $$""", "fineTune": { {{Options}}, "baseline": ["scratch", "frozen"] }""");
        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        // The same without baselines, and without fine-tuning.
        RunSetup.WriteTextPipeline(_folder, more: $$""", "fineTune": { {{Options}} }, "output": "alone" """);
        await RunnerCall.InAsync(_folder, "pipeline.json");
        RunSetup.WriteTextPipeline(_folder, more: """, "output": "frozen" """);
        await RunnerCall.InAsync(_folder, "pipeline.json");

        call.AssertEnded(ExitCode.Success);
        JsonNode metrics = RunSetup.Metrics(_folder), baselines = metrics["baselines"]!;
        JsonNode frozen = RunSetup.Metrics(_folder, "frozen")["test"]!;
        Assert.Equal(RunSetup.Metrics(_folder, "alone")["test"]!.ToJsonString(), metrics["test"]!.ToJsonString());
        Assert.Equal((double)frozen["logLoss"]!, (double)baselines["frozen"]!["logLoss"]!, 1e-9);
        Assert.Equal((double)frozen["accuracy"]!, (double)baselines["frozen"]!["accuracy"]!);
        Assert.NotEqual((double)metrics["test"]!["logLoss"]!, (double)baselines["scratch"]!["logLoss"]!);
        Assert.All((string[])["scratch", "frozen"], name =>
        {
            Assert.Equal((double)metrics["test"]!["accuracy"]! - (double)baselines[name]!["accuracy"]!, (double)baselines[name]!["gain"]!["accuracy"]!, 1e-12);
            Assert.Equal((double)baselines[name]!["logLoss"]! - (double)metrics["test"]!["logLoss"]!, (double)baselines[name]!["gain"]!["logLoss"]!, 1e-12);
        });
        string table = call.Output[call.Output.IndexOf("baselines", StringComparison.Ordinal)..];
        Assert.Matches(@"fine-tuned +\d\.\d{4} +\d\.\d{4} +\d\.\d{4}", table);
        Assert.Matches(@"scratch +\d\.\d{4} +[+-]\d\.\d{4} +\d\.\d{4} +\d\.\d{4}", table);
        Assert.Matches(@"frozen +\d\.\d{4} +[+-]\d\.\d{4} +\d\.\d{4} +\d\.\d{4}", table);
        Assert.Contains("evaluation baseline frozen: accuracy", call.Output, StringComparison.Ordinal);
        Assert.Contains("baseline scratch: tiny-text from random weights", File.ReadAllText(_folder.PathOf("run/run.log")), StringComparison.Ordinal);
        RunSetup.AssertNoLeftovers(_folder);
    }
}
