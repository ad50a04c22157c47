using MLTransfer.FineTuning.Freezing.Blocks;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;

namespace MLTransfer.FineTuning.Tests.Freezing;

public class GraphBlocksTests
{
    [Theory]
    [InlineData("all-MiniLM-L6-v2", 6)]
    [InlineData("efficientnet-lite0", 15)] // of its 16 inverted bottlenecks the first has no expansion: it belongs to the stem
    public void Find_RealBackbones_CountsTheirBlocks(string name, int expected)
    {
        OnnxModel model = OnnxModel.Load(Backbone.Load(name).ModelPath);

        Assert.Equal(expected, GraphBlocks.Find(model, ZooGraphs.Weights(model)).Starts.Count);
    }

    [Theory]
    [InlineData("bert-pooler-torchscript17", "encoder.layer.2.")]
    [InlineData("gpt2-torchscript14", "h.1.")]
    [InlineData("vit-torchscript14", "layer.1.")]
    public void Choose_TopBlockOfATransformer_IsItsLastLayerAndWhatFollows(string name, string last)
    {
        OnnxModel model = ZooGraphs.Load(name);
        GraphBlocks blocks = GraphBlocks.Find(model, ZooGraphs.Weights(model));

        // Weights whose name says their layer check what was found without names.
        string[] trained = [.. WeightSelection.Choose(new FreezePlan { Top = 1 }, BackboneWeights.Of(model), blocks).Keys];
        string[] named = [.. ZooGraphs.Weights(model).Where(static weight => weight.Contains("layer.", StringComparison.Ordinal) || weight.Contains("h.", StringComparison.Ordinal))];

        Assert.Equal(named.Where(weight => weight.Contains(last, StringComparison.Ordinal)), named.Where(trained.Contains));
    }

    [Fact]
    public void Choose_MoreBlocksThanThereAre_SaysHowManyThereAre()
    {
        OnnxModel model = ZooGraphs.Load("bert-pooler-torchscript17");
        GraphBlocks blocks = GraphBlocks.Find(model, ZooGraphs.Weights(model));

        UserException error = Assert.Throws<UserException>(() => WeightSelection.Choose(new FreezePlan { Top = 99 }, BackboneWeights.Of(model), blocks));

        Assert.Contains($"the backbone has {blocks.Starts.Count} blocks", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_LayerDecay_LowersTheRateFromBlockToBlock()
    {
        OnnxModel model = OnnxModel.Load(Backbone.Load("all-MiniLM-L6-v2").ModelPath);
        GraphBlocks blocks = GraphBlocks.Find(model, ZooGraphs.Weights(model));

        IReadOnlyDictionary<string, TrainingShare> shares = WeightSelection.Choose(new FreezePlan { LayerDecay = 0.5 }, BackboneWeights.Of(model), blocks);

        Assert.Equal([1 / 64.0, 1 / 32.0, 1 / 16.0, 1 / 8.0, 1 / 4.0, 1 / 2.0, 1.0], shares.Values.Select(static share => share.RateFactor).Distinct().Order());
    }

    [Fact]
    public void Find_Repetition_CoversMost()
    {
        Assert.Equal(new RepeatedRun(1, 7, 3), RepeatedRun.Find("xabcabcax".Select(static c => c.ToString()).ToArray()));
        Assert.Equal(0, RepeatedRun.Find(["a", "b", "c"]).Repetitions);
    }
}
