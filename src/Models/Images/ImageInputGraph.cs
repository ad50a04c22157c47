using MLTransfer.Models.Onnx;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Models.Images;

/// <summary>The part of a saved model's graph that turns the pixels of ML.NET's transforms into a backbone's input.</summary>
/// <remarks>
/// Input <see cref="PixelsName"/>: bytes [N, 3, resize height, resize width], planes of red, green, blue. Output <see cref="TensorName"/>: float, in the
/// backbone's layout. Between them: cut out the centre, put the channels in order, reduce, normalise. Every operator exists since opset 7.
/// </remarks>
internal static class ImageInputGraph
{
    /// <summary>Name of the graph's input.</summary>
    public const string PixelsName = "pixels";

    /// <summary>Name of the graph's output.</summary>
    public const string TensorName = "image_tensor";

    /// <summary>Builds the graph.</summary>
    /// <param name="chain">What ML.NET's transforms did to the image.</param>
    /// <param name="preprocessing">What the backbone expects.</param>
    /// <param name="opset">The opset of the backbone, so that the graphs can be joined.</param>
    /// <exception cref="Errors.UserException">Chain and preprocessing do not fit together.</exception>
    public static OnnxModel Build(StockImageChain chain, ImagePreprocessing preprocessing, long opset)
    {
        preprocessing.Validate();
        chain.Validate(preprocessing);
        var rows = ReductionFilter.Create(chain.ResizeHeight, chain.Reduction, preprocessing.Height, preprocessing.Interpolation);
        var columns = ReductionFilter.Create(chain.ResizeWidth, chain.Reduction, preprocessing.Width, preprocessing.Interpolation);
        var graph = new GraphBuilder("image_input", opset);

        // [N, 3, resize height, resize width], bytes
        string image = graph.Input(PixelsName, DataType.Uint8, "N", 3, chain.ResizeHeight, chain.ResizeWidth);
        image = graph.Slice(image, rows.Begin, rows.End, axis: 2);
        image = graph.Slice(image, columns.Begin, columns.End, axis: 3);
        if (preprocessing.ChannelOrder == ChannelOrder.Bgr)
        {
            image = graph.Node("Gather", [image, graph.List(2, 1, 0)], ("axis", 1));
        }

        // [N, 3, height, width], floats from here on
        image = graph.Cast(image, DataType.Float);
        if (chain.Reduction > 1)
        {
            image = Reduce(graph, image, rows, columns, chain.Reduction);
        }

        image = graph.Node("Sub", [image, graph.Floats("mean", [1, 3, 1, 1], [.. preprocessing.Mean])]);
        image = graph.Node("Div", [image, graph.Floats("std", [1, 3, 1, 1], [.. preprocessing.Std])]);
        if (preprocessing.Layout == TensorLayout.Nhwc)
        {
            image = graph.Node("Transpose", [image], ("perm", new long[] { 0, 2, 3, 1 }));
            graph.Output(TensorName, image, DataType.Float, "N", preprocessing.Height, preprocessing.Width, 3);
        }
        else
        {
            graph.Output(TensorName, image, DataType.Float, "N", 3, preprocessing.Height, preprocessing.Width);
        }

        return graph.Build();
    }

    // One filter that every channel goes through by itself, in steps of the reduction.
    private static string Reduce(GraphBuilder graph, string image, ReductionFilter rows, ReductionFilter columns, int reduction)
    {
        float[] filter = Outer(rows.Weights, columns.Weights);
        image = graph.Node(
            "Conv",
            [image, graph.Floats("filter", [3, 1, rows.Weights.Length, columns.Weights.Length], [.. filter, .. filter, .. filter])],
            ("group", 3),
            ("kernel_shape", new long[] { rows.Weights.Length, columns.Weights.Length }),
            ("strides", new long[] { reduction, reduction }),
            ("pads", new long[] { rows.PadBegin, columns.PadBegin, rows.PadEnd, columns.PadEnd }));

        // Where the filter hangs over the edge, its other weights count for more.
        return rows.Gains.Concat(columns.Gains).All(gain => gain == 1)
            ? image
            : graph.Node("Mul", [image, graph.Floats("gains", [1, 1, rows.Gains.Length, columns.Gains.Length], Outer(rows.Gains, columns.Gains))]);
    }

    private static float[] Outer(float[] rows, float[] columns) => [.. rows.SelectMany(row => columns.Select(column => row * column))];
}
