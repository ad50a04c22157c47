using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Models.Tests.Onnx;

public sealed class GraphEditingTests
{
    private static readonly (string, float[], int[]) X = ("x", [1, 2, 3], [1, 3]);

    [Fact]
    public void Slice_InnerTensor_KeepsOnlyWhatItNeeds()
    {
        OnnxModel sliced = TinyGraphs.ScaleThenMean().Slice(["hidden"]);

        Assert.Equal([3f, 5f, 7f], Runtime.Run(sliced, X)["hidden"]);
        Assert.DoesNotContain(sliced.Operators, static entry => entry.Type == "ReduceMean");
    }

    [Fact]
    public void Slice_FromInnerTensor_RunsTheTail()
    {
        OnnxModel tail = TinyGraphs.ScaleThenMean().Slice(["y"], ["hidden"]);
        // hidden is an Identity's output; the tail reads what the Identity read, so the cut takes the graph's own input along.
        Assert.Equal(["x"], tail.Inputs.Select(static input => input.Name));
    }

    [Fact]
    public void Slice_UnknownTensor_SuggestsTheNearest()
    {
        OnnxModelException exception = Assert.Throws<OnnxModelException>(() => TinyGraphs.ScaleThenMean().Slice(["hiden"]));

        Assert.Contains("'hidden'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Slice_RealModelAtEveryTenthTensor_PrefixAndTailEqualTheWhole()
    {
        OnnxModel whole = OnnxModel.Load(Repository.Shared("goldens", "zoo", "resnet18-bn-torchscript13", "model.onnx")).WithEmbeddedData();
        OnnxValue input = Assert.Single(whole.Inputs);
        int[] dims = [.. input.Dimensions!.Select(static (dim, axis) => int.TryParse(dim, out int n) ? n : axis == 0 ? 2 : 64)];
        float[] values = [.. Enumerable.Range(0, dims.Aggregate(1, static (a, b) => a * b)).Select(static i => MathF.Sin(i * 0.37f))];
        string output = whole.Outputs[0].Name;
        float[] expected = Runtime.Run(whole, (input.Name, values, dims))[output];

        foreach (NodeProto node in whole.Proto.Graph.Node.Where(static node => node.OpType == "MaxPool").Concat(whole.Proto.Graph.Node.Where((_, i) => i % 10 == 9)))
        {
            string cut = node.Output[0];
            OnnxModel prefix = whole.Slice([cut]);
            OnnxModel tail = whole.Slice([output], [cut]);
            if (tail.Inputs.Count != 1)
            {
                continue; // A residual connection passes the cut.
            }

            float[] actual = Runtime.Run(prefix.Append(tail, new Dictionary<string, string> { [cut] = cut }), (input.Name, values, dims))[output];
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void Append_SameNamesInBoth_KeepsThemApart()
    {
        // y is [n, 1]: broadcasting against [3] gives 2·y + 1 in each of three columns.
        OnnxModel twice = TinyGraphs.ScaleThenMean().Append(TinyGraphs.ScaleThenMean(), new Dictionary<string, string> { ["x"] = "hidden" });

        // hidden = 3 5 7 → 7 11 15 → mean 11
        Assert.Equal([11f], Runtime.Run(twice, X)["y"]);
    }

    [Fact]
    public void Prepend_IsAppendSeenFromTheOtherSide()
    {
        OnnxModel first = TinyGraphs.ScaleThenMean();
        OnnxModel second = TinyGraphs.ScaleThenMean();
        Dictionary<string, string> links = new() { ["x"] = "hidden" };

        Assert.Equal(first.Append(second, links).ToBytes(), second.Prepend(first, links).ToBytes());
    }

    [Fact]
    public void Merge_SharedInput_IsOneInput()
    {
        GraphBuilder other = new("other", 17);
        other.Output("z", other.Node("Neg", [other.Input("x", DataType.Float, "n", 3)]), DataType.Float, "n", 3);

        OnnxModel merged = TinyGraphs.ScaleThenMean().Merge(other.Build());

        Assert.Single(merged.Inputs);
        Dictionary<string, float[]> results = Runtime.Run(merged, X);
        Assert.Equal([-1f, -2f, -3f], results["z"]);
        Assert.Equal([5f], results["y"]);
    }

    [Fact]
    public void Append_DifferentOpsets_IsRefused()
    {
        OnnxModelException exception = Assert.Throws<OnnxModelException>(() =>
            TinyGraphs.ScaleThenMean(17).Append(TinyGraphs.ScaleThenMean(18), new Dictionary<string, string> { ["x"] = "hidden" }));

        Assert.Contains("17 and 18", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Append_DifferentOpsetsOfWhichOneIsUnused_TakesTheOther()
    {
        // The first model only passes its input on, with a node of another domain: its version of the standard operators does not matter.
        GraphBuilder first = new("first", 13);
        string x = first.Input("x", DataType.Float, "n", 3);
        string trimmed = first.Node(Opset.MachineLearning, "Scaler", [x], 1, ("offset", new[] { 0f }), ("scale", new[] { 1f }))[0];
        OnnxModel model = first.Build();
        model.Proto.Graph.Output.Add(new ValueInfoProto { Name = trimmed });

        OnnxModel joined = model.Append(TinyGraphs.ScaleThenMean(18), new Dictionary<string, string> { ["x"] = trimmed });

        Assert.Equal(18, joined.Opsets[Opset.Standard]);
        Assert.Equal([5f], Runtime.Run(joined, X)["y"]);
    }

    [Fact]
    public void Append_OtherElementType_IsRefused()
    {
        GraphBuilder first = new("first", 17);
        first.Output("z", first.Cast(first.Input("x", DataType.Float, "n", 3), DataType.Int64), DataType.Int64, "n", 3);

        string message = Assert.Throws<OnnxModelException>(() =>
            first.Build().Append(TinyGraphs.ScaleThenMean(), new Dictionary<string, string> { ["x"] = "z" })).Message;

        Assert.Contains("takes float, but 'z' is int64", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Slice_FromInnerTensorWithoutDeclaredType_HasATypedInput()
    {
        OnnxModel whole = TinyGraphs.ScaleThenMean();
        string inner = whole.Proto.Graph.Node[0].Output[0];

        OnnxModel tail = whole.Slice(["y"], [inner]);

        Assert.Equal($"{inner}: float [n, 3]", Assert.Single(tail.Inputs).ToString());
        // 2 4 6 → mean of 3 5 7
        Assert.Equal([5f], Runtime.Run(tail, (inner, [2, 4, 6], [1, 3]))["y"]);
    }

    [Fact]
    public void Append_UnknownInput_NamesWhatThereIs()
    {
        OnnxModelException exception = Assert.Throws<OnnxModelException>(() =>
            TinyGraphs.ScaleThenMean().Append(TinyGraphs.ScaleThenMean(), new Dictionary<string, string> { ["z"] = "y" }));

        Assert.Contains("'z'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'x'", exception.Message, StringComparison.Ordinal);
    }
}
