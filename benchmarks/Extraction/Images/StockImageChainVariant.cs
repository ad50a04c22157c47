using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Microsoft.ML.Transforms.Onnx;
using MLTransfer.Models.Images;
using MLTransfer.Models.Onnx;
using MLTransfer.Pipelines.StockModels;

namespace MLTransfer.Benchmarks.Extraction.Images;

/// <summary>The peer: ML.NET's own LoadImages, ResizeImages, ExtractPixels and ApplyOnnxModel, with the same graph that a saved model carries.</summary>
internal sealed class StockImageChainVariant(string dataSet) : IExtractionVariant
{
    private readonly ImageSource _source = new(dataSet);
    private readonly MLContext _ml = new(seed: 1);
    private readonly string _modelPath = Path.Combine(Path.GetTempPath(), $"stock-image-chain-{Environment.ProcessId}.onnx");
    private TransformerChain<OnnxTransformer>? _model;

    public string Note => "row by row";

    public void WarmUp()
    {
        StockImageChain chain = StockImageChain.For(ImageSource.Preprocessing);
        OnnxModel backbone = OnnxModel.Load(ImageSource.BackbonePath);
        OnnxModel input = ImageInputGraph.Build(chain, ImageSource.Preprocessing, backbone.Opsets[""]);
        OnnxModel model = backbone.Prepend(input, new Dictionary<string, string> { [ImageSource.BackboneInput] = ImageInputGraph.TensorName });
        MLNetReadableGraph.From(model).Save(_modelPath);
        _model = _ml.Transforms.LoadImages("Image", "", nameof(PathRow.Path))
            .Append(_ml.Transforms.ResizeImages("Resized", chain.ResizeWidth, chain.ResizeHeight, "Image", (ImageResizingEstimator.ResizingKind)chain.Resizing))
            .Append(_ml.Transforms.ExtractPixels(ImageInputGraph.PixelsName, "Resized", outputAsFloatArray: false))
            .Append(_ml.Transforms.ApplyOnnxModel([ImageSource.Feature], [ImageInputGraph.PixelsName], _modelPath))
            .Fit(View(1));
        Run(8);
    }

    public void Run(int rows) => FeatureCursor.Read(_model!.Transform(View(rows)), ImageSource.Feature, rows);

    public void Dispose() => File.Delete(_modelPath);

    private IDataView View(int rows)
        => _ml.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(row => new PathRow { Path = _source.Path(row) }));
}
