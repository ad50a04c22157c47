using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

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
    public static OnnxModel Build(StockImageChain chain, ImagePreprocessing preprocessing, int opset)
    {
        preprocessing.Validate();
        chain.Validate(preprocessing);
        var rows = ReductionFilter.Create(chain.ResizeHeight, chain.Reduction, preprocessing.Height, preprocessing.Interpolation);
        var columns = ReductionFilter.Create(chain.ResizeWidth, chain.Reduction, preprocessing.Width, preprocessing.Interpolation);
        var nodes = new ImageNodes(opset, PixelsName);

        nodes.Slice(rows.Begin, rows.End, columns.Begin, columns.End);
        if (preprocessing.ChannelOrder == ChannelOrder.Bgr)
        {
            nodes.ReverseChannels();
        }

        nodes.CastToFloat();
        if (chain.Reduction > 1)
        {
            nodes.Reduce(rows, columns, chain.Reduction);
        }

        nodes.Normalize(preprocessing.Mean, preprocessing.Std);
        if (preprocessing.Layout == TensorLayout.Nhwc)
        {
            nodes.ChannelsLast();
        }

        GraphProto graph = nodes.Finish(TensorName);
        graph.Input.Add(TensorInfo(PixelsName, TensorProto.Types.DataType.Uint8, 3, chain.ResizeHeight, chain.ResizeWidth));
        graph.Output.Add(preprocessing.Layout == TensorLayout.Nchw
            ? TensorInfo(TensorName, TensorProto.Types.DataType.Float, 3, preprocessing.Height, preprocessing.Width)
            : TensorInfo(TensorName, TensorProto.Types.DataType.Float, preprocessing.Height, preprocessing.Width, 3));
        return new OnnxModel(new ModelProto
        {
            IrVersion = 8,
            ProducerName = "MLTransfer",
            Graph = graph,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = opset } },
        });
    }

    private static ValueInfoProto TensorInfo(string name, TensorProto.Types.DataType type, params ReadOnlySpan<int> dimensions)
    {
        var shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "N" } } };
        foreach (int dimension in dimensions)
        {
            shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = dimension });
        }

        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
        };
    }
}
