using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Freezing.Blocks;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.FineTuning.Tests.Freezing.Adapters;

public class LoraTargetsTests
{
    // Query, key, value, output, and the two of the feed-forward layer in each of BERT's blocks; ViT and GPT-2 have the first three in one.
    [Theory]
    [InlineData("bert-pooler-torchscript17", 3, 6)]
    [InlineData("vit-torchscript14", 3, 4)]
    [InlineData("gpt2-torchscript14", 2, 4)]
    public void Choose_ByDefault_TakesTheMatricesOfTheBlocksAndNotWhatIsBehind(string name, int blocks, int matrices)
    {
        OnnxModel model = ZooGraphs.Load(name);

        IReadOnlyList<LoraTarget> targets = Choose(model, new LoraOptions());

        Assert.Equal([.. Enumerable.Repeat(matrices, blocks)], targets.GroupBy(static target => target.Block).OrderBy(static group => group.Key).Select(static group => group.Count()));
        Assert.All(targets, static target => Assert.NotEmpty(target.SideNodes));
    }

    [Fact]
    public void Choose_ByDefaultInANetworkOfConvolutions_TakesThoseThatAreNotGrouped()
    {
        OnnxModel model = ZooGraphs.Load("efficientnet-bn-torchscript13");

        IReadOnlyList<LoraTarget> targets = Choose(model, new LoraOptions());

        HashSet<string> grouped = [.. model.Proto.Graph.Node.Where(static node => node.OpType == "Conv" && node.Attribute.Any(static attribute => attribute.Name == "group" && attribute.I > 1)).Select(static node => node.Input[1])];
        Assert.NotEmpty(grouped);
        Assert.NotEmpty(targets);
        Assert.DoesNotContain(targets, target => grouped.Contains(target.Weight));
        Assert.All(targets, target => Assert.True(target.Block >= 0));
    }

    [Fact]
    public void Choose_PatternOfNoMatrix_ListsThoseThatThereAre()
    {
        OnnxModel model = ZooGraphs.Load("bert-pooler-torchscript17");

        string message = Assert.Throws<UserException>(() => Choose(model, new LoraOptions { Targets = ["*LayerNorm*"] })).Message;

        Assert.Contains("'*LayerNorm*'", message, StringComparison.Ordinal);
        Assert.Contains(Choose(model, new LoraOptions())[0].Weight, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_GraphWithoutMatrices_SaysSo()
    {
        GraphBuilder graph = new("scale", 17);
        graph.Output("y", graph.Node("Mul", [graph.Input("x", TensorProto.Types.DataType.Float, "n", 4), graph.Floats("w", [4], [1, 2, 3, 4])]), TensorProto.Types.DataType.Float);

        Assert.Contains("no weight that can have an adapter", Assert.Throws<UserException>(() => Choose(graph.Build(), new LoraOptions())).Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<LoraTarget> Choose(OnnxModel model, LoraOptions options)
    {
        var weights = BackboneWeights.Of(model);
        return LoraTargets.Choose(options, model, weights, GraphBlocks.Find(model, [.. weights.Select(static weight => weight.Name)]));
    }
}
