using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Import.Operators;
using MLTransfer.FineTuning.Networks;
using MLTransfer.FineTuning.Tests.Freezing;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Networks;

public class ResidualDropoutTests
{
    // Attention and feed-forward in each layer of a transformer.
    [Theory]
    [InlineData("bert-pooler-torchscript17", "encoder.layer.")]
    [InlineData("gpt2-torchscript14", "h.")]
    [InlineData("vit-torchscript14", "blocks.")]
    public void Insert_Transformer_DropsTwoBranchesOfEachLayer(string name, string layers)
    {
        OnnxModel model = ZooGraphs.Load(name);
        int count = ZooGraphs.Weights(model).Select(weight => LayerOf(weight, layers)).OfType<int>().Max() + 1;

        Assert.Equal(2 * count, Dropouts(ResidualDropout.Insert(model, 0.1)).Length);
    }

    // Sandler et al. 2018: a block adds its input where it has the stride 1 and as many filters as channels, which is so in all but the first of each stage. EfficientNet-B0: 1, 2, 2, 3, 3, 4, 1 blocks.
    [Theory]
    [InlineData("all-MiniLM-L6-v2", 2 * 6)]
    [InlineData("efficientnet-lite0", 0 + 1 + 1 + 2 + 2 + 3 + 0)]
    public void Insert_RealBackbone_DropsItsResidualBranches(string name, int expected) =>
        Assert.Equal(expected, Dropouts(ResidualDropout.Insert(OnnxModel.Load(Backbone.Load(name).ModelPath), 0.1)).Length);

    // x + 0.044715 · x³ of GELU, and what only has the shape of x, are no residual branches.
    [Theory]
    [InlineData("Pow(x) Mul(c)", 0)]
    [InlineData("MatMul(w)", 1)]
    [InlineData("MatMul(w) Shape() ConstantOfShape()", 0)]
    public void Insert_SumWithWhatIsComputedFromIt_NeedsAMatrixOnTheWay(string branch, int expected)
    {
        GraphProto graph = new() { Initializer = { Floats("w", 2, 2), Floats("c") }, Input = { Value("x") }, Output = { Value("y") } };
        string last = "x";
        foreach (string step in branch.Split(' '))
        {
            string[] parts = step.TrimEnd(')').Split('(');
            NodeProto node = new() { OpType = parts[0], Input = { last }, Output = { $"{last}/{parts[0]}" } };
            node.Input.AddRange(parts[1].Split(',', StringSplitOptions.RemoveEmptyEntries));
            graph.Node.Add(node);
            last = node.Output[0];
        }

        graph.Node.Add(new NodeProto { OpType = "Add", Input = { "x", last }, Output = { "y" } });
        OnnxModel model = new(new ModelProto { Graph = graph }, null);

        NodeProto[] dropouts = Dropouts(ResidualDropout.Insert(model, 0.1));

        Assert.Equal(expected, dropouts.Length);
        Assert.All(dropouts, dropout => Assert.Equal(last, dropout.Input[0]));
        Assert.Equal("Add", model.Proto.Graph.Node[^1].OpType);
        Assert.Equal(["x", last], model.Proto.Graph.Node[^1].Input);
    }

    [Fact]
    public void Insert_RateZero_IsTheGraphItself()
    {
        OnnxModel model = ZooGraphs.Load("bert-pooler-torchscript17");

        Assert.Same(model, ResidualDropout.Insert(model, 0));
    }

    [Theory]
    [InlineData("bert-pooler-torchscript17")]
    [InlineData("gpt2-torchscript14")]
    [InlineData("vit-torchscript14")]
    [InlineData("efficientnet-bn-torchscript13")]
    public void Insert_Model_ComputesTheSameWhereItDoesNotTrain(string name)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        OnnxModel model = ZooGraphs.Load(name);
        string output = model.Outputs[0].Name;
        IReadOnlyDictionary<string, Tensor> rows = ZooGraphs.Rows(model, 6).Read([0, 2, 3], null);
        ImportOptions options = new() { Outputs = [output] };
        using OnnxModule plain = OnnxModule.Import(model, options), dropping = OnnxModule.Import(ResidualDropout.Insert(model, 0.5), options);

        plain.train(false);
        dropping.train(false);
        Tensor expected = plain.call(rows)[output], still = dropping.call(rows)[output];
        dropping.train(true);
        manual_seed(1);
        Tensor first = dropping.call(rows)[output];
        manual_seed(1);
        Tensor again = dropping.call(rows)[output];
        Tensor other = dropping.call(rows)[output];

        Assert.Equal(expected.data<float>().ToArray(), still.data<float>().ToArray());
        Assert.Equal(first.data<float>().ToArray(), again.data<float>().ToArray());
        Assert.NotEqual(expected.data<float>().ToArray(), first.data<float>().ToArray());
        Assert.NotEqual(first.data<float>().ToArray(), other.data<float>().ToArray());
    }

    // Each number is dropped with the probability of the rate, and its gradient with it; the mean stays.
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void TrainingDropout_Ones_DropsTheirRateAndKeepsTheMean(double rate)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        const int Count = 100_000;
        GraphProto graph = new() { Initializer = { Floats("w", Count) }, Output = { Value("y") } };
        graph.Node.Add(new NodeProto
        {
            Domain = RewrittenOperators.Domain,
            OpType = TrainingDropout.Name,
            Input = { "w" },
            Output = { "y" },
            Attribute = { new AttributeProto { Name = "rate", Type = AttributeProto.Types.AttributeType.Float, F = (float)rate } },
        });
        ModelProto proto = new() { Graph = graph, OpsetImport = { new OperatorSetIdProto { Version = 17 }, new OperatorSetIdProto { Domain = RewrittenOperators.Domain, Version = 1 } } };
        using OnnxModule module = OnnxModule.Import(new OnnxModel(proto, null), new ImportOptions { Outputs = ["y"], Weights = ["w"] });
        module.train(true);
        manual_seed(1);

        Tensor y = module.call(new Dictionary<string, Tensor>())["y"];
        y.sum().backward();

        float[] values = y.data<float>().ToArray();
        double scale = 1 / (1 - rate), deviation = Math.Sqrt(rate * (1 - rate) / Count);
        Assert.All(values, value => Assert.True(value == 0 || Math.Abs(value - scale) < 1e-6));
        Assert.Equal(rate, values.Count(static value => value == 0) / (double)Count, 5 * deviation);
        Assert.Equal(values, module.Weights["w"].grad!.data<float>().ToArray());
    }

    private static NodeProto[] Dropouts(OnnxModel model) => [.. model.Proto.Graph.Node.Where(static node => node.OpType == TrainingDropout.Name)];

    private static int? LayerOf(string weight, string layers)
    {
        int at = weight.IndexOf(layers, StringComparison.Ordinal);
        return at >= 0 && int.TryParse(weight[(at + layers.Length)..].Split('.')[0], out int layer) ? layer : null;
    }

    private static TensorProto Floats(string name, params long[] shape) => TensorData.Floats(name, shape, [.. Enumerable.Repeat(1f, (int)TensorShape.Count(shape))]);

    private static ValueInfoProto Value(string name) => new() { Name = name };
}
