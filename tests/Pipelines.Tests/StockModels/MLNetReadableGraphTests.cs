using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using MLTransfer.Pipelines.StockModels;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Pipelines.Tests.StockModels;

public sealed class MLNetReadableGraphTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"readable-{Guid.NewGuid():N}.onnx");

    [Fact]
    public void From_HalfPrecisionWeights_RunInMLNet()
    {
        OnnxModel model = HalfPrecisionModel();
        OnnxModel readable = MLNetReadableGraph.From(model);
        OnnxChecker.Check(readable, "readable");
        readable.Save(_path);
        var ml = new MLContext();
        IDataView data = ml.Data.LoadFromEnumerable([new Row { X = [1, 2, 3] }]);

        float[] y = ml.Transforms.ApplyOnnxModel(["y"], ["x"], _path).Fit(data).Transform(data).GetColumn<float[]>("y").Single();

        Assert.Equal([1.5f, 4.5f, 7.5f], y);
    }

    [Fact]
    public void From_HalfPrecisionWeights_AreWhyMLNetFails()
    {
        // Once ML.NET reads these, the rewrite can go.
        HalfPrecisionModel().Save(_path);

        Assert.ThrowsAny<Exception>(() => new MLContext().Transforms.ApplyOnnxModel(["y"], ["x"], _path));
    }

    [Fact]
    public void From_ReadableModel_IsLeftAlone()
    {
        var graph = new GraphBuilder("g", 13);
        string y = graph.Node("Mul", [graph.Input("x", DataType.Float, "N", 3), graph.Floats("w", [1], [2])]);
        graph.Output("y", y, DataType.Float, "N", 3);
        OnnxModel model = graph.Build();

        Assert.Same(model, MLNetReadableGraph.From(model));
    }

    public void Dispose() => File.Delete(_path);

    // y = x · [1.5, 2.25, 2.5], the weights stored as float16.
    private static OnnxModel HalfPrecisionModel()
    {
        var graph = new GraphBuilder("g", 13);
        string x = graph.Input("x", DataType.Float, "N", 3);
        byte[] halves = [.. new[] { (Half)1.5f, (Half)2.25f, (Half)2.5f }.SelectMany(BitConverter.GetBytes)];
        string weights = graph.Store(new TensorProto { Name = "w", DataType = (int)DataType.Float16, Dims = { 3 }, RawData = ByteString.CopyFrom(halves) });
        graph.Output("y", graph.Node("Mul", [x, graph.Cast(weights, DataType.Float)]), DataType.Float, "N", 3);
        return graph.Build();
    }

    private sealed class Row
    {
        [VectorType(3)]
        [ColumnName("x")]
        public float[] X { get; set; } = [];
    }
}
