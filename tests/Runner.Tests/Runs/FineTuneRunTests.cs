using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLTransfer.Runner.Tests.Runs;

public sealed class FineTuneRunTests : IDisposable
{
    private const string FineTune = """, "fineTune": { "epochs": 12, "batchSize": 8, "learningRate": 0.01, "headLearningRate": 0.05 }""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_FineTune_WritesAModelOfStockTransformsWithTheScoresOfTheRun()
    {
        Prepare(FineTune);

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        Assert.Equal("", call.Error);
        JsonNode metrics = RunSetup.Metrics(_folder);
        Assert.Equal(1, (double)metrics["test"]!["accuracy"]!);
        Assert.Equal(12, metrics["fineTuning"]!["epochs"]!.AsArray().Count);
        AssertCompared("12 rows");
        AssertNamesTorchSharp();
        RunSetup.AssertNoLeftovers(_folder);

        // ML.NET alone loads the model, and knows the classes.
        MLContext ml = new();
        ITransformer model = ml.Model.Load(_folder.PathOf("run/model.zip"), out DataViewSchema schema);
        IDataView rows = ml.Data.LoadFromEnumerable([new Row { Text = "a lovely film" }, new Row { Text = "a terrible story" }]);
        Assert.Equal(["good", "bad"], model.Transform(rows).GetColumn<string>("PredictedLabel"));
        Assert.Equal("Text", Assert.Single(schema).Name);
        Assert.All((IEnumerable<ITransformer>)model, static step => Assert.StartsWith("Microsoft.ML", step.GetType().Namespace, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{ }")]
    [InlineData("""{ "flip": true, "smallestCrop": 0.7 }""")]
    public async Task Run_FineTuneOfImages_LearnsThem(string augmentation)
    {
        TinyData.WriteImages(_folder, "train", perClass: 12);
        TinyData.WriteImages(_folder, "test", perClass: 5);
        TinyBackbone.WriteImages(_folder);
        RunSetup.WriteImagePipeline(_folder, more: $$""", "fineTune": { "epochs": 30, "batchSize": 9, "headLearningRate": 0.05, "augmentation": {{augmentation}} }""");

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        call.AssertEnded(ExitCode.Success);
        Assert.Equal(1, (double)RunSetup.Metrics(_folder)["test"]!["accuracy"]!);
    }

    [Fact]
    public async Task Run_BrokenImage_IsLeftOutAndNamed()
    {
        TinyData.WriteImages(_folder, "train", perClass: 8);
        TinyBackbone.WriteImages(_folder);
        byte[] whole = File.ReadAllBytes(_folder.PathOf("train/red/03.png"));
        _folder.Write("train/red/03.png", whole[..(whole.Length / 2)]);
        RunSetup.WriteImagePipeline(_folder, data: """, "testFraction": 0.3, "onError": "skip" """, more: """, "fineTune": { "epochs": 2 }""");

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        call.AssertEnded(ExitCode.Success);
        Assert.Contains("03.png", call.Error, StringComparison.Ordinal);
        Assert.Equal(1, (int)RunSetup.Metrics(_folder)["rows"]!["skipped"]!);
    }

    [Fact]
    public async Task Run_BrokenTestImage_IsLeftOutAndNamed()
    {
        TinyData.WriteImages(_folder, "train", perClass: 6);
        TinyData.WriteImages(_folder, "test", perClass: 4);
        TinyBackbone.WriteImages(_folder);
        byte[] whole = File.ReadAllBytes(_folder.PathOf("test/green/02.png"));
        _folder.Write("test/green/02.png", whole[..(whole.Length / 2)]);
        RunSetup.WriteImagePipeline(_folder, data: """, "onError": "skip" """, more: """, "fineTune": { "epochs": 2 }""");

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        call.AssertEnded(ExitCode.Success);
        string warning = Assert.Single(call.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("02.png", warning, StringComparison.Ordinal);
        Assert.Contains("02.png", File.ReadAllText(_folder.PathOf("run/run.log")), StringComparison.Ordinal);
        Assert.Equal(1, (int)RunSetup.Metrics(_folder)["rows"]!["skipped"]!);
        Assert.Equal(11, (int)RunSetup.Metrics(_folder)["test"]!["rows"]!);
        AssertCompared("11 rows");
    }

    [Fact]
    public async Task Run_FineTuneAndHead_SaysThatOneIsEnough()
    {
        Prepare(FineTune + """, "head": { "trainer": "sdca" }""");

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, "'head'", "'fineTune'");
    }

    [Fact]
    public async Task Run_TwoChoicesInAPlan_SaysSo()
    {
        Prepare(""", "fineTune": { "train": { "top": 1, "gradual": true } }""");

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, "fineTune.train.gradual", "a plan makes one choice");
    }

    [Fact]
    public async Task Run_MoreBlocksThanTheBackboneHas_SaysHowMany()
    {
        Prepare(""", "fineTune": { "train": { "top": 50 } }""");

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, "fineTune.train.top is 50");
    }

    [Fact]
    public async Task Run_ResumeWithoutFineTuning_SaysSo()
    {
        Prepare("");

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json", "--resume"), _folder, "'fineTune'");
    }

    [Fact]
    public async Task Run_Cancelled_LeavesACheckpointThatOnlyTheSamePipelineResumes()
    {
        Prepare(FineTune);

        RunnerCall cancelled = await RunnerCall.CancelledAtAsync(_folder, ["\"note\"", "epoch 1:"], "pipeline.json", "--set", "fineTune.epochs=4000");

        cancelled.AssertEnded(ExitCode.Cancelled);
        Assert.Contains("--resume", cancelled.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.PathOf(".run.checkpoint.safetensors")));
        RunnerCall other = await RunnerCall.InAsync(_folder, "pipeline.json", "--resume");
        Assert.Equal(ExitCode.UserMistake, other.ExitCode);
        Assert.Contains("\"epochs\": 4000 is now \"epochs\": 12", other.Error, StringComparison.Ordinal);
    }

    // The graph predicts what the zip does, on as many of the test rows as there are.
    private void AssertCompared(string rows) =>
        Assert.Contains($"model.onnx predicts what model.zip does: {rows}", File.ReadAllText(_folder.PathOf("run/run.log")), StringComparison.Ordinal);

    // The weights depend on it.
    private void AssertNamesTorchSharp()
    {
        string packages = File.ReadAllText(Repository.PathOf("Directory.Packages.props"));
        JsonNode environment = JsonNode.Parse(File.ReadAllText(_folder.PathOf("run/environment.json")))!;
        Assert.Contains($"<TorchSharpVersion>{environment["versions"]!["torchSharp"]}</TorchSharpVersion>", packages, StringComparison.Ordinal);
    }

    private void Prepare(string more)
    {
        _folder.Write("train.csv", TinyData.Texts(perClass: 20));
        _folder.Write("test.csv", TinyData.Texts(perClass: 6));
        TinyBackbone.WriteTexts(_folder);
        RunSetup.WriteTextPipeline(_folder, more: more);
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";
    }
}
