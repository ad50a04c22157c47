using MLTransfer.Models.Catalog;
using MLTransfer.Models.Onnx;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Models.Inference;

/// <summary>The nodes behind the feature tensor: pooling, then L2 normalisation where asked for.</summary>
internal static class PoolingGraph
{
    /// <summary>Name of the input: the feature tensor.</summary>
    public const string TensorName = "feature_tensor";

    /// <summary>Name of the input of the attention mask, <c>[batch, sequence]</c>; there only where the pooling looks at it.</summary>
    public const string MaskName = "pooling_mask";

    /// <summary>Name of the output, <c>[batch, features]</c> float.</summary>
    public const string FeaturesName = "features";

    /// <summary>Builds the graph.</summary>
    /// <param name="pooling">How positions become one vector.</param>
    /// <param name="masked">Whether a mask tells which positions count; without one all do.</param>
    /// <param name="normalize">Whether each vector is divided by its Euclidean length.</param>
    /// <param name="opset">The backbone's opset.</param>
    /// <param name="maskType">Element type of the mask: that of the backbone's own mask, if it has one.</param>
    public static OnnxModel Build(Pooling pooling, bool masked, bool normalize, long opset, DataType maskType = DataType.Int64)
    {
        GraphBuilder graph = new("pooling", opset);

        // The rank is not always known: no dims are declared.
        string tensor = graph.UntypedInput(TensorName);
        tensor = graph.Cast(tensor, DataType.Float);
        string? mask = masked && LooksAtMask(pooling) ? graph.Cast(graph.Input(MaskName, maskType, "batch", "sequence"), DataType.Float) : null;
        string pooled = pooling switch
        {
            Pooling.FirstToken => graph.Node("Gather", [tensor, graph.Scalar(0L)], ("axis", 1L)),
            Pooling.LastToken => Last(graph, tensor, mask),
            Pooling.Mean => Mean(graph, tensor, mask),
            Pooling.Max => Max(graph, tensor, mask),
            Pooling.MeanMax => graph.Node("Concat", [Mean(graph, tensor, mask), Max(graph, tensor, mask)], ("axis", 1L)),
            Pooling.GlobalAverage => graph.Reduce("ReduceMean", graph.Node("Reshape", [tensor, graph.List(0, 0, -1)]), [2], keepDims: false),
            _ => tensor,
        };

        // [batch, features] stays as it is; other shapes are flattened behind the batch.
        string vector = graph.Node("Flatten", [pooled], ("axis", 1L));
        if (normalize)
        {
            string length = graph.Reduce("ReduceL2", vector, [1], keepDims: true);
            vector = graph.Node("Div", [vector, graph.Node("Max", [length, graph.Floats("smallest", [1, 1], [1e-12f])])]);
        }

        graph.Output(FeaturesName, vector, DataType.Float, "batch", "features");
        return graph.Build();
    }

    /// <summary>Length of a feature vector, where the declared shape of the feature tensor tells; otherwise null.</summary>
    /// <param name="pooling">How positions become one vector.</param>
    /// <param name="dimensions">The declared shape, see <see cref="OnnxValue.Dimensions"/>.</param>
    public static int? DimensionOf(Pooling pooling, IReadOnlyList<string>? dimensions)
    {
        int?[] sizes = [.. dimensions?.Skip(1).Select(Size) ?? []];
        return (pooling, sizes) switch
        {
            (Pooling.None, [_, ..]) => sizes.Aggregate((int?)1, static (product, size) => product * size),
            (Pooling.GlobalAverage, [var channels, ..]) => channels,
            (Pooling.MeanMax, [_, var hidden]) => 2 * hidden,
            (Pooling.FirstToken or Pooling.LastToken or Pooling.Mean or Pooling.Max, [_, var hidden]) => hidden,
            _ => null,
        };

        static int? Size(string dimension) =>
            int.TryParse(dimension, System.Globalization.CultureInfo.InvariantCulture, out int size) && size > 0 ? size : null;
    }

    /// <summary>Whether a pooling looks at the attention mask where there is one.</summary>
    public static bool LooksAtMask(Pooling pooling) => pooling is Pooling.Mean or Pooling.Max or Pooling.MeanMax or Pooling.LastToken;

    // tensor: [batch, sequence, hidden], mask: [batch, sequence]
    private static string Mean(GraphBuilder graph, string tensor, string? mask)
    {
        if (mask is null)
        {
            return graph.Reduce("ReduceMean", tensor, [1], keepDims: false);
        }

        string sum = graph.Reduce("ReduceSum", graph.Node("Mul", [tensor, graph.Unsqueeze(mask, 2)]), [1], keepDims: false);
        string count = graph.Reduce("ReduceSum", mask, [1], keepDims: true);
        return graph.Node("Div", [sum, graph.Node("Max", [count, graph.Floats("one", [1, 1], [1f])])]);
    }

    private static string Max(GraphBuilder graph, string tensor, string? mask)
    {
        if (mask is not null)
        {
            // Positions that do not count become very small: x·m + (m − 1)·10³⁰.
            string column = graph.Unsqueeze(mask, 2);
            string penalty = graph.Node("Mul", [graph.Node("Sub", [column, graph.Floats("one", [1], [1f])]), graph.Floats("large", [1], [1e30f])]);
            tensor = graph.Node("Add", [graph.Node("Mul", [tensor, column]), penalty]);
        }

        return graph.Reduce("ReduceMax", tensor, [1], keepDims: false);
    }

    private static string Last(GraphBuilder graph, string tensor, string? mask)
    {
        if (mask is null)
        {
            return graph.Node("Gather", [tensor, graph.Scalar(-1L)], ("axis", 1L));
        }

        // The last position is where the running count of the mask reaches its total, and the mask is 1: right for padding on either side.
        string running = graph.Node("CumSum", [mask, graph.Scalar(1L)]);
        string total = graph.Reduce("ReduceSum", mask, [1], keepDims: true);
        string last = graph.Node("Mul", [graph.Cast(graph.Node("Equal", [running, total]), DataType.Float), mask]);
        return graph.Reduce("ReduceSum", graph.Node("Mul", [tensor, graph.Unsqueeze(last, 2)]), [1], keepDims: false);
    }
}
