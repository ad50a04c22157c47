using MLTransfer.Models.Catalog;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Tests.Onnx;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Models.Tests.Inference;

public sealed class PoolingGraphTests
{
    private const int Rows = 3, Positions = 4, Hidden = 2;

    // Whole, padded on the right, padded on the left.
    private static readonly int[][] Masks = [[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 0, 1]];

    public static IEnumerable<TheoryDataRow<Pooling, bool, int>> Cases =>
        from pooling in new[] { Pooling.FirstToken, Pooling.LastToken, Pooling.Mean, Pooling.Max, Pooling.MeanMax }
        from masked in new[] { false, true }
        from opset in new[] { 11, 13, 18 }
        select new TheoryDataRow<Pooling, bool, int>(pooling, masked, opset);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Build_Sequence_IsTheFormula(Pooling pooling, bool masked, int opset)
    {
        float[] tensor = Tensor(Rows * Positions * Hidden);

        float[] actual = Run(pooling, masked, normalize: false, opset, tensor, [Rows, Positions, Hidden]);

        Assert.Equal(
            Enumerable.Range(0, Rows).SelectMany(row => Expected(pooling, tensor, row, masked ? Masks[row] : [1, 1, 1, 1])).ToArray(),
            actual,
            static (wanted, got) => Math.Abs(wanted - got) < 1e-5f);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(18)]
    public void Build_GlobalAverage_IsTheMeanOfEachChannel(int opset)
    {
        float[] tensor = Tensor(2 * 3 * 4 * 5);

        float[] actual = Run(Pooling.GlobalAverage, masked: false, normalize: false, opset, tensor, [2, 3, 4, 5]);

        Assert.Equal(tensor.Chunk(20).Select(static channel => channel.Average()).ToArray(), actual, static (wanted, got) => Math.Abs(wanted - got) < 1e-5f);
    }

    [Fact]
    public void Build_None_KeepsVectorsAndFlattensTheRest()
    {
        float[] tensor = Tensor(24);

        Assert.Equal(tensor, Run(Pooling.None, masked: false, normalize: false, 17, tensor, [4, 6]));
        Assert.Equal(tensor, Run(Pooling.None, masked: false, normalize: false, 17, tensor, [2, 3, 4]));
    }

    [Fact]
    public void Build_Normalize_GivesUnitLengthAndNoNaN()
    {
        float[] actual = Run(Pooling.None, masked: false, normalize: true, 17, [3, 4, 0, 0], [2, 2]);

        Assert.Equal([0.6f, 0.8f, 0, 0], actual);
    }

    private static float[] Run(Pooling pooling, bool masked, bool normalize, int opset, float[] tensor, int[] dims)
    {
        // The mask is int64 in the graph; a cast in front of it lets the test feed floats.
        OnnxModel model = PoolingGraph.Build(pooling, masked, normalize, opset);
        bool hasMask = model.Inputs.Any(static input => input.Name == PoolingGraph.MaskName);
        Assert.Equal(masked && PoolingGraph.LooksAtMask(pooling), hasMask);
        GraphBuilder front = new("front", opset);
        object[] shape = [.. dims.Cast<object>()];
        Dictionary<string, string> links = new() { [PoolingGraph.TensorName] = front.Output("tensor", front.Input("x", DataType.Float, shape), DataType.Float, shape) };
        if (hasMask)
        {
            links[PoolingGraph.MaskName] = front.Output("mask", front.Cast(front.Input("m", DataType.Float, Rows, Positions), DataType.Int64), DataType.Int64, Rows, Positions);
        }

        (string, float[], int[])[] inputs = [("x", tensor, dims)];
        if (hasMask)
        {
            inputs = [.. inputs, ("m", [.. Masks.SelectMany(static mask => mask).Select(static value => (float)value)], [Rows, Positions])];
        }

        return Runtime.Run(model.Prepend(front.Build(), links), inputs)[PoolingGraph.FeaturesName];
    }

    [Theory]
    [InlineData(Pooling.None, "batch 1280", 1280)]
    [InlineData(Pooling.None, "batch 1280 1 1", 1280)]
    [InlineData(Pooling.None, "batch 8 ? 4", null)]
    [InlineData(Pooling.None, "batch", null)]
    [InlineData(Pooling.GlobalAverage, "batch 512 h w", 512)]
    [InlineData(Pooling.Mean, "batch sequence 384", 384)]
    [InlineData(Pooling.MeanMax, "batch sequence 384", 768)]
    [InlineData(Pooling.FirstToken, "batch sequence hidden", null)]
    [InlineData(Pooling.LastToken, "batch 7 7 384", null)]
    [InlineData(Pooling.Max, null, null)]
    public void DimensionOf_DeclaredShape_IsTheLengthOfTheVector(Pooling pooling, string? dimensions, int? expected) =>
        Assert.Equal(expected, PoolingGraph.DimensionOf(pooling, dimensions?.Split(' ')));

    private static float[] Expected(Pooling pooling, float[] tensor, int row, int[] mask)
    {
        float[][] tokens = [.. tensor.Chunk(Hidden).Skip(row * Positions).Take(Positions)];
        float[][] counted = [.. tokens.Where((_, position) => mask[position] == 1)];
        float[] Each(Func<IEnumerable<float>, float> reduce) => [.. Enumerable.Range(0, Hidden).Select(i => reduce(counted.Select(token => token[i])))];
        return pooling switch
        {
            Pooling.FirstToken => tokens[0],
            Pooling.LastToken => counted[^1],
            Pooling.Mean => Each(Enumerable.Average),
            Pooling.Max => Each(Enumerable.Max),
            _ => [.. Each(Enumerable.Average), .. Each(Enumerable.Max)],
        };
    }

    // Negative numbers too: a maximum over padding must not become 0.
    private static float[] Tensor(int length) => [.. Enumerable.Range(0, length).Select(static i => (float)Math.Sin(i * 1.7) - 1.5f)];
}
