using MLTransfer.FineTuning.Networks;
using MLTransfer.FineTuning.Tests.Freezing;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.FineTuning.Tests.Networks;

public class RandomBackboneTests
{
    [Fact]
    public void Draw_Bert_FollowsTheRuleOfEachRole()
    {
        OnnxModel model = ZooGraphs.Load("bert-pooler-torchscript17");

        (OnnxModel drawn, IReadOnlyCollection<string> names) = RandomBackbone.Draw(model, null, seed: 1);

        Assert.Equal(ZooGraphs.Weights(model).Order(), names.Order());
        Assert.Equal(model.Proto.Graph.Node, drawn.Proto.Graph.Node);

        // [400, 48], normal with 0.02; the deviation of 19,200 numbers is within 3 % of it.
        float[] table = Values(drawn, "model.embeddings.word_embeddings.weight");
        Assert.InRange(table.Average(), -0.001, 0.001);
        Assert.InRange(Math.Sqrt(table.Average(static value => value * value)), 0.0194, 0.0206);

        Assert.All(Values(drawn, "model.encoder.layer.1.output.LayerNorm.weight"), static value => Assert.Equal(1, value));
        Assert.All(Values(drawn, "model.encoder.layer.1.output.LayerNorm.bias"), static value => Assert.Equal(0, value));
        Assert.All(Values(drawn, "model.encoder.layer.1.output.dense.bias"), static value => Assert.Equal(0, value));
        Assert.All(Values(drawn, "model.pooler.dense.bias"), static value => Assert.Equal(0, value));

        // Query of the first layer, [48, 48].
        float[] matrix = Values(drawn, "onnx::MatMul_417");
        double bound = Math.Sqrt(6.0 / 96);
        Assert.All(matrix, value => Assert.InRange(value, -bound, bound));
        Assert.InRange(Math.Sqrt(matrix.Average(static value => value * value)), 0.95 * bound / Math.Sqrt(3), 1.05 * bound / Math.Sqrt(3));
    }

    [Fact]
    public void Draw_EfficientNet_BeginsFiltersByTheirInputsAndResetsStatistics()
    {
        OnnxModel model = ZooGraphs.Load("efficientnet-bn-torchscript13");

        (OnnxModel drawn, IReadOnlyCollection<string> names) = RandomBackbone.Draw(model, null, seed: 1);

        NodeProto norm = model.Proto.Graph.Node.First(static node => node.OpType == "BatchNormalization");
        Assert.All(Values(drawn, norm.Input[1]).Concat(Values(drawn, norm.Input[4])), static value => Assert.Equal(1, value));
        Assert.All(Values(drawn, norm.Input[2]).Concat(Values(drawn, norm.Input[3])), static value => Assert.Equal(0, value));
        Assert.Contains(norm.Input[3], names);
        foreach (NodeProto conv in model.Proto.Graph.Node.Where(static node => node.OpType == "Conv"))
        {
            TensorProto filters = drawn.Proto.Graph.Initializer.Single(tensor => tensor.Name == conv.Input[1]);
            double bound = Math.Sqrt(6.0 / filters.Dims.Skip(1).Aggregate(1L, static (product, dim) => product * dim));
            float largest = TensorData.ToFloats(filters).Max(Math.Abs);
            Assert.InRange(largest, 0.7 * bound, bound);
        }
    }

    [Fact]
    public void Draw_Seed_DecidesTheNumbers()
    {
        OnnxModel model = ZooGraphs.Load("gpt2-torchscript14");

        byte[][] drawn = [.. ((int[])[1, 1, 2]).Select(seed => RandomBackbone.Draw(model, null, seed).Model.ToBytes())];

        Assert.Equal(drawn[0], drawn[1]);
        Assert.NotEqual(drawn[0], drawn[2]);
    }

    private static float[] Values(OnnxModel model, string name) => TensorData.ToFloats(model.Proto.Graph.Initializer.Single(tensor => tensor.Name == name));
}
