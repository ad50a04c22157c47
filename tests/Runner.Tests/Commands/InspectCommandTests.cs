using System.Text.Json.Nodes;
using MLTransfer.Runner.Tests.Runs;

namespace MLTransfer.Runner.Tests.Commands;

public sealed class InspectCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Inspect_OnnxFile_ListsInputsOutputsAndOperators()
    {
        TinyBackbone.WriteImages(_folder);

        RunnerCall call = await RunnerCall.InAsync(_folder, "inspect", "tiny-image/model.onnx", "--json", "--parameters");

        JsonObject report = Assert.Single(call.Lines);
        Assert.Equal("pixels", (string?)report["inputs"]![0]!["name"]);
        Assert.Equal("[batch, 3, 8, 8]", (string?)report["inputs"]![0]!["shape"]);
        Assert.Equal("features", (string?)report["outputs"]![0]!["name"]);
        Assert.Contains(report["operators"]!.AsArray(), static entry => (string?)entry!["operator"] == "GlobalAveragePool" && (int)entry["nodes"]! == 1);
        Assert.Equal((int)report["storedTensors"]!, report["parameters"]!.AsArray().Count);
        Assert.Equal((int)report["fineTuning"]!["weights"]!, report["parameters"]!.AsArray().Count(static row => (string?)row!["role"] == "weight"));
    }

    [Theory]
    [InlineData("efficientnet-lite0", "backbone")]
    [InlineData("tiny-image", "backbone")]
    [InlineData("tiny-image/card.json", "backbone")]
    [InlineData("run", "run")]
    [InlineData("run/model.zip", "ML.NET model")]
    public async Task Inspect_AnythingElse_IsRecognised(string what, string kind)
    {
        TinyBackbone.WriteImages(_folder);
        TinyData.WriteImages(_folder, "train", perClass: 3);
        RunSetup.WriteImagePipeline(_folder);
        if (what.StartsWith("run", StringComparison.Ordinal))
            await RunnerCall.InAsync(_folder, "pipeline.json", "--quiet");

        RunnerCall call = await RunnerCall.InAsync(_folder, "inspect", what, "--json");
        RunnerCall text = await RunnerCall.InAsync(_folder, "inspect", what);

        Assert.Equal((0, 0), (call.ExitCode, text.ExitCode));
        Assert.Equal(kind, (string?)call.Lines[0]["kind"]);
        Assert.Contains(kind, text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_SavedModel_ListsColumnsAndStockTransforms()
    {
        TinyBackbone.WriteImages(_folder);
        TinyData.WriteImages(_folder, "train", perClass: 3);
        RunSetup.WriteImagePipeline(_folder);
        await RunnerCall.InAsync(_folder, "pipeline.json", "--quiet");

        JsonObject report = (await RunnerCall.InAsync(_folder, "inspect", "run/model.zip", "--json")).Lines[0];

        Assert.Equal(["ImagePath"], report["inputs"]!.AsArray().Select(static column => (string)column!["name"]!));
        Assert.Contains("OnnxTransformer", report["transforms"]!.AsArray().Select(static name => (string)name!));
        Assert.Contains("PredictedLabel", report["outputs"]!.AsArray().Select(static column => (string)column!["name"]!));
    }

    [Fact]
    public async Task Inspect_TextBackbone_TellsWeightsFromConstants()
    {
        JsonObject report = (await RunnerCall.InAsync(_folder, "inspect", Repository.PathOf("tests", "FineTuning.Tests", "Zoo", "vit-torchscript14", "model.onnx"), "--json", "--parameters")).Lines[0];

        Assert.Equal(42, (int)report["fineTuning"]!["weights"]!);
        Assert.All(report["parameters"]!.AsArray(), static row => Assert.NotEqual((string?)row!["role"] == "constant", (string?)row["reason"] == ""));
    }

    [Theory]
    [InlineData("broken.zip")]
    [InlineData("broken.onnx")]
    [InlineData("notes.txt")]
    [InlineData("nothing-of-the-kind")]
    public async Task Inspect_SomethingBroken_IsAMistake(string what)
    {
        _folder.Write("broken.zip", "PK");
        _folder.Write("broken.onnx", "<html>");
        _folder.Write("notes.txt", "hello");

        RunnerCall call = await RunnerCall.InAsync(_folder, "inspect", what);

        Assert.Equal(ExitCode.UserMistake, call.ExitCode);
        Assert.Contains(what, call.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", call.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backbones_List_HasTheEmbeddedOnesInstalled()
    {
        RunnerCall call = await RunnerCall.InAsync(_folder, "backbones", "--json");
        RunnerCall text = await RunnerCall.InAsync(_folder, "backbones");

        foreach (string name in (string[])["efficientnet-lite0", "all-MiniLM-L6-v2"])
        {
            JsonObject row = Assert.Single(call.Lines, line => (string?)line["name"] == name);
            Assert.True((bool)row["installed"]!);
            Assert.Contains(name, text.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Backbones_Verify_ChecksTheHash()
    {
        string backbone = TinyBackbone.WriteImages(_folder, sha256: new string('0', 64));

        RunnerCall right = await RunnerCall.InAsync(_folder, "backbones", "--verify", "efficientnet-lite0");
        RunnerCall wrong = await RunnerCall.InAsync(_folder, "backbones", "--verify", backbone);

        Assert.Equal((0, 2), (right.ExitCode, wrong.ExitCode));
        Assert.Contains("verified", right.Output, StringComparison.Ordinal);
        Assert.Contains("SHA-256", wrong.Error, StringComparison.Ordinal);
    }
}
