using MLTransfer.Models.Onnx;
using MLTransfer.Runner.Tests.Runs;

namespace MLTransfer.Runner.Tests.Commands;

/// <summary>From a run with adapters to a backbone that holds them.</summary>
public sealed class MergeAdapterCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public MergeAdapterCommandTests()
    {
        _folder.Write("train.csv", TinyData.Texts(perClass: 20));
        _folder.Write("test.csv", TinyData.Texts(perClass: 6));
        TinyBackbone.WriteTexts(_folder, blocks: 2);
        RunSetup.WriteTextPipeline(_folder, more: """, "fineTune": { "train": { "lora": { "rank": 2 } }, "epochs": 10, "batchSize": 8 }""");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task MergeAdapter_OfARun_WritesTheBackboneWhoseWeightsTheModelHas()
    {
        (await RunnerCall.InAsync(_folder, "pipeline.json")).AssertEnded(ExitCode.Success);

        RunnerCall call = await RunnerCall.InAsync(_folder, "merge-adapter", "tiny-text", "run", "-o", "merged");
        RunnerCall graph = await RunnerCall.InAsync(_folder, "merge-adapter", "tiny-text", "run/adapter.safetensors", "-o", "graph.onnx", "--json");

        Assert.Equal("", call.Error);
        Assert.Contains("rank", call.Output, StringComparison.Ordinal);
        Assert.Equal(2, (int)Assert.Single(graph.Lines)["merged"]!["weights"]!);
        OnnxModel before = OnnxModel.Load(_folder.PathOf("tiny-text/model.onnx")), merged = OnnxModel.Load(_folder.PathOf("merged/model.onnx")), whole = OnnxModel.Load(_folder.PathOf("run/model.onnx"));
        Assert.Equal(before.Proto.Graph.Node, merged.Proto.Graph.Node);
        foreach (string weight in (string[])["block0.weight", "block1.weight"])
        {
            float[] values = Values(merged, weight);
            Assert.NotEqual(Values(before, weight), values);
            Assert.Equal(Values(whole, weight), values);
        }
        Assert.Equal(Values(before, "table"), Values(merged, "table"));
        Assert.Equal(File.ReadAllBytes(_folder.PathOf("merged/model.onnx")), File.ReadAllBytes(_folder.PathOf("graph.onnx")));

        // The folder is a backbone like any other.
        RunSetup.WriteTextPipeline(_folder, more: """, "output": "again" """);
        (await RunnerCall.InAsync(_folder, "pipeline.json", "--set", "features[0].backbone=merged")).AssertEnded(ExitCode.Success);
    }

    [Fact]
    public async Task MergeAdapter_AnotherBackboneOfTheSameShape_IsRefused()
    {
        await RunnerCall.InAsync(_folder, "pipeline.json");
        TinyBackbone.WriteTexts(_folder, "other", blocks: 2, seed: 6);

        RunnerCall call = await RunnerCall.InAsync(_folder, "merge-adapter", "other", "run", "-o", "merged");

        Assert.Equal(ExitCode.UserMistake, call.ExitCode);
        Assert.Contains("belongs to the backbone 'tiny-text'", call.Error, StringComparison.Ordinal);
        Assert.Contains("SHA-256", call.Error, StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder.PathOf("merged")));
    }

    [Theory]
    [InlineData("nothing.safetensors", "does not exist")]
    [InlineData("train.csv", "is no adapter")]
    public async Task MergeAdapter_NoAdapter_SaysSo(string file, string expected)
    {
        RunnerCall call = await RunnerCall.InAsync(_folder, "merge-adapter", "tiny-text", file, "-o", "merged");

        Assert.Equal(ExitCode.UserMistake, call.ExitCode);
        Assert.Contains(expected, call.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MergeAdapter_OutputThatIsThere_IsNotOverwritten()
    {
        await RunnerCall.InAsync(_folder, "pipeline.json");

        RunnerCall call = await RunnerCall.InAsync(_folder, "merge-adapter", "tiny-text", "run", "-o", "tiny-text");

        Assert.Equal(ExitCode.UserMistake, call.ExitCode);
        Assert.Contains("exists already", call.Error, StringComparison.Ordinal);
    }

    private static float[] Values(OnnxModel model, string name) =>
        TensorData.ToFloats(model.Proto.Graph.Initializer.Single(tensor => tensor.Name.Contains($"/{name}_", StringComparison.Ordinal)));
}
