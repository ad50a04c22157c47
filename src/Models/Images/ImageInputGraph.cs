using MLTransfer.Models.Onnx;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Models.Images;

/// <summary>The part of a saved model's graph that turns the pixels of ML.NET's transforms into a backbone's input.</summary>
/// <remarks>
/// Input <see cref="PixelsName"/>: bytes [N, 3, resize height, resize width], planes of red, green, blue. Output <see cref="TensorName"/>: float, in the
/// backbone's layout. Between them: resize (two matrix products, so that every opset can do it), cut out the centre, put the channels in order, normalise.
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
    /// <exception cref="Errors.UserException">Chain or preprocessing cannot be used.</exception>
    public static OnnxModel Build(StockImageChain chain, ImagePreprocessing preprocessing, long opset)
    {
        preprocessing.Validate();
        chain.Validate();
        (int width, int height) = preprocessing.ResizedSize(chain.ResizeWidth, chain.ResizeHeight);
        CropWindow crop = CropWindow.Centre(width, height, preprocessing.Width, preprocessing.Height);
        var graph = new GraphBuilder("image_input", opset);

        // [N, 3, resize height, resize width], bytes
        string image = graph.Input(PixelsName, DataType.Uint8, "N", 3, chain.ResizeHeight, chain.ResizeWidth);
        if ((width, height) == (chain.ResizeWidth, chain.ResizeHeight))
        {
            image = graph.Slice(image, crop.Top, crop.Top + crop.Height, axis: 2);
            image = graph.Slice(image, crop.Left, crop.Left + crop.Width, axis: 3);
        }

        if (preprocessing.ChannelOrder == ChannelOrder.Bgr)
        {
            image = graph.Node("Gather", [image, graph.List(2, 1, 0)], ("axis", 1));
        }

        image = graph.Cast(image, DataType.Float);
        if ((width, height) != (chain.ResizeWidth, chain.ResizeHeight))
        {
            // The resize of each axis is linear in the pixels: [N, 3, rows, columns] → [N, 3, rows, width] → [N, 3, height, width].
            // Rounded after each, as the exact resize is: backbones notice.
            float[] columns = Weights(chain.ResizeWidth, width, crop.Left, crop.Width, preprocessing.Interpolation, transposed: true);
            float[] rows = Weights(chain.ResizeHeight, height, crop.Top, crop.Height, preprocessing.Interpolation, transposed: false);
            image = graph.Node("MatMul", [image, graph.Floats("columns", [chain.ResizeWidth, crop.Width], columns)]);
            image = ToLevels(graph, image, preprocessing.Interpolation);
            image = graph.Node("MatMul", [graph.Floats("rows", [crop.Height, chain.ResizeHeight], rows), image]);
            image = ToLevels(graph, image, preprocessing.Interpolation);
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

    // To whole numbers, and for a filter that overshoots into 0 … 255: max(x, 0), then 255 − max(255 − x, 0).
    private static string ToLevels(GraphBuilder graph, string image, Interpolation interpolation)
    {
        image = graph.Node("Floor", [graph.Node("Add", [image, graph.Scalar(0.5f)])]);
        if (interpolation == Interpolation.Bilinear)
        {
            return image;
        }

        string white = graph.Scalar(255f);
        string below = graph.Node("Sub", [white, graph.Node("Relu", [image])]);
        return graph.Node("Sub", [white, graph.Node("Relu", [below])]);
    }

    // [kept, input], or its transpose: what each kept output takes of each input.
    private static float[] Weights(int inputSize, int outputSize, int from, int kept, Interpolation interpolation, bool transposed)
    {
        var windows = ResampleWindows.Create(inputSize, outputSize, from, kept, interpolation);
        float[] matrix = new float[inputSize * kept];
        for (int i = 0; i < kept; i++)
        {
            ReadOnlySpan<int> weights = windows.Weights(i);
            for (int k = 0; k < weights.Length; k++)
            {
                int input = windows.First[i] + k;
                matrix[transposed ? (input * kept) + i : (i * inputSize) + input] = (float)weights[k] / (1 << ResampleWindows.PrecisionBits);
            }
        }

        return matrix;
    }
}
